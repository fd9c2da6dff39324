// Right: an advisory lock of the session, on the id of the job, lasts as long as the work.

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

// RunOne makes one attempt at the job that has been due longest. It says
// whether there was one.
func (w *Worker) RunOne(ctx context.Context) (bool, error) {
	conn, err := w.Pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	var kinds []string
	for kind := range w.Handlers {
		kinds = append(kinds, kind)
	}
	rows, err := conn.Query(ctx, `SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= now() AND kind = ANY ($1) ORDER BY run_at, id LIMIT 1000`, kinds)
	if err != nil {
		return false, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if worked, err := w.tryJob(ctx, conn, id); worked || err != nil {
			return worked, err
		}
	}
	return false, nil
}

// tryJob takes the advisory lock of the job for the time of the work. It ends
// with the session, so it needs no lease.
func (w *Worker) tryJob(ctx context.Context, conn *pgxpool.Conn, id int64) (worked bool, err error) {
	var mine bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, id).Scan(&mine); err != nil || !mine {
		return false, err
	}
	saving := context.WithoutCancel(ctx)
	defer func() {
		if _, unlockErr := conn.Exec(saving, `SELECT pg_advisory_unlock($1)`, id); unlockErr != nil {
			_ = conn.Conn().Close(saving) // the pool does not keep it, and so not the lock
		}
	}()
	// Somebody may have done it since it was found, or be at work on its row.
	job := Job{ID: id}
	err = conn.QueryRow(ctx, `SELECT kind, payload, attempts + 1 FROM jobs WHERE id = $1 AND state = 'waiting' AND run_at <= now() FOR UPDATE SKIP LOCKED`, id).
		Scan(&job.Kind, &job.Payload, &job.Attempt)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	failure := protect(w.Handlers[job.Kind])(ctx, job)
	if failure != nil && ctx.Err() != nil && errors.Is(failure, ctx.Err()) {
		return true, nil
	}
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE jobs SET attempts = attempts + 1 WHERE id = $1`, id)
	switch {
	case failure == nil:
		batch.Queue(`UPDATE jobs SET state = 'done' WHERE id = $1`, id)
	default:
		batch.Queue(`UPDATE jobs SET last_error = $2 WHERE id = $1`, id, strings.Join(strings.FieldsFunc(strings.ToValidUTF8(failure.Error(), "?"), func(r rune) bool { return r == 0 }), "?"))
		if job.Attempt >= w.MaxAttempts {
			batch.Queue(`UPDATE jobs SET state = 'dead' WHERE id = $1`, id)
		} else {
			batch.Queue(`UPDATE jobs SET run_at = clock_timestamp() + $2::interval WHERE id = $1`, id, w.Backoff(job.Attempt))
		}
	}
	if err := conn.SendBatch(saving, batch).Close(); err != nil {
		return true, fmt.Errorf("save job %d: %w", id, err)
	}
	return true, nil
}

// protect makes an error of a handler's panic.
func protect(handle Handler) Handler {
	return func(ctx context.Context, job Job) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic in the handler for %s: %v", job.Kind, p)
			}
		}()
		return handle(ctx, job)
	}
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
