package fault_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
)

// Three ways to write two lines: the first leaves one of them when it is interrupted.
func oneByOne(ctx context.Context, pool *pgxpool.Pool) error {
	for range 2 {
		if _, err := pool.Exec(ctx, `INSERT INTO log (line) VALUES ($1)`, "x"); err != nil {
			return err
		}
	}
	return nil
}

func inOneTransaction(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for range 2 {
			if _, err := tx.Exec(ctx, `INSERT INTO log (line) VALUES ($1)`, "x"); err != nil {
				return err
			}
		}
		return nil
	})
}

func inOneBatch(ctx context.Context, pool *pgxpool.Pool) error {
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO log (line) VALUES ($1)`, "x")
	batch.Queue(`INSERT INTO log (line) VALUES ($1)`, "y")
	return pool.SendBatch(ctx, batch).Close()
}

// tryAgain is the belief that an error means that nothing happened.
func tryAgain(ctx context.Context, pool *pgxpool.Pool) error {
	if inOneTransaction(ctx, pool) == nil {
		return nil
	}
	return inOneTransaction(ctx, pool)
}

func TestLoseReply(t *testing.T) {
	db := dbtest.New(t, schema)
	// lines returns how many lines are there after each step's reply was lost.
	lines := func(t *testing.T, write func(context.Context, *pgxpool.Pool) error) (lines []int) {
		steps := fault.NewSteps(t)
		pool := db.Pool(dbtest.With(steps))
		require.NoError(t, write(t.Context(), pool))
		for n := range steps.Seen() {
			steps.Count()
			require.NoError(t, write(t.Context(), pool))
			db.Exec(`DELETE FROM log`)
			steps.LoseReply(n + 1)
			_ = write(t.Context(), pool)
			require.NotEmpty(t, steps.Text(), "step %d was reached", n+1)
			lines = append(lines, dbtest.Value[int](db, `SELECT count(*) FROM log`))
		}
		return lines
	}
	for range 5 {
		require.Equal(t, []int{1, 2}, lines(t, oneByOne), "wrong: after the first step one line is there, and the other one never comes")
		require.Equal(t, []int{2, 2, 2, 4}, lines(t, tryAgain), "wrong: the commit was done, and is done again")
		require.Equal(t, []int{0, 0, 0, 2}, lines(t, inOneTransaction), "right: begin, two inserts, commit")
		require.Equal(t, []int{2}, lines(t, inOneBatch), "right: all at once")
	}
}

func TestAfter(t *testing.T) {
	db, steps := dbtest.New(t, schema), fault.NewSteps(t)
	pool := db.Pool(dbtest.With(steps))
	for range 10 {
		var seen []int
		for n := range 4 {
			db.Exec(`DELETE FROM log`)
			steps.After(n+1, func() { seen = append(seen, dbtest.Value[int](db, `SELECT count(*) FROM log`)) })
			require.NoError(t, inOneTransaction(t.Context(), pool))
			assert.Equal(t, 4, steps.Seen())
		}
		require.Equal(t, []int{0, 0, 0, 2}, seen, "what another connection sees after begin, each insert, and commit")
	}
}

// The driver prepares a statement before its first use. The reply to lose is not that one.
func TestLoseReplyToAStatementThatMustBePrepared(t *testing.T) {
	db := dbtest.New(t, schema)
	steps := fault.NewSteps(t)
	steps.LoseReply(1)
	_, err := db.Pool(dbtest.With(steps)).Exec(t.Context(), `INSERT INTO log (line) VALUES ($1)`, "x")
	require.Error(t, err)
	assert.Equal(t, 1, dbtest.Value[int](db, `SELECT count(*) FROM log`), "the server has done it")
}

func TestWhatKillsIsNotCounted(t *testing.T) {
	db := dbtest.New(t, schema)
	steps := fault.NewSteps(t)
	pool := db.Pool(dbtest.With(steps))
	steps.Kill(4)
	require.NoError(t, inOneTransaction(t.Context(), pool), "the commit was the last statement")
	assert.Equal(t, 4, steps.Seen(), "begin, two inserts, commit")
	assert.Equal(t, "commit", steps.Text())
	steps.Count()
	_, err := pool.Exec(t.Context(), `SELECT 1`)
	require.Error(t, err, "the session is gone")
}
