package jobqueue_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	jobqueue "workbook/exercises/03-databases/08-job-queue"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/pgtrace"
)

// service is a Worker whose Run runs in the background, until the end of the test at the latest.
type service struct {
	call
	t    *testing.T
	poll chan time.Time
	stop context.CancelFunc
}

func (w worker) run() *service {
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{t: w.q.t, poll: make(chan time.Time), stop: cancel}
	w.Poll = s.poll
	s.call = background(s.t, func() error { w.Run(ctx); return nil })
	s.t.Cleanup(func() {
		cancel()
		for end := time.After(3 * time.Second); ; {
			select {
			case s.poll <- time.Now(): // for code that does not look at its context while it waits, of which other tests speak
			case <-s.ended:
				return
			case <-end:
				s.t.Error("Run has not returned within 3 s, although its context has ended.")
				return
			}
		}
	})
	return s
}

// await waits until something is so; with polls, every time when Run takes one.
func (s *service) await(promise string, polls bool, is func() bool) {
	s.t.Helper()
	poll := s.poll
	if !polls {
		poll = nil
	}
	for end := time.Now().Add(5 * time.Second); !is(); {
		select {
		case poll <- time.Now():
		case <-s.ended:
			require.NoError(s.t, s.Wait(""))
			s.t.Fatalf("%s. It has not: Run has returned, although its context has not ended.", promise)
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s. Within 5 s it has not.", promise)
		}
	}
}

func (q *queue) done(job int64) func() bool {
	return func() bool { return q.row(job).State == "done" }
}

func TestRun(t *testing.T) {
	t.Run("works_off_what_is_due_when_it_starts", func(t *testing.T) {
		q := open(t)
		failing, panicking, healthy := q.add("email"), q.add("email"), q.add("email")
		w := q.worker("worker", func(_ context.Context, job jobqueue.Job) error {
			switch job.ID {
			case failing:
				return errors.New("no answer")
			case panicking:
				panic("index out of range")
			}
			return nil
		})

		w.run().await("Three jobs are due when Run starts. The handler fails at the first one and panics at the second one; Run goes on to the third one without a poll", false, q.done(healthy))
	})

	t.Run("finds_the_jobs_of_any_program_when_it_polls", func(t *testing.T) {
		q, d := open(t), diary{}
		s := q.worker("worker", d.handle).run()
		for range 2 {
			q.atRest(s.call) // Run has looked and found nothing
			job := q.add("email")
			select {
			case s.poll <- time.Now():
			case <-time.After(5 * time.Second):
				t.Fatal("There is nothing to do, so Run waits for a value on Poll. It has not taken the one that was sent within 5 s.")
			}
			s.await("Another program has inserted a job into the table, and then Run has got a value from Poll, so it does the job", false, q.done(job))
		}
	})

	t.Run("leaves_the_database_alone_between_polls", func(t *testing.T) {
		const plenty = 20 // statements, to find out that there is nothing to do
		q, d, spy := open(t), diary{}, &pgtrace.Spy{}
		s := q.worker("worker", d.handle, spy).run()
		s.await("Run looks for jobs when it starts", false, func() bool { return spy.RoundTrips() > 0 })

		q.atRest(s.call)

		assert.LessOrEqualf(t, spy.RoundTrips(), plenty, "Nothing is due, and there was no value on Poll since Run has started. Yet it has sent more than %d statements, again and again:\n\n%v", plenty, spy.SQL())
	})

	t.Run("outlives_an_outage_of_the_database", func(t *testing.T) {
		q, d := open(t), diary{}
		job := q.add("email")
		w := q.worker("worker", d.handle)
		var heard atomic.Int32
		w.OnError = func(error) { heard.Add(1) }
		q.Exec(`ALTER TABLE jobs RENAME TO jobs_out_of_reach`)
		s := w.run()
		s.await("The database answers every statement about jobs with an error, and OnError hears of it", false, func() bool { return heard.Load() > 0 })

		q.atRest(s.call)

		require.LessOrEqual(t, heard.Load(), int32(3), "The database answers with errors, and Run waits for the next value on Poll before it tries again. There was none, yet OnError has heard so many errors.")
		q.Exec(`ALTER TABLE jobs_out_of_reach RENAME TO jobs`)
		s.await("The database is well again, and Run does the job that is due, when it polls", true, q.done(job))
	})

	t.Run("outlives_the_loss_of_its_connections", func(t *testing.T) {
		q, d := open(t), diary{}
		s := q.worker("worker", d.handle).run()
		first := q.add("email")
		s.await("A job is due, and Run does it when it polls", true, q.done(first))

		fault.Kill(t, q.DB, "worker")

		second := q.add("email")
		s.await("The worker's connections are gone, but it can open new ones, and Run does the next job when it polls", true, q.done(second))
	})
}

func TestStop(t *testing.T) {
	t.Run("when_there_is_nothing_to_do", func(t *testing.T) {
		q, d := open(t), diary{}
		job := q.add("email")
		s := q.worker("worker", d.handle).run()
		s.await("A job is due when Run starts, and Run does it", false, q.done(job))

		s.stop()

		require.NoError(t, s.Wait("Run returns when its context has ended"))
	})

	t.Run("before_it_has_begun", func(t *testing.T) {
		q, d := open(t), diary{}
		job := q.add("email")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		w := q.worker("worker", d.handle)
		call := lock.Go(t, func() error { w.Run(ctx); return nil })

		require.NoError(t, call.Wait("Run returns when its context has ended"))
		assert.Empty(t, d.ids(), "jobs that the handler has got, although the context had ended before Run was called")
		assert.Equal(t, "waiting", q.row(job).State, "the state of a job that nobody has begun")
	})

	// stopped stops Run while its handler is at work. Then the handler does something.
	stopped := func(t *testing.T, q *queue, then func(ctx context.Context) error) (left bool) {
		t.Helper()
		st := newStage(t)
		w := q.worker("worker", st.handle)
		s := w.run()
		st.enter(s.call, "A job is due when Run starts")
		s.stop()
		q.atRest(s.call)
		left = s.hasEnded()
		returned := make(chan bool)
		st.leave <- func(ctx context.Context) error {
			defer close(returned)
			return then(ctx)
		}
		st.end(nil) // of another job, which must not be begun
		require.NoError(t, s.Wait("Run returns when its context has ended and the handler has returned"))
		<-returned
		w.cut() // the program ends
		return left
	}

	t.Run("waits_for_the_handler", func(t *testing.T) {
		q := open(t)
		q.add("email")
		left := stopped(t, q, func(context.Context) error { return nil })
		assert.False(t, left, "The context of Run ended while a handler was at work. Run has returned before the handler has, so the program ends in the middle of the work.")
	})

	t.Run("keeps_the_work_of_a_handler_that_finishes", func(t *testing.T) {
		q, d := open(t), diary{}
		job := q.add("email")

		stopped(t, q, func(context.Context) error { return nil })

		const story = "The context of Run ended while the handler was at work. The handler finished its work and returned nil; then Run returned. "
		r := q.row(job)
		require.Equal(t, "done, 1 attempt", fmt.Sprintf("%s, %d attempt", r.State, r.Attempts), story+"What the row says.")
		q.pass(lease)
		q.worker("another worker", d.handle).mustFindNothing(story + "The job is done")
	})

	t.Run("gives_back_the_job_of_a_handler_that_gives_up", func(t *testing.T) {
		q, d := open(t), diary{}
		job := q.add("email")

		gaveUp := false
		stopped(t, q, func(ctx context.Context) error {
			if gaveUp = ctx.Err() != nil; gaveUp {
				return fmt.Errorf("mail server: %w", ctx.Err())
			}
			return nil
		})

		if !gaveUp { // its context does not end with that of Run
			require.Equal(t, "done", q.row(job).State, "The handler has returned nil. The job's state:")
			return
		}
		const story = "The context of Run ended while the handler was at work, and the handler gave up with the context's error; then Run returned. "
		attempts := q.row(job).Attempts
		q.worker("another worker", d.handle).mustWork(story + "The job is for the next worker, at once")
		require.Equal(t, 0, attempts, story+"That does not count as an attempt, so before the next worker took the job it had this many:")
		assert.Equal(t, []jobqueue.Job{{ID: job, Kind: "email", Payload: "hello", Attempt: 1}}, d.jobs, story+"What the next worker's handler got.")
	})

	t.Run("begins_no_other_job", func(t *testing.T) {
		q, d := open(t), diary{}
		first, second := q.add("email"), q.add("email")

		stopped(t, q, func(context.Context) error { return nil })

		assert.Equal(t, []string{"done", "waiting"}, []string{q.row(first).State, q.row(second).State}, "The context of Run ended while the handler was at work on the first of two jobs. The jobs' states when Run has returned:")
		q.worker("another worker", d.handle).mustWork("The second job is due")
	})
}
