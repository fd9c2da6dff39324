package fault_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/kittest"
)

const schema = `CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY, line text)`

// write is code under test: it writes two lines.
type write func(ctx context.Context, pool *pgxpool.Pool) error

// TestSteps: a pair of lines is written in full or not at all, whatever breaks on the way.
func TestSteps(t *testing.T) {
	db := dbtest.New(t, schema)
	pairs := func(break_ func(s *fault.Steps, n int), w write) kittest.Program {
		steps := fault.NewSteps(t)
		pool := db.Pool(dbtest.With(steps))
		return func(t testing.TB) {
			pool.Reset() // without what an earlier round has killed
			steps.Count()
			require.NoError(t, w(t.Context(), pool))
			for n := range steps.Seen() {
				db.Exec(`DELETE FROM log`)
				break_(steps, n+1)
				err := w(t.Context(), pool)
				lines := dbtest.Value[int](db, `SELECT count(*) FROM log`)
				if lines%2 != 0 || lines > 2 {
					t.Errorf("both lines are written or none, and once; when the session ended at step %d (%s) %s in the table. The caller was told: %v",
						n+1, steps.Text(), count(lines), reason(err))
				}
			}
		}
	}
	kill := func(s *fault.Steps, n int) { s.Kill(n) }
	lose := func(s *fault.Steps, n int) { s.LoseReply(n) }
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"killed_between_two_statements": pairs(kill, oneByOne),
			"a_lost_reply_tried_again":      pairs(lose, tryAgain),
		},
		Right: map[string]kittest.Program{
			"killed_in_one_transaction":     pairs(kill, inOneTransaction),
			"killed_in_one_batch":           pairs(kill, inOneBatch),
			"a_lost_reply_in_a_transaction": pairs(lose, inOneTransaction),
			"a_lost_reply_in_a_batch":       pairs(lose, inOneBatch),
		},
	})
}

func count(lines int) string {
	if lines == 1 {
		return "1 line was"
	}
	return fmt.Sprintf("%d lines were", lines)
}

// reason is an error without what the driver adds to it, which differs.
func reason(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return "SQLSTATE " + pg.Code
	}
	if err != nil {
		return "the connection is gone"
	}
	return "nothing is wrong"
}

// TestKill: a worker finds its jobs again after all of its sessions were ended.
func TestKill(t *testing.T) {
	db := dbtest.New(t, schema)
	survives := func(open func(testing.TB) (ask func() error)) kittest.Program {
		return func(t testing.TB) {
			ask := open(t)
			require.NoError(t, ask())
			require.NotZero(t, fault.Kill(t, db, "worker"))
			require.Zero(t, dbtest.Value[int](db, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'worker'`), "they are gone when Kill returns")
			first, second := ask(), ask()
			if first != nil && second != nil {
				t.Errorf("one lost connection may cost one request; the second one failed too: %v", reason(second))
			}
		}
	}
	withPool := func(max int) func(t testing.TB) func() error {
		return func(t testing.TB) func() error {
			pool := db.Pool(dbtest.Name("worker"), dbtest.MaxConns(max))
			t.Cleanup(pool.Close)
			return func() error { _, err := pool.Exec(t.Context(), `SELECT 1`); return err }
		}
	}
	oneConnection := func(t testing.TB) func() error {
		config := db.Pool().Config().ConnConfig
		config.RuntimeParams["application_name"] = "worker"
		conn, err := pgx.ConnectConfig(t.Context(), config)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return func() error { _, err := conn.Exec(t.Context(), `SELECT 1`); return err }
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{"keeps_one_connection_for_ever": survives(oneConnection)},
		Right: map[string]kittest.Program{
			"asks_a_pool":        survives(withPool(4)),
			"asks_a_pool_of_one": survives(withPool(1)),
		},
	})

	assert.Zero(t, fault.Kill(t, db, "nobody"))
}

func TestLoseReplyNeedsAPoolOfDbtest(t *testing.T) {
	db := dbtest.New(t, schema)
	r := kittest.Play(t, "TestX", func(t testing.TB) {
		steps := fault.NewSteps(t)
		pool := db.Pool(dbtest.With(steps), dbtest.Config(func(c *pgxpool.Config) { c.ConnConfig.DialFunc = (&net.Dialer{}).DialContext }))
		defer pool.Close()
		steps.LoseReply(1)
		_, _ = pool.Exec(t.Context(), `SELECT 1`)
	})
	assert.Contains(t, r.Said(), "the test is at fault: LoseReply needs")
}
