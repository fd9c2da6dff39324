package instances_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/wire"
)

const schema = `
	CREATE TABLE hits (id bool PRIMARY KEY DEFAULT true, n bigint NOT NULL);
	CREATE TABLE each_hit (id bigint GENERATED ALWAYS AS IDENTITY);`

// counter is code under test: it counts its requests, and answers with the number.
type counter func(pool *pgxpool.Pool) http.Handler

func inMemory(*pgxpool.Pool) http.Handler {
	var mu sync.Mutex
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		fmt.Fprint(w, n)
	})
}

// startsFromTheTable loads the number once, and writes it back after each hit.
func startsFromTheTable(pool *pgxpool.Pool) http.Handler {
	var mu sync.Mutex
	n := 0
	_ = pool.QueryRow(context.Background(), `SELECT n FROM hits`).Scan(&n) // none yet: 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		_, err := pool.Exec(r.Context(), `INSERT INTO hits (n) VALUES ($1) ON CONFLICT (id) DO UPDATE SET n = $1`, n)
		answer(w, n, err)
	})
}

func oneRow(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		err := pool.QueryRow(r.Context(), `INSERT INTO hits (n) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = hits.n + 1 RETURNING n`).Scan(&n)
		answer(w, n, err)
	})
}

func aRowForEach(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		err := pool.QueryRow(r.Context(), `WITH new AS (INSERT INTO each_hit DEFAULT VALUES RETURNING id) SELECT count(*) + 1 FROM each_hit, new`).Scan(&n)
		if n == 0 {
			n = 1
		}
		answer(w, n, err)
	})
}

func answer(w http.ResponseWriter, n int, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, n)
}

func TestTwo(t *testing.T) {
	counts := func(c counter) kittest.Program {
		return func(t testing.TB) {
			db := dbtest.New(t, schema)
			a, b := instances.Two(t, db, c)
			first, second := wire.Serve(t, a.App), wire.Serve(t, b.App)
			first.Get(t, "/")
			second.Get(t, "/")
			if last := first.Get(t, "/").Body; last != "3" {
				t.Errorf("the number counts every request; after one to instance A, one to B, and one more to A, A says %s", last)
			}
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"in_memory":             counts(inMemory),
			"starts_from_the_table": counts(startsFromTheTable),
		},
		Right: map[string]kittest.Program{
			"one_row":        counts(oneRow),
			"a_row_for_each": counts(aRowForEach),
		},
	})
}

type app struct {
	pool   *pgxpool.Pool
	closed *int
	err    error
}

func (a *app) Close() error { *a.closed++; return a.err }

type quiet struct{ closed *int }

func (q quiet) Close() { *q.closed++ }

func TestInstance(t *testing.T) {
	db := dbtest.New(t, schema)
	closed := 0
	start := func(err error) func(*pgxpool.Pool) *app {
		return func(pool *pgxpool.Pool) *app { return &app{pool, &closed, err} }
	}

	t.Run("has_connections_of_its_own", func(t *testing.T) {
		a, b := instances.Two(t, db, start(nil))
		for _, i := range []instances.Instance[*app]{a, b} {
			var name string
			require.NoError(t, i.Pool.QueryRow(t.Context(), `SELECT current_setting('application_name')`).Scan(&name))
			assert.Equal(t, i.Name, name)
		}
		assert.NotEqual(t, a.Name, b.Name)
		assert.NotSame(t, a.Pool, b.Pool)
	})

	t.Run("is_stopped_once", func(t *testing.T) {
		closed = 0
		kittest.Play(t, "TestX", func(t testing.TB) {
			i := instances.Start(t, db, "third", start(nil))
			require.NoError(t, i.Stop())
			require.NoError(t, i.Stop())
		})
		assert.Equal(t, 1, closed)
	})

	t.Run("with_a_Close_that_returns_nothing", func(t *testing.T) {
		closed = 0
		require.NoError(t, instances.Start(t, db, "third", func(*pgxpool.Pool) quiet { return quiet{&closed} }).Stop())
		assert.Equal(t, 1, closed)
	})

	t.Run("that_does_not_stop_well", func(t *testing.T) {
		r := kittest.Play(t, "TestX", func(t testing.TB) { instances.Start(t, db, "third", start(errors.New("still busy"))) })
		assert.Equal(t, "third stops without an error; its Close returned: close: still busy\n", r.Said())
	})

	t.Run("that_panics_at_its_start", func(t *testing.T) {
		r := kittest.Play(t, "TestX", func(t testing.TB) {
			instances.Start(t, db, "third", func(*pgxpool.Pool) *app { panic("no table") })
		})
		assert.Contains(t, r.Said(), "the code panicked: no table")
	})

	t.Run("that_is_nil", func(t *testing.T) {
		r := kittest.Play(t, "TestX", func(t testing.TB) {
			instances.Start(t, db, "third", func(*pgxpool.Pool) http.Handler { return nil })
		})
		assert.Equal(t, "every copy of the program starts; third came out as nil\n", r.Said())
	})

	t.Run("crashes", func(t *testing.T) {
		i := instances.Start(t, db, "third", start(nil))
		conn, err := i.Pool.Acquire(t.Context())
		require.NoError(t, err)
		defer conn.Release()
		i.Crash()
		_, err = conn.Exec(t.Context(), `SELECT 1`)
		require.Error(t, err)
	})
}
