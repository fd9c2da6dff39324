package lock_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/lock"
)

const schema = `CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL); INSERT INTO accounts VALUES (1, 100), (2, 100)`

// read is code under test: it reads a balance.
type read func(ctx context.Context, pool *pgxpool.Pool) (int64, error)

const balance = `SELECT balance FROM accounts WHERE id = 1`

func plain(ctx context.Context, pool *pgxpool.Pool) (b int64, err error) {
	return b, pool.QueryRow(ctx, balance).Scan(&b)
}

func inTransaction(ctx context.Context, pool *pgxpool.Pool) (b int64, err error) {
	return b, pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, balance)
		if err == nil {
			b, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
		}
		return err
	})
}

func background(_ context.Context, pool *pgxpool.Pool) (int64, error) {
	return plain(context.Background(), pool)
}

// onlyTheCallerStops returns when its caller gives up, and leaves the query running.
func onlyTheCallerStops(ctx context.Context, pool *pgxpool.Pool) (int64, error) {
	result := make(chan error, 1)
	go func() { _, err := plain(context.Background(), pool); result <- err }()
	select {
	case err := <-result:
		return 0, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func cached(context.Context, *pgxpool.Pool) (int64, error) { return 100, nil }

func panics(context.Context, *pgxpool.Pool) (int64, error) { panic("oh") }

func TestHold(t *testing.T) {
	db := dbtest.New(t, schema)
	pool := db.Pool()
	stops := func(r read) kittest.Program {
		return func(t testing.TB) {
			held := lock.Hold(t, db, `LOCK TABLE accounts`)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			call := lock.Go(t, func() error { _, err := r(ctx, pool); return err })
			held.WaitBlocked(call)
			cancel()
			require.ErrorIs(t, call.Wait("a caller who gives up gets an answer"), context.Canceled)
			held.WaitNobody()
		}
	}
	quick := func(p kittest.Program) kittest.Program {
		return func(t testing.TB) { lock.Impatient(func() { p(t) }) }
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"background_context":    quick(stops(background)),
			"only_the_caller_stops": quick(stops(onlyTheCallerStops)),
			"answers_from_memory":   stops(cached),
			"panics":                stops(panics),
		},
		Right: map[string]kittest.Program{
			"passes_the_context_on": stops(plain),
			"in_a_transaction":      stops(inTransaction),
		},
	})
}

// migrate is code under test: it adds a column while a reader is in the table.
type migrate func(ctx context.Context, conn *pgxpool.Pool) error

const addColumn = `ALTER TABLE accounts ADD COLUMN note text`

func inTheQueue(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, addColumn)
	return err
}

// givesWay tries for a short time, lets the others through, and tries again.
func givesWay(ctx context.Context, pool *pgxpool.Pool) error {
	for ctx.Err() == nil {
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '5ms'`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, addColumn)
			return err
		})
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" {
			return err
		}
	}
	return ctx.Err()
}

func givesUp(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `SET lock_timeout = '5ms'; `+addColumn)
	return err
}

func onlyWrites(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance WHERE id = 2`)
		return err
	})
}

func TestPasses(t *testing.T) {
	db := dbtest.New(t, schema)
	migrations := ownerPool(t, db)
	letsReadersThrough := func(m migrate, blocks bool) kittest.Program {
		return func(t testing.TB) {
			held := lock.Hold(t, db, balance) // somebody has read, and his transaction goes on
			ctx, cancel := context.WithCancel(t.Context())
			call := lock.Go(t, func() error { return m(ctx, migrations) })
			if blocks {
				held.WaitBlocked(call)
			}
			defer func() {
				cancel()
				held.Release()
				_ = call.Wait("it stops")
				db.Exec(`ALTER TABLE accounts DROP COLUMN IF EXISTS note`)
			}()
			lock.Passes(t, db, "while a migration waits, others can read", balance)
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"leaves_its_transaction_open": func(t testing.TB) {
				tx, err := migrations.Begin(t.Context())
				require.NoError(t, err)
				defer func() { _ = tx.Rollback(context.Background()) }()
				_, err = tx.Exec(t.Context(), addColumn)
				require.NoError(t, err)
				lock.Impatient(func() { lock.Passes(t, db, "others can read", balance) })
			},
			"waits_in_the_queue": func(t testing.TB) { lock.Impatient(func() { letsReadersThrough(inTheQueue, true)(t) }) },
		},
		Right: map[string]kittest.Program{
			"gives_way_and_tries_again": letsReadersThrough(givesWay, true),
			"gives_up":                  letsReadersThrough(givesUp, false),
			"locks_nothing":             letsReadersThrough(onlyWrites, false),
		},
	})

	t.Run("undoes_what_the_innocent_does", func(t *testing.T) {
		lock.Passes(t, db, "others can write", `INSERT INTO accounts VALUES (9, 9)`)
		assert.Equal(t, 2, dbtest.Value[int](db, `SELECT count(*) FROM accounts`))
	})

	t.Run("waits_for_a_statement_that_is_being_executed", func(t *testing.T) {
		working := newReader()
		call := lock.Go(t, func() error { return load(t.Context(), db.Pool(), working) })
		<-working.asked // the copy holds its lock, and is at work
		go func() {
			defer working.end()
			held := lock.Hold(t, db)
			defer held.Release()
			held.WaitBlocked(call, "an innocent user")
			time.Sleep(60 * time.Millisecond) // three times as long as the innocent would bear, were it stuck
		}()
		lock.Impatient(func() { lock.Passes(t, db, "others wait for their turn", `SELECT * FROM accounts`) })
		require.NoError(t, call.Wait("the copy ends"))
	})

	for name, sql := range map[string]string{
		"a_statement_that_fails_later": `SELECT 1 / (balance - balance) FROM accounts`,
		"a_statement_that_fails":       `SELECT gone FROM accounts`,
	} {
		t.Run(name, func(t *testing.T) {
			r := kittest.Play(t, "TestX", func(t testing.TB) { lock.Passes(t, db, "old code can read", sql) })
			kittest.Golden(t, "TestPasses/"+name, r.Said())
		})
	}
}

// load copies from a reader while it holds the table's lock.
func load(ctx context.Context, pool *pgxpool.Pool, from io.Reader) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE accounts`); err != nil {
			return err
		}
		_, err := tx.Conn().PgConn().CopyFrom(ctx, from, `COPY accounts FROM STDIN`)
		return err
	})
}

// reader is a source that has nothing to give until its end.
type reader struct {
	asked, ended chan struct{}
	once         sync.Once
}

func newReader() *reader { return &reader{asked: make(chan struct{}), ended: make(chan struct{})} }

func (r *reader) Read([]byte) (int, error) {
	r.once.Do(func() { close(r.asked) })
	<-r.ended
	return 0, io.EOF
}

func (r *reader) end() { close(r.ended) }

func TestWait(t *testing.T) {
	r := kittest.Play(t, "TestX", func(t testing.TB) {
		_ = lock.Go(t, func() error { panic("oh") }).Wait("it returns")
	})
	assert.Contains(t, r.Said(), "the code panicked: oh\n\n\tin workbook/exercises/internal/lock_test.TestWait")
}

// ownerPool is a pool of the code under test that may change tables.
func ownerPool(t *testing.T, db *dbtest.DB) *pgxpool.Pool {
	config := db.Owner().Config()
	config.ConnConfig.RuntimeParams["application_name"] = "migration"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func TestHeld(t *testing.T) {
	db := dbtest.New(t, schema)

	t.Run("commit", func(t *testing.T) {
		held := lock.Hold(t, db, `UPDATE accounts SET balance = 7 WHERE id = 1`)
		assert.EqualValues(t, 100, dbtest.Value[int64](db, balance))
		held.Commit()
		held.Release() // nothing more
		assert.EqualValues(t, 7, dbtest.Value[int64](db, balance))
	})

	t.Run("a_snapshot", func(t *testing.T) {
		held := lock.Hold(t, db, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`, balance)
		held.WaitNobody()
		held.Release()
	})

	t.Run("a_statement_that_the_server_refuses", func(t *testing.T) {
		r := kittest.Play(t, "TestX", func(t testing.TB) { lock.Hold(t, db, `LOCK TABLE acounts`) })
		assert.True(t, r.Failed())
		assert.Contains(t, r.Said(), "the test is at fault: hold LOCK TABLE acounts")
	})

	t.Run("by_application", func(t *testing.T) {
		held := lock.Hold(t, db, `LOCK TABLE accounts`)
		one, two := db.Pool(dbtest.Name("one")), db.Pool(dbtest.Name("two"))
		ctx, cancel := context.WithCancel(t.Context())
		first := lock.Go(t, func() error { _, err := plain(ctx, one); return err })
		held.WaitBlocked(first, "one")
		held.WaitNobody("two")
		second := lock.Go(t, func() error { _, err := plain(t.Context(), two); return err })
		held.WaitBlocked(second, "two")
		cancel()
		require.ErrorIs(t, first.Wait("it stops"), context.Canceled)
		held.Release()
		require.NoError(t, second.Wait("it goes on"))
	})
}
