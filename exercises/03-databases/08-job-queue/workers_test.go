package jobqueue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	jobqueue "workbook/exercises/03-databases/08-job-queue"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/lock"
)

func TestTwoWorkers(t *testing.T) {
	t.Run("reach_for_a_job_at_the_same_time", func(t *testing.T) {
		q, d := open(t), diary{}
		g := gate.New(t, q.DB)
		first := q.add("email")
		q.add("email")
		q.add("email")
		// Until both have reached for a job, the first one is locked, so that they can meet at its row.
		held := lock.Hold(t, q.DB, fmt.Sprintf(`SELECT FROM jobs WHERE id = %d FOR UPDATE`, first))
		somebody := q.Pool(dbtest.With(g))
		call := func(w worker) func(context.Context) error {
			return func(ctx context.Context) error {
				worked, err := w.RunOne(ctx)
				if err == nil && !worked {
					err = errors.New("RunOne has found no job")
				}
				return err
			}
		}

		errs := g.Run(call(q.worker("worker A", d.handle, g)), call(q.worker("worker B", d.handle, g)), func(ctx context.Context) error {
			_, err := somebody.Exec(ctx, `SELECT 'both have reached for a job, and the lock on the first one ends'`)
			held.Release()
			return err
		})

		ids := d.ids()
		for n, err := range errs {
			if len(ids) == 2 && ids[0] == ids[1] {
				break
			}
			require.NoErrorf(t, err, "Three jobs are due, and two workers call RunOne at the same time: each has a job. This came of worker %c's call.%s", 'A'+n, g.Story())
		}
		require.Len(t, ids, 2, "jobs that the handlers have got, when each of two workers has called RunOne once.%s", g.Story())
		require.NotEqualf(t, ids[0], ids[1], "Two workers have called RunOne at the same time, and both have run job %d.%s", ids[0], g.Story())
	})

	t.Run("work_side_by_side", func(t *testing.T) {
		q, s, d := open(t), newStage(t), diary{}
		a, b := q.worker("worker A", s.handle), q.worker("worker B", d.handle)
		first, second := q.add("email"), q.add("email")
		call := s.begin(a, "A job is due")

		b.mustWork("Two jobs are due. Worker A is at work on one of them, and the other one is for worker B")
		b.mustFindNothing("There were two jobs: worker A is at work on one, and the other one has been done")
		s.end(nil)
		require.NoError(t, call.Wait("a worker returns when its handler has"), "what came of worker A's RunOne")

		assert.Equal(t, []string{"done", "done"}, []string{q.row(first).State, q.row(second).State}, "the states of the two jobs")
	})

	t.Run("pass_over_a_row_that_somebody_has_locked", func(t *testing.T) {
		q, d := open(t), diary{}
		w := q.worker("worker", d.handle)
		first, second := q.add("email"), q.add("email")
		held := lock.Hold(t, q.DB, fmt.Sprintf(`SELECT FROM jobs WHERE id = %d FOR UPDATE`, first))

		w.mustWork("Two jobs are due. Somebody else has locked the row of the first one, and the worker must not wait for that")
		w.mustFindNothing("Somebody has locked the only job that is left")
		held.Release()
		w.mustWork("Nobody has a lock on the job any more")

		assert.Equal(t, []int64{second, first}, d.ids(), "jobs that the handler has got: the second one while the first was locked, then the first")
	})

	t.Run("leave_a_job_that_failed_to_each_other_until_that_is_saved", func(t *testing.T) {
		q, d := open(t), diary{}
		steps := fault.NewSteps(t)
		begun := false
		a := q.worker("worker A", func(context.Context, jobqueue.Job) error {
			begun = true
			return errors.New("no answer")
		}, steps)
		b := q.worker("worker B", d.handle)
		q.add("email")
		a.mustWork("A job is due")
		for n := range steps.Seen() {
			begun = false
			q.add("email")
			steps.After(n+1, func() {
				if begun {
					_, _ = b.RunOne(t.Context())
				}
			})

			worked, err := a.try(t.Context())

			require.Emptyf(t, d.ids(), "Worker A has run its handler, which failed. Its RunOne returned: %v, %v. When the database had done A's statement\n\n\t%s\n\nworker B got the same job:", worked, err, steps.Text())
			q.Exec(`DELETE FROM jobs`)
		}
	})

	t.Run("leave_a_job_to_each_other_for_the_lease", func(t *testing.T) {
		q, s, d := open(t), newStage(t), diary{}
		a, b := q.worker("worker A", s.handle), q.worker("worker B", d.handle)
		q.add("email")
		s.begin(a, "A job is due")

		for range 2 {
			b.mustFindNothing(fmt.Sprintf("Worker A has been at work on the only job for less than the lease, which is %v", lease))
			q.pass(lease/2 - time.Minute)
		}
		b.mustFindNothing(fmt.Sprintf("Worker A has been at work on the only job for %v, and the lease is %v", lease-2*time.Minute, lease))
	})
}

// cut ends the worker's sessions, as a failing network would. It can open new ones.
func (w worker) cut() {
	fault.Kill(w.q.t, w.q.DB, w.name)
	w.Pool.Reset()
}

func TestLostWorker(t *testing.T) {
	// lose makes worker A lose its connections while its handler is at work, and lets the lease run out.
	lose := func(q *queue, s *stage, a worker) call {
		call := s.begin(a, "A job is due")
		a.cut()
		q.pass(lease)
		return call
	}
	const story = "Worker A has lost its connections while its handler was at work, and the lease has run out. "

	t.Run("leaves_its_job_to_another_one", func(t *testing.T) {
		q, s, d := open(t), newStage(t), diary{}
		job := q.add("email")
		lose(q, s, q.worker("worker A", s.handle))

		q.worker("worker B", d.handle).mustWork(story + "So its job is due again")

		assert.Equal(t, []int64{job}, d.ids(), story+"These jobs has worker B's handler got.")
		assert.Equal(t, "done", q.row(job).State, story+"Worker B has done the job, whose state is now:")
	})

	t.Run("leaves_its_last_attempt_to_another_one", func(t *testing.T) {
		q, s, d := open(t), newStage(t), diary{}
		job := q.add("email")
		a, b := q.worker("worker A", s.handle), q.worker("worker B", d.handle)
		a.MaxAttempts, b.MaxAttempts = 1, 1
		lose(q, s, a)

		b.workOff()

		want := "dead"
		if len(d.ids()) > 0 {
			want = "done"
		}
		assert.Equal(t, want, q.row(job).State, story+fmt.Sprintf("It was the only attempt that the job had. Worker B has worked off all that is due; its handler has got these jobs: %v. The job is dead, or B has done it. Its state:", d.ids()))
	})

	noSay := func(t *testing.T, outcome error, what string) {
		q, lost, s, d := open(t), newStage(t), newStage(t), diary{}
		job := q.add("email")
		callA := lose(q, lost, q.worker("worker A", lost.handle))
		callB := s.begin(q.worker("worker B", s.handle), story+"So its job is due again")
		before := dbtest.Column[string](q.DB, `SELECT jobs::text FROM jobs`)

		lost.end(outcome)
		err := callA.Wait("a worker returns when its handler has")

		now := story + "Worker B has taken the job over and is at work on it. Now worker A's handler " + what + ". "
		assert.Error(t, err, now+"A's outcome cannot be saved, so A's RunOne returns an error.")
		assert.Equal(t, before, dbtest.Column[string](q.DB, `SELECT jobs::text FROM jobs`), now+"That must not change the row, which belongs to B.")
		q.worker("worker C", d.handle).mustFindNothing(now + "The job is still B's, so there is nothing for worker C")
		s.end(nil)
		require.NoError(t, callB.Wait("a worker returns when its handler has"), now+"B then ends its work. This came of its RunOne.")
		assert.Equal(t, "done", q.row(job).State, now+"B then ends its work. The job's state:")
	}
	t.Run("has_no_say_any_more_when_it_fails", func(t *testing.T) { noSay(t, errors.New("no answer"), "fails") })
	t.Run("has_no_say_any_more_when_it_succeeds", func(t *testing.T) { noSay(t, nil, "succeeds") })

	t.Run("can_be_lost_after_any_statement", func(t *testing.T) {
		q, a, b := open(t), diary{}, diary{}
		steps := fault.NewSteps(t)
		wa, wb := q.worker("worker A", a.handle, steps), q.worker("worker B", b.handle)
		rehearse := func() int {
			q.add("email")
			steps.Count()
			wa.mustWork("A job is due")
			return steps.Seen()
		}
		for n := range rehearse() {
			rehearse() // on a new connection, instead of the one that broke
			job := q.add("email")
			steps.LoseReply(n + 1)

			_, err := wa.try(t.Context())
			wa.cut()
			q.pass(lease)
			wb.workOff()

			q.mustBeDone(job, &a, &b, fmt.Sprintf("Worker A's connection broke when the database had done\n\n\t%s\n\nbut before it could say so. A's RunOne returned: %v. Then the lease ran out, and worker B worked off all that was due. ", steps.Text(), err))
		}
	})

	t.Run("can_be_stopped_after_any_statement", func(t *testing.T) {
		q, a, b := open(t), diary{}, diary{}
		steps := fault.NewSteps(t)
		wa, wb := q.worker("worker A", a.handle, steps), q.worker("worker B", b.handle)
		q.add("email")
		wa.mustWork("A job is due")
		trips := steps.Seen()
		for n := range trips {
			job := q.add("email")
			ctx, cancel := context.WithCancel(t.Context())
			steps.After(n+1, cancel)

			_, err := wa.try(ctx)
			wa.cut()
			q.pass(lease)
			wb.workOff()

			q.mustBeDone(job, &a, &b, fmt.Sprintf("The context of worker A ended after\n\n\t%s\n\nand A's RunOne returned: %v. Then the lease ran out, and worker B worked off all that was due. ", steps.Text(), err))
		}
	})
}

// mustBeDone requires that a job is done, and was given to one of the handlers.
func (q *queue) mustBeDone(job int64, a, b *diary, story string) {
	q.t.Helper()
	require.Equal(q.t, "done", q.row(job).State, story+"The job's state:")
	require.Contains(q.t, append(a.ids(), b.ids()...), job, story+"The job is done, yet no handler has got it.")
}
