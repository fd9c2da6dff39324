// Wrong: an attempt that was begun counts, whatever ended it.
//checker:fails TestStop/gives_back_the_job_of_a_handler_that_gives_up
//checker:sign That does not count as an attempt
//checker:hint 5

package jobqueue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Job is what a handler gets.
type Job struct {
	ID      int64
	Kind    string
	Payload string
	Attempt int // 1 for the first
}

// A Handler does the work of one job. An error or a panic is a failed attempt.
type Handler func(ctx context.Context, job Job) error

// Enqueue adds a job to the table jobs, as a part of the caller's transaction.
func Enqueue(ctx context.Context, tx pgx.Tx, kind, payload string) (id int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO jobs (kind, payload) VALUES ($1, $2) RETURNING id`, kind, payload).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("enqueue a job of kind %q: %w", kind, err)
	}
	return id, nil
}

// Worker works jobs off. All its fields are set before it is used.
type Worker struct {
	Pool        *pgxpool.Pool
	Handlers    map[string]Handler              // by the kind of job
	MaxAttempts int                             // at least 1
	Backoff     func(attempt int) time.Duration // how long a job rests after its attempt 1, 2, … has failed
	Lease       time.Duration                   // how long a worker has a job to itself
	Poll        <-chan time.Time                // when to look for jobs: time.Tick(time.Second), say
	OnError     func(error)                     // hears the errors that Run gets from the database
}

// saveLimit bounds the saving of an outcome, which goes on when the worker is stopped.
const saveLimit = 10 * time.Second

// RunOne makes one attempt at the job that has been due longest. It says
// whether there was one.
func (w *Worker) RunOne(ctx context.Context) (worked bool, err error) {
	job, token, err := w.claim(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claim a job: %w", err)
	}
	end := w.attempt(ctx, job)
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	if err := w.save(saving, job, token, end); err != nil {
		return true, fmt.Errorf("save the outcome of job %d: %w", job.ID, err)
	}
	return true, nil
}

// claim takes a job for the time of the lease. Attempts are counted here, so
// that a job which takes its worker down with it is not tried for ever. The
// token tells this claim from every other.
func (w *Worker) claim(ctx context.Context) (job Job, token string, err error) {
	kinds := make([]string, 0, len(w.Handlers))
	for kind := range w.Handlers {
		kinds = append(kinds, kind)
	}
	err = w.Pool.QueryRow(ctx, `
		UPDATE jobs
		SET state = 'running', attempts = attempts + 1, locked_by = gen_random_uuid(), locked_until = now() + $2::interval
		WHERE id = (
			SELECT id FROM jobs
			WHERE (state = 'waiting' OR state = 'running' AND locked_until <= now()) AND run_at <= now() AND kind = ANY ($1)
			ORDER BY run_at, id LIMIT 1
			FOR UPDATE SKIP LOCKED)
		RETURNING id, kind, payload, attempts, locked_by`, kinds, w.Lease).
		Scan(&job.ID, &job.Kind, &job.Payload, &job.Attempt, &token)
	return job, token, err
}

// outcome is what an attempt leaves in the job's row. Nil leaves a column as it is.
type outcome struct {
	state    string
	attempts int
	rest     *time.Duration
	failure  *string
}

// attempt calls the handler and decides what becomes of the job.
func (w *Worker) attempt(ctx context.Context, job Job) outcome {
	if job.Attempt > w.MaxAttempts {
		lost := "the last attempt was never finished: its worker was lost"
		return outcome{state: "dead", attempts: w.MaxAttempts, failure: &lost}
	}
	err := call(ctx, w.Handlers[job.Kind], job)
	if err == nil {
		return outcome{state: "done", attempts: job.Attempt}
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) { // the worker is being stopped; that is not the job's fault
		return outcome{state: "waiting", attempts: job.Attempt}
	}
	// A text column takes neither invalid UTF-8 nor a zero byte.
	failure := strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", "\uFFFD"), "\uFFFD")
	if job.Attempt == w.MaxAttempts {
		return outcome{state: "dead", attempts: job.Attempt, failure: &failure}
	}
	rest := w.Backoff(job.Attempt)
	return outcome{state: "waiting", attempts: job.Attempt, rest: &rest, failure: &failure}
}

// call makes an error of a panic.
func call(ctx context.Context, handle Handler, job Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return handle(ctx, job)
}

// save writes the outcome, unless the lease has run out and another worker has the job.
func (w *Worker) save(ctx context.Context, job Job, token string, end outcome) error {
	tag, err := w.Pool.Exec(ctx, `
		UPDATE jobs
		SET state = $3, attempts = $4, run_at = coalesce(now() + $5::interval, run_at), last_error = coalesce($6, last_error),
			locked_by = NULL, locked_until = NULL
		WHERE id = $1 AND locked_by = $2`, job.ID, token, end.state, end.attempts, end.rest, end.failure)
	if err == nil && tag.RowsAffected() == 0 {
		return errors.New("another worker has taken it")
	}
	return err
}

// Run works jobs off until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := w.RunOne(ctx)
		if err != nil && !errors.Is(err, ctx.Err()) {
			w.OnError(err)
		}
		if worked && err == nil {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-w.Poll:
		}
	}
}
