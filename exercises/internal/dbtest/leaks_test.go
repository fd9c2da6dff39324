package dbtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
)

func TestLeaks(t *testing.T) {
	dbtest.SetLeakLimit(t, 50*time.Millisecond)

	t.Run("a_connection_that_is_not_given_back", func(t *testing.T) {
		r := kittest.Play(t, "TestLeak", func(t testing.TB) {
			pool := dbtest.New(t, schema).Pool()
			tx, err := pool.Begin(limited(t))
			require.NoError(t, err)
			_, err = tx.Exec(limited(t), `INSERT INTO log (line) VALUES ('x')`)
			require.NoError(t, err)
		})
		assert.True(t, r.Failed())
		assert.Contains(t, r.Said(), "at the end of the test 1 connection was still out.")
		assert.Contains(t, r.Said(), "INSERT INTO log (line) VALUES ('x')")
	})

	t.Run("rows_that_are_not_closed", func(t *testing.T) {
		r := kittest.Play(t, "TestLeak", func(t testing.TB) {
			rows, err := dbtest.New(t, schema).Pool().Query(limited(t), `SELECT generate_series(1, 1000)`)
			require.NoError(t, err)
			require.True(t, rows.Next())
		})
		assert.Contains(t, r.Said(), "1 connection was still out.")
	})

	t.Run("a_transaction_on_the_codes_own_connection", func(t *testing.T) {
		r := kittest.Play(t, "TestLeak", func(t testing.TB) {
			db := dbtest.New(t, schema)
			db.Leaks(t)
			_, err := connectTo(t, db.URL()).Exec(limited(t), `BEGIN; SELECT 'still here'`)
			require.NoError(t, err)
		})
		assert.Contains(t, r.Said(), "still here")
	})

	t.Run("a_goroutine", func(t *testing.T) {
		stop := make(chan struct{})
		defer close(stop)
		r := kittest.Play(t, "TestLeak", func(t testing.TB) {
			dbtest.New(t, schema).Leaks(t)
			go func() { <-stop }()
		})
		assert.Contains(t, r.Said(), "every goroutine that the code starts must have ended")
	})

	t.Run("nothing", func(t *testing.T) {
		for range 3 {
			r := kittest.Play(t, "TestNoLeak", func(t testing.TB) {
				db := dbtest.New(t, schema)
				db.Leaks(t)
				pool := db.Pool()
				require.NoError(t, pgx.BeginFunc(limited(t), pool, func(tx pgx.Tx) error {
					_, err := tx.Exec(limited(t), `INSERT INTO log (line) VALUES ('x')`)
					return err
				}))
				tx, err := pool.Begin(limited(t))
				require.NoError(t, err)
				require.NoError(t, tx.Rollback(limited(t)))
				ctx, cancel := context.WithCancel(limited(t))
				tx, err = pool.Begin(ctx)
				require.NoError(t, err)
				cancel()
				_, err = tx.Exec(ctx, `SELECT 1`)
				require.Error(t, err)
				_ = tx.Rollback(ctx)
				own, err := pgxpool.New(limited(t), db.URL())
				require.NoError(t, err)
				require.NoError(t, own.Ping(limited(t)))
				own.Close()
				pool.Close() // the code may close what it was given
			})
			require.False(t, r.Failed(), r.Said())
		}
	})
}
