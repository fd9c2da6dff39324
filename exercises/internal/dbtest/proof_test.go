package dbtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/kittest"
)

// note is code under test: it writes a line.
type note func(ctx context.Context, pool *pgxpool.Pool) error

const insert = `INSERT INTO log (line) VALUES ('x')`

func plainly(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, insert)
	return err
}

func inATransaction(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insert)
		return err
	})
}

func neverCommitted(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err == nil {
		_, err = tx.Exec(ctx, insert)
	}
	return err
}

func rowsLeftOpen(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, insert+` RETURNING id`)
	if err == nil {
		rows.Next()
	}
	return err
}

// TestProof: a test has the tables for itself, and the pool notices what is not given back.
func TestProof(t *testing.T) {
	writes := func(n note) kittest.Program {
		return func(t testing.TB) {
			db := dbtest.New(t, schema)
			require.NoError(t, n(limited(t), db.Pool()))
			if lines := dbtest.Value[int](db, `SELECT count(*) FROM log`); lines != 1 {
				t.Errorf("one call writes one line; the table has %d", lines)
			}
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"never_committed": atOnce(writes(neverCommitted)),
			"rows_left_open":  atOnce(writes(rowsLeftOpen)),
			"does_nothing":    writes(func(context.Context, *pgxpool.Pool) error { return nil }),
		},
		Right: map[string]kittest.Program{"plainly": writes(plainly), "in_a_transaction": writes(inATransaction)},
	})
}

// TestProofOfLeaks: an open transaction is noticed on a connection that the code has made itself, too.
func TestProofOfLeaks(t *testing.T) {
	db := dbtest.New(t, schema)
	ends := func(end string) kittest.Program {
		return func(t testing.TB) {
			fault.Kill(t, db, "") // the server may not have noticed yet that the last round's connection is closed
			conn := connectTo(t, db.URL())
			t.Cleanup(func() { _ = conn.Close(context.Background()) }) // after the leaks are looked for
			db.Leaks(t)
			_, err := conn.Exec(limited(t), `BEGIN; SELECT 'what the code did last'; `+end)
			require.NoError(t, err)
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{"left_open": atOnce(ends(``))},
		Right: map[string]kittest.Program{"committed": ends(`COMMIT`), "rolled_back": ends(`ROLLBACK`)},
	})
}

// atOnce runs a wrong program without the time that right ones have.
func atOnce(p kittest.Program) kittest.Program {
	return func(t testing.TB) {
		t.Cleanup(dbtest.NoPatience()) // registered first: it comes last
		p(t)
	}
}
