package pooldiscipline_test

import (
	"context"
	"math"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pooldiscipline "workbook/exercises/03-databases/02-pool-discipline"
	"workbook/exercises/internal/dbtest"
)

type job = func(ctx context.Context) error

// alone runs a job, and says whether that has begun.
func (p program) alone(ctx context.Context, id int64, fn job) (begun bool, err error) {
	p.t.Helper()
	err = p.do(func(bounded context.Context, s *Store) error {
		if ctx == nil {
			ctx = bounded
		}
		return s.Alone(ctx, id, func(ctx context.Context) error { begun = true; return fn(ctx) })
	})
	return begun, err
}

func nothing(context.Context) error { return nil }

// requireFree fails the test unless another copy of the program can do the job.
func (d *depot) requireFree(id int64, when string) {
	d.t.Helper()
	d.unlocked() // where the end of a session unlocks, that may take a moment
	begun, err := d.program().alone(nil, id, nothing)
	require.NoErrorf(d.t, err, "%s, so the job is not being done any more. Then another copy of the program wanted to do it.", when)
	require.Truef(d.t, begun, "%s, so the job is not being done any more. Then another copy of the program wanted to do it; it got no error, but its function was not called.", when)
}

func TestAlone(t *testing.T) {
	busy := func(t *testing.T, begun bool, err error, who string) bool {
		t.Helper()
		return assert.Falsef(t, begun, "A job is being done. Then %s wanted to do the same one, and has begun: now it is done twice at once.", who) &&
			assert.ErrorIsf(t, err, pooldiscipline.ErrBusy, "A job is being done. Then %s wanted to do the same one.", who)
	}

	t.Run("keeps_other_copies_of_the_program_out", func(t *testing.T) {
		d := openDepot(t)
		id, a, b := d.rand.Int64(), d.program(), d.program()

		begun, err := a.alone(nil, id, func(context.Context) error {
			for range 3 { // more often than it has connections
				begun, err := b.alone(nil, id, nothing)
				if !busy(t, begun, err, "another copy of the program") || !b.returned("The job was being done elsewhere, and Alone returned") {
					break
				}
			}
			return nil
		})

		require.NoError(t, err)
		require.True(t, begun, "nobody else was doing the job")
		d.requireFree(id, "The job has been done")
	})

	t.Run("keeps_the_same_program_out", func(t *testing.T) {
		d := openDepot(t)
		id, p := d.rand.Int64(), d.program()

		_, err := p.alone(nil, id, func(context.Context) error {
			begun, err := p.alone(nil, id, nothing)
			busy(t, begun, err, "another part of the same program")
			return nil
		})

		require.NoError(t, err)
		d.requireFree(id, "The job has been done")
	})

	t.Run("keeps_others_out_for_as_long_as_it_takes", func(t *testing.T) {
		d := openDepot(t)
		// The server ends a transaction in which nothing happens for 10 s; here it is less patient, but leaves time to say so.
		p := d.program(dbtest.Config(func(c *pgxpool.Config) {
			c.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "500ms"
		}))

		_, err := p.alone(nil, 1, func(context.Context) error {
			soon(func() bool { // until the server has ended it, or has let it be idle for much longer
				var waiting int
				err := d.Super().QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'depot'
					AND state = 'idle in transaction' AND state_change > clock_timestamp() - interval '2s'`, d.Name()).Scan(&waiting)
				return assert.NoError(t, err) && waiting == 0
			})
			begun, err := d.program().alone(nil, 1, nothing)
			busy(t, begun, err, "another copy of the program, after longer than the server lets a transaction be idle,")
			return nil
		})

		require.NoError(t, err)
		d.requireFree(1, "The job has been done")
	})

	t.Run("lets_other_jobs_be_done", func(t *testing.T) {
		d := openDepot(t)
		p, id := d.program(), d.rand.Between(1, math.MaxInt32)
		for _, other := range []int64{id + 1<<32, -id, math.MaxInt64, math.MinInt64, 0} {
			_, err := p.alone(nil, id, func(context.Context) error {
				begun, err := d.program().alone(nil, other, nothing)
				assert.NoErrorf(t, err, "job %d is being done; another copy of the program wanted to do job %d", id, other)
				assert.Equalf(t, err == nil, begun, "job %d is being done; another copy of the program wanted to do job %d, and its function is called or there is an error", id, other)
				return nil
			})
			require.NoErrorf(t, err, "job %d", id)
			d.unlocked() // job id is next, once more
		}
	})

	t.Run("can_be_done_again_when_others_used_the_pool_meanwhile", func(t *testing.T) {
		d := openDepot(t)
		id, p := d.rand.Int64(), d.program()
		release := func() {}

		_, err := p.alone(nil, id, func(ctx context.Context) error {
			conn, err := p.pool.Acquire(ctx) // somebody else in the program, for longer than the job takes
			if err == nil {
				release = conn.Release
			}
			return err
		})
		release()

		require.NoError(t, err)
		d.requireFree(id, "A job has been done, while another part of the same program had a connection of its own from the pool")
	})

	t.Run("can_be_done_again_when_it_has_failed", func(t *testing.T) {
		d := openDepot(t)
		id, p := d.rand.Int64(), d.program()

		_, err := p.alone(nil, id, func(context.Context) error { return errOwn })

		require.ErrorIs(t, err, errOwn, "the caller gets the error that the function has returned")
		p.returned("The function of Alone returned an error")
		d.requireFree(id, "The job has failed")
	})

	t.Run("can_be_done_again_when_it_has_panicked", func(t *testing.T) {
		d := openDepot(t)
		id, p := d.rand.Int64(), d.program()
		var caught any

		err := p.do(func(ctx context.Context, s *Store) error {
			defer func() { caught = recover() }()
			return s.Alone(ctx, id, func(context.Context) error { panic(errOwn) })
		})

		p.returned("The function of Alone panicked; the program caught that further up, as a web server does, and goes on")
		require.Equalf(t, errOwn, caught, "A panic in the function goes on to the caller. Alone returned the error %v instead.", err)
		d.requireFree(id, "The job has panicked")
	})

	t.Run("can_be_done_again_when_the_caller_gave_up", func(t *testing.T) {
		d := openDepot(t)
		id, p := d.rand.Int64(), d.program()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		_, err := p.alone(ctx, id, func(ctx context.Context) error { cancel(); return ctx.Err() })

		require.ErrorIs(t, err, context.Canceled, "the caller gave up while the job was being done, and the function sees that in the context that it was given")
		p.returned("The caller gave up while the job was being done")
		d.requireFree(id, "The caller gave up while the job was being done")
	})
}
