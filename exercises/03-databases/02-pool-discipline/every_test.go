package pooldiscipline_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/lock"
)

type (
	call = func(ctx context.Context, s *Store) error
	// An outcome says how much of a call was done, and of how much.
	outcome = func() (done, of int64)
)

// methods are those of the Store, each with what it does, what one call needs, and the call.
var methods = []struct {
	name    string
	does    string
	prepare func(d *depot) (call, outcome)
}{
	{"InTx", "parcels were added", func(d *depot) (call, outcome) {
		a, b := d.code(), d.code()
		call := func(ctx context.Context, s *Store) error {
			return s.InTx(ctx, func(tx pgx.Tx) error { return add(ctx, tx, a, b) })
		}
		return call, func() (done, of int64) { return d.count(a, b), 2 }
	}},
	{"Receive", "parcels were added", func(d *depot) (call, outcome) {
		a, b, said := d.code(), d.code(), 2
		call := func(ctx context.Context, s *Store) error {
			added, err := s.Receive(ctx, []Parcel{{a, 1}, {b, 2}})
			if err == nil {
				said = added
			}
			return err
		}
		return call, func() (done, of int64) { return min(d.count(a, b), int64(said)), 2 }
	}},
	{"Pick", "waiting parcels were returned", func(d *depot) (call, outcome) {
		d.parcels(1, 2)
		waiting, picked := dbtest.Value[int64](d.DB, `SELECT count(*) FROM parcels WHERE van_id IS NULL`), 0
		call := func(ctx context.Context, s *Store) error {
			list, err := s.Pick(ctx, math.MaxInt64)
			if err == nil {
				picked = len(list)
			}
			return err
		}
		return call, func() (done, of int64) { return int64(picked), waiting }
	}},
	{"Load", "rows were changed or written (two parcels, a loading)", func(d *depot) (call, outcome) {
		van, parcels := d.van("North"), d.parcels(1, 2)
		call := func(ctx context.Context, s *Store) error {
			return s.Load(ctx, van, []string{parcels[0].Code, parcels[1].Code})
		}
		return call, func() (done, of int64) {
			return dbtest.Value[int64](d.DB, `SELECT (SELECT count(*) FROM parcels WHERE van_id = $1) + (SELECT count(*) FROM loadings WHERE van_id = $1)`, van), 3
		}
	}},
	{"Alone", "calls of its function were made", func(d *depot) (call, outcome) {
		id, begun := d.rand.Int64(), int64(0)
		call := func(ctx context.Context, s *Store) error {
			return s.Alone(ctx, id, func(context.Context) error { begun++; return nil })
		}
		return call, func() (done, of int64) { return begun, 1 }
	}},
	{"Report", "vans were returned", func(d *depot) (call, outcome) {
		d.van("South")
		vans, reported := dbtest.Value[int64](d.DB, `SELECT count(*) FROM vans`), 0
		call := func(ctx context.Context, s *Store) error {
			report, err := s.Report(ctx)
			if err == nil {
				reported = len(report)
			}
			return err
		}
		return call, func() (done, of int64) { return int64(reported), vans }
	}},
}

func TestEveryMethod(t *testing.T) {
	t.Run("needs_one_connection", func(t *testing.T) {
		d := openDepotAlone(t)
		for _, m := range methods {
			call, _ := m.prepare(d)

			err := d.program(dbtest.MaxConns(1)).do(call)

			assert.NoErrorf(t, err, "A call needs one connection at a time. The pool had only one, and %s was the only call. With two connections, two such calls at once come to the same.", m.name)
		}
	})

	t.Run("works_after_a_column_was_added", func(t *testing.T) {
		d := openDepotAlone(t)
		var programs []program
		for i, m := range methods {
			programs = append(programs, d.program())
			call, _ := m.prepare(d)
			require.NoErrorf(t, programs[i].do(call), "%s, which nothing disturbs", m.name)
		}
		d.Exec(`ALTER TABLE parcels ADD COLUMN remark text; ALTER TABLE vans ADD COLUMN remark text; ALTER TABLE loadings ADD COLUMN remark text`)
		for i, m := range methods {
			call, _ := m.prepare(d)

			err := programs[i].do(call)

			assert.NoErrorf(t, err, "%s was called, then somebody added a column to each table while the program ran, then %s was called again.", m.name, m.name)
		}
	})

	t.Run("stops_waiting_for_a_connection_when_the_caller_gives_up", func(t *testing.T) {
		d := openDepotAlone(t)
		for _, m := range methods {
			p := d.program(dbtest.MaxConns(1))
			run, outcome := m.prepare(d)
			conn, err := p.pool.Acquire(t.Context())
			require.NoError(t, err)
			defer conn.Release()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()

			err = lock.Go(t, func() error { return run(ctx, p.store) }).
				Wait("All of the pool's connections are out, and the caller of " + m.name + " has given up waiting for one, so it returns")

			done, _ := outcome()
			assert.Zerof(t, done, "%s got no connection, so it cannot have done anything", m.name)
			assert.ErrorIsf(t, err, context.DeadlineExceeded, "all of the pool's connections are out, and the caller of %s has given up waiting for one", m.name)
		}
	})

	t.Run("stops_waiting_in_a_query_when_the_caller_gives_up", func(t *testing.T) {
		d := openDepotAlone(t)
		for _, m := range methods {
			if m.name == "Alone" {
				continue // has nothing to wait for in the database
			}
			p := d.program()
			run, _ := m.prepare(d)
			held := lock.Hold(t, d.DB, `LOCK TABLE parcels`)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			call := lock.Go(t, func() error { return run(ctx, p.store) })
			held.WaitBlocked(call, "depot")

			cancel()

			err := call.Wait("A query of " + m.name + " waits for a lock, and the caller has given up, so " + m.name + " returns")
			require.ErrorIsf(t, err, context.Canceled, "a query of %s waited for a lock, and the caller gave up", m.name)
			held.WaitNobody("depot")
			held.Release()
			if !p.returned("A query of %s waited for a lock, and the caller gave up", m.name) {
				return
			}
		}
	})

	// disturbed calls each method again and again, and
	// disturbs it after the first step, the second, and so on.
	disturbed := func(t *testing.T, what string, disturb func(steps *fault.Steps, n int, cancel func()), afterwards func(p program, before []string, said string) bool) {
		t.Helper()
		d := openDepotAlone(t)
		for _, m := range methods {
			steps := fault.NewSteps(t)
			p := d.program(dbtest.With(steps))
			before := p.settings()
			run, _ := m.prepare(d)
			steps.Count()
			require.NoErrorf(t, p.do(run), "%s, which nothing disturbs", m.name)
			for n := range steps.Seen() {
				run, outcome := m.prepare(d)
				err := p.do(func(ctx context.Context, s *Store) error {
					ctx, cancel := context.WithCancel(ctx)
					defer cancel()
					disturb(steps, n+1, cancel)
					return run(ctx, s)
				})

				said := fmt.Sprintf("%s was called; %s\n\n\t%s\n\nIt returned %s", m.name, what, steps.Text(), outcomeOf(err))
				done, of := outcome()
				whole := done == of || done == 0 && err != nil
				if !whole {
					t.Errorf("A call that returns no error has done all, and one that returns an error has done all or nothing. %s, and %d of %d %s.", said, done, of, m.does)
				}
				if !p.returned("%s", said) || !afterwards(p, before, said) || !whole {
					break
				}
			}
		}
	}

	t.Run("leaves_nothing_behind_when_the_caller_gives_up", func(t *testing.T) {
		disturbed(t, "its caller gave up after its statement",
			func(steps *fault.Steps, n int, cancel func()) { steps.After(n, cancel) },
			func(p program, before []string, said string) bool {
				return assert.Emptyf(t, p.changed(before), "%s. Its connection goes to the next caller, who knows nothing of these settings.", said)
			})
	})

	// A new connection each time: the one that has died stays in the pool until it is used.
	anew := func(p program, _ []string, _ string) bool { p.pool.Reset(); return true }

	t.Run("tells_when_the_reply_gets_lost", func(t *testing.T) {
		disturbed(t, "the connection broke when the database had done this, before the reply came:",
			func(steps *fault.Steps, n int, _ func()) { steps.LoseReply(n) }, anew)
	})

	t.Run("tells_when_the_connection_dies", func(t *testing.T) {
		disturbed(t, "the database's session ended after its statement",
			func(steps *fault.Steps, n int, _ func()) { steps.Kill(n) }, anew)
	})
}

func outcomeOf(err error) string {
	if err == nil {
		return "no error"
	}
	return "the error: " + err.Error()
}
