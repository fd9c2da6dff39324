package gate_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/kittest"
)

// withdraw is code under test: it takes 10 from account 1.
type withdraw func(ctx context.Context, pool *pgxpool.Pool) error

// inTx makes a withdrawal of some statements in one transaction.
func inTx(level pgx.TxIsoLevel, f func(ctx context.Context, tx pgx.Tx) error) withdraw {
	return func(ctx context.Context, pool *pgxpool.Pool) error {
		return pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error { return f(ctx, tx) })
	}
}

// readModifyWrite is the wrong one. Its read can be replaced.
func readModifyWrite(read string) func(ctx context.Context, tx pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error {
		var balance int64
		if err := tx.QueryRow(ctx, read).Scan(&balance); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = $1 WHERE id = 1`, balance-10)
		return err
	}
}

func first(statement string, f func(ctx context.Context, tx pgx.Tx) error) func(ctx context.Context, tx pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
		return f(ctx, tx)
	}
}

func again(code string, w withdraw) withdraw {
	return func(ctx context.Context, pool *pgxpool.Pool) error {
		for {
			err := w(ctx, pool)
			if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != code {
				return err
			}
		}
	}
}

const plainRead = `SELECT balance FROM accounts WHERE id = 1`

// together runs a withdrawal twice at once, each on a pool of its own, and
// returns what is left of 100.
func together(db *dbtest.DB, gate *gate.Gate, pools [2]*pgxpool.Pool, w withdraw) (left int64, err error) {
	db.Exec(`INSERT INTO accounts VALUES (1, 100) ON CONFLICT (id) DO UPDATE SET balance = 100`)
	err = errors.Join(gate.Run(
		func(ctx context.Context) error { return w(ctx, pools[0]) },
		func(ctx context.Context) error { return w(ctx, pools[1]) },
	)...)
	return dbtest.Value[int64](db, plainRead), err
}

func twoPools(db *dbtest.DB, gate *gate.Gate) [2]*pgxpool.Pool {
	return [2]*pgxpool.Pool{db.Pool(dbtest.With(gate)), db.Pool(dbtest.With(gate))}
}

// rounds calls f so many times with a gate for the table, and a few times with other kinds of gates.
func rounds(t *testing.T, db *dbtest.DB, n int, w withdraw, check func(left int64, err error, story string)) {
	t.Helper()
	for gate, n := range map[*gate.Gate]int{
		gate.New(t, db, "accounts"):        n,
		gate.New(t, db):                    min(n, 3),
		gate.New(t, db, "accounts").Once(): min(n, 3),
	} {
		pools := twoPools(db, gate)
		for range n {
			left, err := together(db, gate, pools, w)
			check(left, err, gate.Story())
		}
	}
}

func TestGateCatches(t *testing.T) {
	db := dbtest.New(t, schema, `
		CREATE FUNCTION balance_of(account bigint) RETURNS bigint LANGUAGE sql AS 'SELECT balance FROM accounts WHERE id = account';
		CREATE FUNCTION "Indirect"() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN balance_of(1); END';
		CREATE VIEW v AS SELECT balance FROM accounts WHERE id = 1;`)
	viaBatch := func(ctx context.Context, tx pgx.Tx) error {
		var balance int64
		batch := &pgx.Batch{}
		batch.Queue(plainRead).QueryRow(func(row pgx.Row) error { return row.Scan(&balance) })
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = $1 WHERE id = 1`, balance-10)
		return err
	}
	viaPrepared := func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Prepare(ctx, "read", plainRead); err != nil {
			return err
		}
		return readModifyWrite("read")(ctx, tx)
	}
	var lock sync.Mutex
	lockedRead := func(ctx context.Context, pool *pgxpool.Pool) error {
		lock.Lock()
		var balance int64
		err := pool.QueryRow(ctx, plainRead).Scan(&balance)
		lock.Unlock() // too early: the write belongs under it too
		if err == nil {
			_, err = pool.Exec(ctx, `UPDATE accounts SET balance = $1 WHERE id = 1`, balance-10)
		}
		return err
	}
	wrong := map[string]struct {
		rounds int
		w      withdraw
	}{
		"read_modify_write":      {5, inTx(pgx.ReadCommitted, readModifyWrite(plainRead))},
		"quoted_and_qualified":   {5, inTx(pgx.ReadCommitted, readModifyWrite(`SELECT balance /* all of it */ FROM public."accounts" WHERE id = 1`))},
		"in_capitals":            {5, inTx(pgx.ReadCommitted, readModifyWrite(`SELECT BALANCE FROM ONLY Accounts WHERE ID = 1 -- why not`))},
		"through_a_function":     {5, inTx(pgx.ReadCommitted, readModifyWrite(`SELECT balance_of(1)`))},
		"through_two_functions":  {5, inTx(pgx.ReadCommitted, readModifyWrite(`SELECT "Indirect"()`))},
		"through_a_view":         {5, inTx(pgx.ReadCommitted, readModifyWrite(`SELECT balance FROM v`))},
		"through_a_batch":        {5, inTx(pgx.ReadCommitted, viaBatch)},
		"by_a_prepared_name":     {5, inTx(pgx.ReadCommitted, viaPrepared)},
		"with_a_mutex_too_short": {4, lockedRead},
	}
	for name, c := range wrong {
		t.Run(name, func(t *testing.T) {
			rounds(t, db, c.rounds, c.w, func(left int64, err error, story string) {
				require.NoError(t, err)
				require.EqualValues(t, 90, left, "the update that is lost must be lost every time.%s", story)
			})
		})
	}

	t.Run("a_read_that_comes_late", func(t *testing.T) {
		// The harmless first statement spends a meeting, so a gate that opens once misses what comes after.
		late := inTx(pgx.ReadCommitted, first(`SELECT count(*) FROM accounts`, readModifyWrite(plainRead)))
		gate := gate.New(t, db, "accounts")
		pools := twoPools(db, gate)
		for range 5 {
			left, err := together(db, gate, pools, late)
			require.NoError(t, err)
			require.EqualValues(t, 90, left, gate.Story())
		}
	})

	t.Run("no_retry", func(t *testing.T) {
		gate := gate.New(t, db, "accounts")
		pools := twoPools(db, gate)
		for range 5 {
			left, err := together(db, gate, pools, inTx(pgx.Serializable, readModifyWrite(plainRead)))
			require.ErrorContains(t, err, "40001")
			require.EqualValues(t, 90, left, gate.Story())
		}
	})

	t.Run("a_deadlock", func(t *testing.T) {
		db.Exec(`INSERT INTO accounts VALUES (2, 100) ON CONFLICT DO NOTHING`)
		gate := gate.New(t, db, "accounts")
		pools := twoPools(db, gate)
		both := func(pool *pgxpool.Pool, ids ...int) func(context.Context) error {
			return func(ctx context.Context) error {
				return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
					for _, id := range ids {
						if _, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance + 1 WHERE id = $1`, id); err != nil {
							return err
						}
					}
					return nil
				})
			}
		}
		for range 5 {
			require.ErrorContains(t, errors.Join(gate.Run(both(pools[0], 1, 2), both(pools[1], 2, 1))...), "40P01", "in opposite orders")
		}
		for range 5 {
			require.NoError(t, errors.Join(gate.Run(both(pools[0], 1, 2), both(pools[1], 1, 2))...), "in the same order")
		}
	})

	t.Run("a_copy_before_the_count", func(t *testing.T) {
		gate := gate.New(t, db, "log")
		pools := twoPools(db, gate)
		seen := make([]int, 2)
		load := func(i int) func(context.Context) error {
			return func(ctx context.Context) error {
				_, err := pools[i].CopyFrom(ctx, pgx.Identifier{"log"}, []string{"line"}, pgx.CopyFromRows([][]any{{"x"}}))
				if err != nil {
					return err
				}
				return pools[i].QueryRow(ctx, `SELECT count(*) FROM log`).Scan(&seen[i])
			}
		}
		for range 5 {
			db.Exec(`DELETE FROM log`)
			require.NoError(t, errors.Join(gate.Run(load(0), load(1))...))
			require.Equal(t, []int{2, 2}, seen, "each counts after both have copied")
		}
	})
}

func TestGateLetsThrough(t *testing.T) {
	db := dbtest.New(t, schema)
	locked := readModifyWrite(plainRead + ` FOR UPDATE`)
	atomic := func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance - 10 WHERE id = 1 AND balance >= 10`)
		return err
	}
	oneStatement := func(ctx context.Context, pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, `
			WITH old AS (SELECT id FROM accounts WHERE id = 1 FOR UPDATE)
			UPDATE accounts SET balance = balance - 10 FROM old WHERE accounts.id = old.id`)
		return err
	}
	tryLock := func(ctx context.Context, pool *pgxpool.Pool) error {
		for done := false; !done; {
			err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
				if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(7)`).Scan(&done); err != nil || !done {
					return err
				}
				return readModifyWrite(plainRead)(ctx, tx)
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	var mutex sync.Mutex
	withMutex := func(ctx context.Context, pool *pgxpool.Pool) error {
		mutex.Lock()
		defer mutex.Unlock()
		return inTx(pgx.ReadCommitted, readModifyWrite(plainRead))(ctx, pool)
	}
	backoff := func(ctx context.Context, pool *pgxpool.Pool) error {
		for {
			err := inTx(pgx.ReadCommitted, readModifyWrite(plainRead+` FOR UPDATE NOWAIT`))(ctx, pool)
			if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" {
				return err
			}
			time.Sleep(3 * time.Millisecond)
		}
	}
	right := map[string]struct {
		rounds int
		w      withdraw
	}{
		"row_lock":              {5, inTx(pgx.ReadCommitted, locked)},
		"atomic_update":         {5, inTx(pgx.ReadCommitted, atomic)},
		"one_statement":         {10, oneStatement},
		"serializable_retry":    {10, again("40001", inTx(pgx.Serializable, readModifyWrite(plainRead)))},
		"repeatable_read_retry": {10, again("40001", inTx(pgx.RepeatableRead, readModifyWrite(plainRead)))},
		"advisory_lock":         {10, inTx(pgx.ReadCommitted, first(`SELECT pg_advisory_xact_lock(7)`, readModifyWrite(plainRead)))},
		"table_lock":            {10, inTx(pgx.ReadCommitted, first(`LOCK TABLE accounts IN EXCLUSIVE MODE`, readModifyWrite(plainRead)))},
		"nowait":                {3, backoff},
		"trylock":               {2, tryLock},
		"mutex":                 {1, withMutex},
	}
	for name, c := range right {
		t.Run(name, func(t *testing.T) {
			rounds(t, db, c.rounds, c.w, func(left int64, err error, story string) {
				require.NoError(t, err, story)
				require.EqualValues(t, 80, left, story)
			})
		})
	}

	t.Run("a_pool_of_one_connection", func(t *testing.T) {
		gate := gate.New(t, db, "accounts")
		pool := db.Pool(dbtest.With(gate), dbtest.MaxConns(1))
		left, err := together(db, gate, [2]*pgxpool.Pool{pool, pool}, inTx(pgx.ReadCommitted, locked))
		require.NoError(t, err)
		assert.EqualValues(t, 80, left)
	})

	t.Run("five_at_once", func(t *testing.T) {
		gate := gate.New(t, db, "accounts")
		pool := db.Pool(dbtest.With(gate))
		db.Exec(`UPDATE accounts SET balance = 100`)
		var calls []func(context.Context) error
		for range 5 {
			calls = append(calls, func(ctx context.Context) error {
				return again("40001", inTx(pgx.Serializable, readModifyWrite(plainRead)))(ctx, pool)
			})
		}
		require.NoError(t, errors.Join(gate.Run(calls...)...), gate.Story())
		assert.EqualValues(t, 50, dbtest.Value[int64](db, plainRead))
	})

	t.Run("a_call_that_never_touches_the_table", func(t *testing.T) {
		gate := gate.New(t, db, "accounts")
		pools := twoPools(db, gate)
		errs := gate.Run(
			func(ctx context.Context) error { return inTx(pgx.ReadCommitted, locked)(ctx, pools[0]) },
			func(context.Context) error { return errors.New("nothing to do") },
			func(context.Context) error { panic("oh") },
		)
		require.NoError(t, errs[0])
		require.EqualError(t, errs[1], "nothing to do")
		require.ErrorContains(t, errs[2], "panic: oh")
	})

	t.Run("whoever_comes_outside_of_Run", func(t *testing.T) {
		gate := gate.New(t, db)
		_, err := db.Pool(dbtest.With(gate)).Exec(t.Context(), plainRead)
		require.NoError(t, err)
	})

	t.Run("a_call_whose_context_ends", func(t *testing.T) {
		gate := gate.New(t, db, "accounts")
		pools := twoPools(db, gate)
		ctx, cancel := context.WithCancel(t.Context())
		errs := gate.Run(
			func(context.Context) error { return inTx(pgx.ReadCommitted, locked)(ctx, pools[0]) },
			func(ctx context.Context) error {
				cancel() // perhaps while the other one is held: it must get away
				return inTx(pgx.ReadCommitted, locked)(ctx, pools[1])
			},
		)
		require.NoError(t, errs[1])
	})
}

func TestGateMessages(t *testing.T) {
	t.Run("a_call_that_hangs", func(t *testing.T) {
		gate.SetHangLimit(t, 200*time.Millisecond)
		free := make(chan struct{})
		defer close(free)
		r := kittest.Play(t, "TestHangs", func(t testing.TB) {
			db := dbtest.New(t, schema)
			gate := gate.New(t, db, "accounts")
			pool := db.Pool(dbtest.With(gate))
			gate.Run(
				func(ctx context.Context) error { _, err := pool.Exec(ctx, plainRead); return err },
				func(context.Context) error { <-free; return nil },
			)
		})
		assert.True(t, r.Failed())
		assert.Contains(t, r.Said(), "of 2 calls that ran at once, number 2 had not returned after 200ms.")
		assert.Contains(t, r.Said(), "connection A: "+plainRead)
	})

	t.Run("the_story", func(t *testing.T) {
		db := dbtest.New(t, schema)
		db.Exec(`INSERT INTO accounts VALUES (1, 100)`)
		gate := gate.New(t, db)
		_, err := together(db, gate, twoPools(db, gate), inTx(pgx.ReadCommitted, readModifyWrite(plainRead)))
		require.NoError(t, err)
		story := gate.Story()
		before, after, found := strings.Cut(story, "UPDATE")
		assert.True(t, found, story)
		for _, who := range []string{"A", "B"} {
			assert.Contains(t, before, "connection "+who+": "+plainRead, "both have read before one writes")
			assert.Contains(t, after, "connection "+who+": commit")
		}
	})
}
