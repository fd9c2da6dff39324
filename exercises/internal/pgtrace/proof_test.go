package pgtrace_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/pgtrace"
)

// find is code under test: it reads the lines of some texts.
type find func(ctx context.Context, pool *pgxpool.Pool, texts ...string) error

func drain(rows pgx.Rows, err error) error {
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	return err
}

func pasted(ctx context.Context, pool *pgxpool.Pool, texts ...string) error {
	return drain(pool.Query(ctx, `SELECT * FROM log WHERE line IN ('`+strings.Join(texts, "','")+`')`))
}

func oneByOne(ctx context.Context, pool *pgxpool.Pool, texts ...string) error {
	for _, text := range texts {
		if err := drain(pool.Query(ctx, `SELECT * FROM log WHERE line = $1`, text)); err != nil {
			return err
		}
	}
	return nil
}

func asArray(ctx context.Context, pool *pgxpool.Pool, texts ...string) error {
	return drain(pool.Query(ctx, `SELECT * FROM log WHERE line = ANY ($1)`, texts))
}

func named(ctx context.Context, pool *pgxpool.Pool, texts ...string) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		return drain(tx.Query(ctx, `SELECT * FROM log WHERE line = ANY (@texts)`, pgx.NamedArgs{"texts": texts}))
	})
}

func batched(ctx context.Context, pool *pgxpool.Pool, texts ...string) error {
	batch := &pgx.Batch{}
	for _, text := range texts {
		batch.Queue(`SELECT * FROM log WHERE line = $1`, text)
	}
	return pool.SendBatch(ctx, batch).Close()
}

func TestProof(t *testing.T) {
	db, spy := dbtest.New(t, schema), &pgtrace.Spy{}
	pool := db.Pool(dbtest.With(spy))
	finds := func(f find) kittest.Program {
		return func(t testing.TB) {
			trips := map[int]int{}
			for _, texts := range [][]string{{"a"}, {"b", "c", "d"}} {
				spy.Reset()
				require.NoError(t, f(t.Context(), pool, texts...))
				trips[len(texts)] = spy.RoundTrips()
				for _, sql := range spy.SQL() {
					for _, text := range texts {
						if strings.Contains(sql, "'"+text+"'") {
							t.Fatalf("the text of the SQL is the same for every value; for %q the code has sent\n\n\t%s", text, sql)
						}
					}
				}
			}
			if trips[1] != trips[3] {
				t.Errorf("three texts take as many round trips as one; one took %d, three took %d", trips[1], trips[3])
			}
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{"pastes_values": finds(pasted), "one_by_one": finds(oneByOne)},
		Right: map[string]kittest.Program{"an_array": finds(asArray), "named_in_a_transaction": finds(named), "a_batch": finds(batched)},
	})
}
