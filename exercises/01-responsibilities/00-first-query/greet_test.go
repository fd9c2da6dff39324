package firstquery_test

import (
	"context"
	_ "embed"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	firstquery "workbook/exercises/01-responsibilities/00-first-query"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/pgtrace"
)

//go:embed schema.sql
var schema string

// greet calls Greet so that a panic in it fails only the test that runs.
func greet(t *testing.T, ctx context.Context, db *pgxpool.Pool, name string) (greeting string, err error) {
	t.Helper()
	guard.Run(t, func() { greeting, err = firstquery.Greet(ctx, db, name) })
	return greeting, err
}

func TestGreet(t *testing.T) {
	t.Run("uses_the_word_in_the_table", func(t *testing.T) {
		db := dbtest.New(t, schema)
		word := []string{"Namaste", "Bonjour", "Hej", "Ahoj", "Guten Tag"}[rand.IntN(5)]
		db.Exec(`INSERT INTO greeting (word) VALUES ($1)`, word)

		greeting, err := greet(t, t.Context(), db.Pool(), "Ada")

		require.NoError(t, err)
		assert.Equal(t, word+", Ada!", greeting, "the table greeting has the word %q", word)
	})

	t.Run("notices_that_the_word_has_changed", func(t *testing.T) {
		db := dbtest.New(t, schema)
		pool := db.Pool()
		db.Exec(`INSERT INTO greeting (word) VALUES ('Hello')`)
		_, err := greet(t, t.Context(), pool, "Ada")
		require.NoError(t, err)
		db.Exec(`UPDATE greeting SET word = 'Good evening'`)

		greeting, err := greet(t, t.Context(), pool, "Ada")

		require.NoError(t, err)
		assert.Equal(t, "Good evening, Ada!", greeting, "the word in the table was changed from Hello to Good evening after a first greeting")
	})

	t.Run("takes_a_word_that_looks_like_a_format", func(t *testing.T) {
		db := dbtest.New(t, schema)
		db.Exec(`INSERT INTO greeting (word) VALUES ('100%d welcome')`)

		greeting, err := greet(t, t.Context(), db.Pool(), "Ada")

		require.NoError(t, err)
		assert.Equal(t, "100%d welcome, Ada!", greeting, "the word must arrive as it is in the table")
	})

	takes := func(t *testing.T, name string) {
		db := dbtest.New(t, schema)
		db.Exec(`INSERT INTO greeting (word) VALUES ('Hello')`)

		greeting, err := greet(t, t.Context(), db.Pool(), name)

		require.NoError(t, err, "any text can be a name, also %q", name)
		assert.Equal(t, "Hello, "+name+"!", greeting, "the name must arrive as it was given")
	}
	t.Run("takes_a_name_with_an_apostrophe", func(t *testing.T) { takes(t, "O'Brien") })
	t.Run("takes_a_name_that_looks_like_SQL", func(t *testing.T) { takes(t, "'; DROP TABLE greeting; --") })
	t.Run("takes_a_name_that_looks_like_a_format", func(t *testing.T) { takes(t, "100%s $1") })

	t.Run("sends_the_same_SQL_for_every_name", func(t *testing.T) {
		db, spy := dbtest.New(t, schema), &pgtrace.Spy{}
		pool := db.Pool(dbtest.With(spy))
		db.Exec(`INSERT INTO greeting (word) VALUES ('Hello')`)

		for _, name := range []string{"Ada", "Grace"} {
			spy.Reset()
			_, err := greet(t, t.Context(), pool, name)
			require.NoError(t, err)
			require.NotEmpty(t, spy.SQL(), "Greet must ask the database each time; it has sent nothing for %s", name)
			for _, sql := range spy.SQL() {
				assert.NotContains(t, sql, name, "the text of the SQL must be the same for every name")
			}
		}
	})

	t.Run("returns_the_error_when_it_cannot_ask", func(t *testing.T) {
		pool := dbtest.New(t, schema).Pool()
		pool.Close()

		greeting, err := greet(t, t.Context(), pool, "Ada")

		assert.Error(t, err, "the pool is closed, so nobody can be greeted")
		assert.Empty(t, greeting, "an error comes with an empty greeting")
	})

	t.Run("returns_an_error_when_the_table_is_empty", func(t *testing.T) {
		db := dbtest.New(t, schema)

		greeting, err := greet(t, t.Context(), db.Pool(), "Ada")

		assert.Error(t, err, "the table greeting has no row, so there is no word to greet with")
		assert.Empty(t, greeting, "an error comes with an empty greeting")
	})

	t.Run("stops_when_the_context_is_cancelled", func(t *testing.T) {
		db := dbtest.New(t, schema)
		db.Exec(`INSERT INTO greeting (word) VALUES ('Hello')`)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := greet(t, ctx, db.Pool(), "Ada")

		assert.ErrorIs(t, err, context.Canceled, "the caller has given up before Greet began")
	})

	t.Run("stops_a_query_that_is_under_way", func(t *testing.T) {
		db := dbtest.New(t, schema)
		pool := db.Pool()
		db.Exec(`INSERT INTO greeting (word) VALUES ('Hello')`)
		held := lock.Hold(t, db, `LOCK TABLE greeting`)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		call := lock.Go(t, func() error { _, err := firstquery.Greet(ctx, pool, "Ada"); return err })
		held.WaitBlocked(call) // the table is locked, so the query of Greet must wait now

		cancel()

		err := call.Wait("when the caller gives up while the query waits, Greet returns")
		assert.ErrorIs(t, err, context.Canceled, "the caller has given up while the query waited")
		held.WaitNobody()
	})
}
