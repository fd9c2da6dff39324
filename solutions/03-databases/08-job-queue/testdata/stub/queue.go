// Package jobqueue keeps jobs in a table and works them off.
package jobqueue

import (
	"context"
	"errors"
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
	// TODO: insert the job.
	return 0, errors.New("Enqueue is not written yet")
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
	// TODO: take a job, run its handler, save the outcome.
	return false, errors.New("RunOne is not written yet")
}

// Run works jobs off until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	// TODO: call RunOne, again and again.
}
