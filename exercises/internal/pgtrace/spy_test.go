package pgtrace_test

import (
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
)

const schema = `CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY, line text)`

func TestSpy(t *testing.T) {
	db := dbtest.New(t, schema)

	t.Run("sees_every_way_to_send_a_statement", func(t *testing.T) {
		spy := &pgtrace.Spy{}
		pool := db.Pool(dbtest.With(spy))
		tx, err := pool.Begin(t.Context())
		require.NoError(t, err)
		inner, err := tx.Begin(t.Context()) // a savepoint
		require.NoError(t, err)
		var one int
		require.NoError(t, inner.QueryRow(t.Context(), `SELECT $1::int`, 1).Scan(&one))
		require.NoError(t, inner.Commit(t.Context()))
		_, err = tx.Prepare(t.Context(), "named", `SELECT 2`)
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "named")
		require.NoError(t, err)
		_, err = tx.CopyFrom(t.Context(), pgx.Identifier{"log"}, []string{"line"}, pgx.CopyFromRows([][]any{{"x"}, {"y"}}))
		require.NoError(t, err)
		batch := &pgx.Batch{}
		batch.Queue(`SELECT 3`)
		batch.Queue(`SELECT 4 WHERE $1`, true)
		require.NoError(t, tx.SendBatch(t.Context(), batch).Close())
		require.NoError(t, tx.Rollback(t.Context()))

		assert.Equal(t, 4, spy.RoundTrips(), "a query, a prepared query, a copy and a batch")
		assert.Equal(t, []pgtrace.Statement{
			{SQL: `SELECT $1::int`, Args: []any{1}},
			{SQL: `SELECT 2`},
			{SQL: `copy "log" ("line") from stdin`},
			{SQL: `SELECT 3`},
			{SQL: `SELECT 4 WHERE $1`, Args: []any{true}},
		}, spy.Calls())
	})

	t.Run("tells_a_pasted_value_from_an_argument", func(t *testing.T) {
		spy := &pgtrace.Spy{}
		config := db.Owner().Config().ConnConfig
		config.Tracer = pgtrace.Tracer(spy) // as for a connection that the code makes itself
		conn, err := pgx.ConnectConfig(t.Context(), config)
		require.NoError(t, err)
		send := func(sql string, args ...any) {
			_, err := conn.Exec(t.Context(), sql, args...)
			require.NoError(t, err)
		}
		for range 50 {
			spy.Reset()
			for _, name := range []string{"Ada", "Grace"} {
				send(`SELECT $1::text`, name)                           // right
				send(`SELECT @name::text`, pgx.NamedArgs{"name": name}) // right, too
			}
			require.Len(t, spy.SQL(), 2)
			for _, name := range []string{"Ada", "Grace"} {
				send(`SELECT '` + name + `'`) // wrong
			}
			require.Len(t, spy.SQL(), 4)
		}
		require.NoError(t, conn.Close(t.Context()))
	})

	t.Run("is_safe_for_concurrent_use", func(t *testing.T) {
		spy := &pgtrace.Spy{}
		pool := db.Pool(dbtest.With(spy))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					_, err := pool.Exec(t.Context(), `SELECT 1`)
					assert.NoError(t, err)
					_ = spy.SQL()
				}
			})
		}
		wg.Wait()
		assert.Equal(t, 80, spy.RoundTrips())
		spy.Reset()
		assert.Zero(t, spy.RoundTrips())
	})
}
