// Right: the lock on the row is held during the work, and nobody else has to be told of it.

package jobqueue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// RunOne makes one attempt at the job that has been due longest. The
// transaction, and with it the lock on the job's row, lasts as long as the work.
func (w *Worker) RunOne(ctx context.Context) (worked bool, err error) {
	tx, err := w.Pool.Begin(ctx)
	if err != nil {
		return false, fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	job, err := w.lock(ctx, tx)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock a job: %w", err)
	}
	failure := call(ctx, w.Handlers[job.Kind], job)
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	err = w.save(saving, tx, job, failure, ctx.Err())
	if err == nil {
		err = tx.Commit(saving)
	}
	if err != nil {
		return true, fmt.Errorf("save the outcome of job %d: %w", job.ID, err)
	}
	return true, nil
}

// lock finds the job and locks its row until the transaction ends.
func (w *Worker) lock(ctx context.Context, tx pgx.Tx) (job Job, err error) {
	kinds := slices.Collect(maps.Keys(w.Handlers))
	err = tx.QueryRow(ctx, `
		SELECT id, kind, payload, attempts + 1 FROM jobs
		WHERE state = 'waiting' AND run_at <= now() AND kind = ANY ($1)
		ORDER BY run_at, id LIMIT 1
		FOR UPDATE SKIP LOCKED`, kinds).
		Scan(&job.ID, &job.Kind, &job.Payload, &job.Attempt)
	return job, err
}

// save writes what became of the attempt. The time is that of the clock: now()
// is when the transaction began, before the work.
func (w *Worker) save(ctx context.Context, tx pgx.Tx, job Job, failure, stopped error) (err error) {
	switch {
	case failure == nil:
		_, err = tx.Exec(ctx, `UPDATE jobs SET state = 'done', attempts = $2 WHERE id = $1`, job.ID, job.Attempt)
	case stopped != nil && errors.Is(failure, stopped): // as if it had never been begun
	case job.Attempt >= w.MaxAttempts:
		_, err = tx.Exec(ctx, `UPDATE jobs SET state = 'dead', attempts = $2, last_error = $3 WHERE id = $1`,
			job.ID, job.Attempt, storable(failure))
	default:
		_, err = tx.Exec(ctx, `UPDATE jobs SET attempts = $2, last_error = $3, run_at = clock_timestamp() + $4::interval WHERE id = $1`,
			job.ID, job.Attempt, storable(failure), w.Backoff(job.Attempt))
	}
	return err
}

// storable is an error's text without what a text column does not take.
func storable(err error) string {
	return strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", "?"), "?")
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
