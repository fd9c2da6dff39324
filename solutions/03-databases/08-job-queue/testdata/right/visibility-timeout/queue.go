// Right: a job that is taken is due again when the lease ends, and there is no state for it.

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

// RunOne makes one attempt at the job that has been due longest. It says
// whether there was one.
func (w *Worker) RunOne(ctx context.Context) (worked bool, err error) {
	// Whoever takes a job moves its run_at to the end of the lease. So a job
	// whose worker is lost comes back by itself. Each time has a claim of its own.
	var job Job
	var claim time.Time
	err = w.Pool.QueryRow(ctx, `
		WITH next AS (
			SELECT id FROM jobs
			WHERE state = 'waiting' AND run_at <= now() AND kind = ANY ($1)
			ORDER BY run_at FOR NO KEY UPDATE SKIP LOCKED LIMIT 1)
		UPDATE jobs SET attempts = attempts + 1, run_at = clock_timestamp() + $2::interval, locked_until = clock_timestamp()
		FROM next WHERE jobs.id = next.id
		RETURNING jobs.id, kind, payload, attempts, locked_until`, slices.Collect(maps.Keys(w.Handlers)), w.Lease).
		Scan(&job.ID, &job.Kind, &job.Payload, &job.Attempt, &claim)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("take a job: %w", err)
	}
	set := w.attempt(ctx, job)
	set["id"], set["claim"] = job.ID, claim
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	tag, err := w.Pool.Exec(ctx, `
		UPDATE jobs SET state = @state, attempts = attempts - @back::int, run_at = clock_timestamp() + @rest::interval,
			last_error = coalesce(@error, last_error)
		WHERE id = @id AND locked_until = @claim AND state = 'waiting'`, set)
	if err == nil && tag.RowsAffected() != 1 {
		err = errors.New("it is no longer mine")
	}
	return true, err
}

// attempt calls the handler and says what becomes of the row.
func (w *Worker) attempt(ctx context.Context, job Job) (set pgx.NamedArgs) {
	set = pgx.NamedArgs{"state": "waiting", "back": 0, "rest": time.Duration(0), "error": nil}
	if job.Attempt > w.MaxAttempts {
		set["state"], set["back"], set["error"] = "dead", 1, "never came back from its last attempt"
		return set
	}
	err := w.call(ctx, job)
	switch {
	case err == nil:
		set["state"] = "done"
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		set["back"] = 1
	default:
		set["error"] = clean(err)
		if job.Attempt == w.MaxAttempts {
			set["state"] = "dead"
		} else {
			set["rest"] = w.Backoff(job.Attempt)
		}
	}
	return set
}

// clean keeps of an error's text what a text column takes.
func clean(err error) string {
	return strings.Map(func(r rune) rune {
		if r == 0 || r == '�' {
			return '?'
		}
		return r
	}, err.Error())
}

func (w *Worker) call(ctx context.Context, job Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return w.Handlers[job.Kind](ctx, job)
}

// Run works jobs off until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	for {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = w.RunOne(ctx); err != nil {
				w.OnError(err)
				more = false
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-w.Poll:
		}
	}
}
