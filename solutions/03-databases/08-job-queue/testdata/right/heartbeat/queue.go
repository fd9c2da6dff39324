// Right: the worker makes its lease longer while its handler is at work, and a handler that was begun is never stopped.

package jobqueue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
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

	name func() string // set at the first use
	once sync.Once
}

// id names the worker, for locked_by.
func (w *Worker) id() string {
	w.once.Do(func() { w.name = sync.OnceValue(rand.Text) })
	return w.name()
}

// RunOne makes one attempt at the job that has been due longest. It says
// whether there was one.
func (w *Worker) RunOne(ctx context.Context) (bool, error) {
	job, err := w.take(ctx)
	if job == nil || err != nil {
		return false, err
	}
	work := context.WithoutCancel(ctx) // what is begun is finished
	beating, stop := context.WithCancel(work)
	var heart sync.WaitGroup
	heart.Go(func() { w.beat(beating, *job) })
	failure := w.handle(work, *job)
	stop()
	heart.Wait()
	return true, w.finish(work, *job, failure)
}

// take claims a job in a transaction of two statements.
func (w *Worker) take(ctx context.Context) (job *Job, err error) {
	var kinds []string
	for kind := range w.Handlers {
		kinds = append(kinds, kind)
	}
	err = pgx.BeginFunc(ctx, w.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT id, kind, payload, attempts + 1 AS attempt FROM jobs
			WHERE kind = ANY ($1) AND run_at <= now() AND (state = 'waiting' OR state = 'running' AND locked_until <= now())
			ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`, kinds)
		if err != nil {
			return err
		}
		found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Job])
		if err != nil {
			return err
		}
		job = &found
		_, err = tx.Exec(ctx, `UPDATE jobs SET state = 'running', locked_by = $2, locked_until = now() + $3::interval WHERE id = $1`,
			found.ID, w.id(), w.Lease)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return job, err
}

// beat makes the lease longer while the handler is at work.
func (w *Worker) beat(ctx context.Context, job Job) {
	tick := time.NewTicker(w.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, _ = w.Pool.Exec(ctx, `UPDATE jobs SET locked_until = now() + $3::interval WHERE id = $1 AND locked_by = $2`, job.ID, w.id(), w.Lease)
		}
	}
}

func (w *Worker) handle(ctx context.Context, job Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	return w.Handlers[job.Kind](ctx, job)
}

// finish saves the outcome. An attempt that a crash has cut short does not count.
func (w *Worker) finish(ctx context.Context, job Job, failure error) error {
	state, rest, text := "done", time.Duration(0), ""
	if failure != nil {
		text = strings.ReplaceAll(strings.ToValidUTF8(failure.Error(), ""), "\x00", "")
		if job.Attempt < w.MaxAttempts {
			state, rest = "waiting", w.Backoff(job.Attempt)
		} else {
			state = "dead"
		}
	}
	var id int64
	err := w.Pool.QueryRow(ctx, `
		UPDATE jobs SET state = $3, attempts = $4, last_error = coalesce(nullif($5, ''), last_error),
			run_at = now() + $6::interval, locked_by = NULL, locked_until = NULL
		WHERE id = $1 AND locked_by = $2 AND state = 'running' RETURNING id`, job.ID, w.id(), state, job.Attempt, text, rest).Scan(&id)
	if err != nil {
		return fmt.Errorf("finish job %d: %w", job.ID, err)
	}
	return nil
}

// Run works jobs off until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		switch worked, err := w.RunOne(ctx); {
		case err != nil && ctx.Err() == nil:
			w.OnError(err)
		case worked:
			continue
		}
		select {
		case <-ctx.Done():
		case <-w.Poll:
		}
	}
}
