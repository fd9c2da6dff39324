package jobqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	jobqueue "workbook/exercises/03-databases/08-job-queue"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

func TestEnqueue(t *testing.T) {
	begin := func(t *testing.T, q *queue) pgx.Tx {
		q.Exec(`CREATE TABLE IF NOT EXISTS orders (id int); GRANT ALL ON orders TO PUBLIC`)
		tx, err := q.Pool().Begin(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
		_, err = tx.Exec(t.Context(), `INSERT INTO orders VALUES (1)`)
		require.NoError(t, err)
		return tx
	}
	enqueue := func(t *testing.T, tx pgx.Tx, kind, payload string) int64 {
		id, err := guard.Call2(t, func() (int64, error) { return jobqueue.Enqueue(t.Context(), tx, kind, payload) })
		require.NoErrorf(t, err, "Enqueue of a job of the kind %q with the payload %q", kind, payload)
		return id
	}

	t.Run("hands_over_what_it_was_given", func(t *testing.T) {
		q, d := open(t), diary{}
		tx, r := begin(t, q), seed.New(t)
		kind := r.Awkward()
		var want []jobqueue.Job
		for _, payload := range r.AllAwkward() {
			want = append(want, jobqueue.Job{ID: enqueue(t, tx, kind, payload), Kind: kind, Payload: payload, Attempt: 1})
		}
		require.NoError(t, tx.Commit(t.Context()), "the caller commits")

		w := q.worker("worker", d.handle)
		w.Handlers[kind] = d.handle
		for range want {
			w.mustWork("The caller has committed, so its jobs are due")
		}
		slices.SortFunc(d.jobs, func(a, b jobqueue.Job) int { return int(a.ID - b.ID) }) // all have been due equally long

		require.Len(t, d.jobs, len(want), "jobs that the handler has got")
		for i := range want {
			require.Equal(t, want[i], d.jobs[i], "A handler gets the job that was enqueued: the id that Enqueue returned, the kind, the payload letter for letter. This is its first attempt.")
		}
	})

	t.Run("leaves_no_job_when_the_caller_rolls_back", func(t *testing.T) {
		q := open(t)
		tx := begin(t, q)
		enqueue(t, tx, "email", "receipt")

		_ = tx.Rollback(t.Context())

		orders, jobs := dbtest.Value[int](q.DB, `SELECT count(*) FROM orders`), dbtest.Value[int](q.DB, `SELECT count(*) FROM jobs`)
		assert.Equal(t, []int{0, 0}, []int{orders, jobs},
			"The caller has written an order, enqueued the job to mail a receipt for it, and rolled back. So many orders, and so many jobs, have stayed.")
	})

	t.Run("leaves_the_transaction_to_the_caller", func(t *testing.T) {
		q := open(t)
		tx := begin(t, q)
		enqueue(t, tx, "email", "receipt")

		_, err := tx.Exec(t.Context(), `INSERT INTO orders VALUES (2)`)
		require.NoError(t, err, "after Enqueue the caller writes more in the same transaction")
		require.NoError(t, tx.Commit(t.Context()), "after Enqueue the caller commits")

		assert.Equal(t, 1, dbtest.Value[int](q.DB, `SELECT count(*) FROM jobs`), "jobs, after one was enqueued and the caller has committed")
	})
}

func TestRunOne(t *testing.T) {
	t.Run("does_a_job_once", func(t *testing.T) {
		q, d := open(t), diary{}
		w := q.worker("worker", func(ctx context.Context, job jobqueue.Job) error {
			assert.NoError(t, ctx.Err(), "nobody has stopped the worker, so the handler's context has not ended")
			if end, ok := ctx.Deadline(); ok {
				assert.Greater(t, time.Until(end), lease-time.Minute, "A handler may work for as long as the lease, which is %v. This much time has the handler's context.", lease)
			}
			return d.handle(ctx, job)
		})
		job := q.add("email")

		w.mustWork("A job is due")
		w.mustFindNothing("The job has been done")
		q.pass(10 * lease)
		w.mustFindNothing("The job has been done, long ago")

		assert.Equal(t, []int64{job}, d.ids(), "jobs that the handler has got")
		r := q.row(job)
		assert.Equal(t, "done, 1 attempt", fmt.Sprintf("%s, %d attempt", r.State, r.Attempts), "what the row says of a job that was done at the first attempt")
	})

	t.Run("takes_the_job_that_has_been_due_longest", func(t *testing.T) {
		q, d := open(t), diary{}
		w := q.worker("worker", d.handle)
		jobs := []int64{q.add("email"), q.add("email"), q.add("email"), q.add("email")}
		r := seed.New(t)
		order := seed.Shuffled(r, jobs)
		for slices.IsSorted(order) || order[0] > order[1] && order[1] > order[2] && order[2] > order[3] {
			order = seed.Shuffled(r, jobs)
		}
		for i, job := range order {
			q.Exec(`UPDATE jobs SET run_at = now() - interval '1 hour' + $2 * interval '1 minute' WHERE id = $1`, job, i)
		}

		for range jobs {
			w.mustWork("Jobs are due")
		}

		assert.Equal(t, order, d.ids(), "The job that has been due longest comes first. On the left the jobs in the order of their run_at, on the right the order in which the handler got them.")
	})

	t.Run("leaves_a_job_alone_until_it_is_due", func(t *testing.T) {
		q, d := open(t), diary{}
		w := q.worker("worker", d.handle)
		job := q.add("email")
		q.Exec(`UPDATE jobs SET run_at = now() + interval '1 hour' WHERE id = $1`, job)

		w.mustFindNothing("The only job is due in an hour")
		q.pass(59 * time.Minute)
		w.mustFindNothing("The only job is due in a minute")
		q.pass(time.Minute)
		w.mustWork("The job is due now")
	})

	t.Run("takes_only_the_kinds_that_it_has_handlers_for", func(t *testing.T) {
		q, emails, texts := open(t), diary{}, diary{}
		old, both := q.worker("old", emails.handle), q.worker("new", emails.handle)
		both.Handlers["sms"] = texts.handle
		sms, email := q.add("sms"), q.add("email")
		idle := q.worker("idle", nil)
		clear(idle.Handlers)

		idle.mustFindNothing("This worker has no handlers at all, so no job is for it")
		old.mustWork("A job of the kind email is due, after one of the kind sms, for which this worker has no handler")
		old.mustFindNothing("The only job that is left is of the kind sms, for which this worker has no handler")
		r := q.row(sms)
		assert.Equal(t, "waiting, 0 attempts", fmt.Sprintf("%s, %d attempts", r.State, r.Attempts), "what the row says of a job that no worker with a handler for it has met")
		both.mustWork("A job of the kind sms is due, and this worker has a handler for it")

		assert.Equal(t, [][]int64{{email}, {sms}}, [][]int64{emails.ids(), texts.ids()}, "jobs that the handlers for email and for sms have got")
	})
}

func TestFailedAttempt(t *testing.T) {
	// fail lets a worker make one attempt, which fails, and requires that it counts.
	fail := func(t *testing.T, handle jobqueue.Handler, what string) row {
		t.Helper()
		q := open(t)
		job := q.add("email")
		w := q.worker("worker", handle)
		w.mustWork("A job is due, and " + what)
		r := q.row(job)
		require.Equal(t, "waiting, 1 attempt", fmt.Sprintf("%s, %d attempt", r.State, r.Attempts), "what the row says after the first attempt of three, when "+what)
		return r
	}

	t.Run("rests_as_long_as_backoff_says_and_is_tried_again", func(t *testing.T) {
		q, r := open(t), seed.New(t)
		job := q.add("email")
		var failed time.Time // when the handler returned
		var tries []int
		w := q.worker("worker", func(_ context.Context, job jobqueue.Job) error {
			tries = append(tries, job.Attempt)
			if failed = q.earliest(); len(tries) == 4 {
				return nil
			}
			return fmt.Errorf("no answer, try %d", len(tries))
		})
		w.MaxAttempts = 5
		rests := map[int]time.Duration{}
		for n := 1; n < 4; n++ {
			rests[n] = time.Duration(r.Between(3_600_000, 6_600_000)) * time.Millisecond
		}
		w.Backoff = func(attempt int) time.Duration { return rests[attempt] }

		for n := 1; n < 4; n++ {
			w.mustWork("A job is due")
			row, now := q.row(job), q.latest()
			what := fmt.Sprintf("Attempt %d has failed, and Backoff(%d) is %v. ", n, n, rests[n])
			require.Equal(t, "waiting", row.State, what+"This is the job's state.")
			require.Equal(t, fmt.Sprintf("no answer, try %d", n), row.LastError, what+"This is the last error.")
			require.Falsef(t, row.RunAt.Before(failed.Add(rests[n])), "%sThe job must rest that long after it has failed. It failed at %v; it is due %v later.", what, failed, row.RunAt.Sub(failed))
			require.Falsef(t, row.RunAt.After(now.Add(rests[n])), "%sThe job must not rest longer. It was saved before %v; it is due %v after that.", what, now, row.RunAt.Sub(now))
			w.mustFindNothing(what + "It has not rested yet")
			q.pass(rests[n])
		}
		w.mustWork("The job has failed three times of five, and rested")

		assert.Equal(t, []int{1, 2, 3, 4}, tries, "Job.Attempt, as the handler got it")
		assert.Equal(t, "done, 4 attempts", fmt.Sprintf("%s, %d attempts", q.row(job).State, q.row(job).Attempts), "what the row says of a job that was done at the fourth attempt")
	})

	t.Run("is_the_last_when_there_have_been_max_attempts", func(t *testing.T) {
		q := open(t)
		job := q.add("email")
		tries := 0
		w := q.worker("worker", func(context.Context, jobqueue.Job) error {
			tries++
			return fmt.Errorf("no answer, try %d", tries)
		})
		w.MaxAttempts = int(seed.New(t).Between(1, 4))

		for n := 1; n <= w.MaxAttempts; n++ {
			w.mustWork(fmt.Sprintf("Attempt %d of %d is due", n, w.MaxAttempts))
			q.pass(rest)
		}
		for range 3 {
			w.mustFindNothing(fmt.Sprintf("The job has failed %d times, which is MaxAttempts", w.MaxAttempts))
			q.pass(10 * rest)
		}

		r := q.row(job)
		assert.Equal(t, fmt.Sprintf("dead, %d attempts, no answer, try %d", w.MaxAttempts, w.MaxAttempts), fmt.Sprintf("%s, %d attempts, %s", r.State, r.Attempts, r.LastError),
			"what the row says of a job that has failed %d times, which is MaxAttempts", w.MaxAttempts)
	})

	t.Run("lets_other_jobs_through", func(t *testing.T) {
		q := open(t)
		poison, healthy := q.add("email"), q.add("email")
		w := q.worker("worker", func(_ context.Context, job jobqueue.Job) error {
			if job.ID == poison {
				return errors.New("no such address")
			}
			return nil
		})

		w.mustWork("Two jobs are due")
		w.mustWork("One job has failed, and another one is due")

		assert.Equal(t, "done", q.row(healthy).State, "Two jobs were due. The handler failed at the first one, which has to rest. After two calls of RunOne this is the second one's state.")
	})

	t.Run("is_one_that_panics", func(t *testing.T) {
		r := fail(t, func(context.Context, jobqueue.Job) error { panic("index out of range") }, "its handler panics")
		assert.Contains(t, r.LastError, "index out of range", "the last error of a handler that panicked with this text")
	})

	t.Run("is_one_whose_own_time_limit_was_exceeded", func(t *testing.T) {
		for _, err := range []error{context.DeadlineExceeded, context.Canceled} {
			fail(t, func(context.Context, jobqueue.Job) error { return fmt.Errorf("mail server: %w", err) },
				fmt.Sprintf("its handler returns %q, although nobody has stopped the worker", err))
		}
	})

	t.Run("can_have_any_text", func(t *testing.T) {
		begin, end := seed.New(t).Canary(), seed.New(t).Word()
		text := begin + " \xff\x00 " + strings.Join(seed.New(t).AllAwkward(), strings.Repeat(" ", 100)) + end
		r := fail(t, func(context.Context, jobqueue.Job) error { return errors.New(text) },
			"its handler's error has bytes that a text column does not take")
		assert.Contains(t, r.LastError, begin, "the last error keeps what a text column takes, from the beginning")
		assert.Contains(t, r.LastError, end, "the last error keeps what a text column takes, to the end")
	})
}

// earliest and latest are bounds of the present, whether one asks the database or Go.
func (q *queue) earliest() time.Time {
	return earlier(time.Now().Truncate(time.Microsecond), dbtest.Value[time.Time](q.DB, `SELECT clock_timestamp()`))
}

func (q *queue) latest() time.Time {
	database := dbtest.Value[time.Time](q.DB, `SELECT clock_timestamp()`)
	if now := time.Now(); now.After(database) {
		return now
	}
	return database
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
