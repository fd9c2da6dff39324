package jobqueue_test

import (
	"context"
	_ "embed"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	jobqueue "workbook/exercises/03-databases/08-job-queue"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/pgtrace"
)

//go:embed schema.sql
var schema string

const (
	lease = 2 * time.Hour
	rest  = 3 * time.Hour // after a failed attempt, unless a test says otherwise
)

// queue is a private database with jobs, and what the tests ask of it.
type queue struct {
	*dbtest.DB
	t    *testing.T
	gate *gate.Gate // in the pools of all workers, which never touch its table: see atRest
}

func open(t *testing.T) *queue {
	db := dbtest.New(t, schema, `CREATE TABLE watch ()`)
	return &queue{db, t, gate.New(t, db, "watch")}
}

// add is another program, which enqueues a job with plain SQL. It is due after those added before.
func (q *queue) add(kind string) (id int64) {
	return dbtest.Value[int64](q.DB, `INSERT INTO jobs (kind, payload) VALUES ($1, 'hello') RETURNING id`, kind)
}

// pass makes time pass for all jobs, except those whose rows are locked.
func (q *queue) pass(d time.Duration) {
	q.Exec(`UPDATE jobs SET run_at = run_at - $1::interval, locked_until = locked_until - $1::interval
		WHERE id IN (SELECT id FROM jobs FOR UPDATE SKIP LOCKED)`, d)
}

type row struct {
	State     string
	Attempts  int
	LastError string
	RunAt     time.Time
}

func (q *queue) row(job int64) row {
	q.t.Helper()
	rows := dbtest.Structs[row](q.DB, `SELECT state, attempts, coalesce(last_error, '') AS last_error, run_at FROM jobs WHERE id = $1`, job)
	require.Lenf(q.t, rows, 1, "Rows are kept. Job %d was enqueued, and so many rows have its id.", job)
	return rows[0]
}

// atRest returns when the workers wait for something, or the call has ended;
// or when they go on and on, and have sent dozens of statements.
func (q *queue) atRest(c call) {
	q.t.Helper()
	watcher, over := q.Pool(dbtest.With(q.gate)), make(chan bool)
	errs := q.gate.Run(func(context.Context) error {
		select {
		case <-c.ended:
		case <-over:
		}
		return nil
	}, func(ctx context.Context) error {
		defer close(over)
		_, err := watcher.Exec(ctx, `SELECT FROM watch`)
		return err
	})
	require.Equal(q.t, []error{nil, nil}, errs, "the test is at fault")
}

// worker is a copy of the service: a Worker with a pool of its own.
type worker struct {
	*jobqueue.Worker
	q    *queue
	name string
}

// worker returns one that has a handler for the kind "email". Rather than wait for a lock for long, it gets an error.
func (q *queue) worker(name string, handle jobqueue.Handler, instruments ...pgtrace.Instrument) worker {
	patience := dbtest.Config(func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["lock_timeout"] = "1s" })
	return worker{q: q, name: name, Worker: &jobqueue.Worker{
		Pool:        q.Pool(dbtest.Name(name), dbtest.With(append(instruments, q.gate)...), patience),
		Handlers:    map[string]jobqueue.Handler{"email": handle},
		MaxAttempts: 3,
		Backoff:     func(int) time.Duration { return rest },
		Lease:       lease,
		Poll:        make(chan time.Time),
		OnError:     func(error) {},
	}}
}

// try calls RunOne, which can neither panic nor hang.
func (w worker) try(ctx context.Context) (worked bool, err error) {
	w.q.t.Helper()
	return guard.Call2(w.q.t, func() (bool, error) { return w.RunOne(ctx) })
}

// mustWork requires that RunOne makes an attempt at a job.
func (w worker) mustWork(why string) {
	w.q.t.Helper()
	worked, err := w.try(w.q.t.Context())
	require.NoErrorf(w.q.t, err, "%s. This came of RunOne:", why)
	require.Truef(w.q.t, worked, "%s. RunOne said that there is none.", why)
}

// mustFindNothing requires that RunOne finds no job.
func (w worker) mustFindNothing(why string) {
	w.q.t.Helper()
	worked, err := w.try(w.q.t.Context())
	require.NoErrorf(w.q.t, err, "%s. RunOne has nothing to do, and that is no error:", why)
	require.Falsef(w.q.t, worked, "%s. Yet RunOne says that it has worked.", why)
}

// workOff calls RunOne until it finds nothing, and shrugs at errors.
func (w worker) workOff() {
	for range 5 {
		if worked, err := w.try(w.q.t.Context()); !worked && err == nil {
			return
		}
	}
}

// diary notes the jobs that handlers get.
type diary struct {
	sync.Mutex
	jobs []jobqueue.Job
}

func (d *diary) handle(_ context.Context, job jobqueue.Job) error {
	d.Lock()
	defer d.Unlock()
	d.jobs = append(d.jobs, job)
	return nil
}

// ids are those of the jobs, in order; never nil.
func (d *diary) ids() []int64 {
	d.Lock()
	defer d.Unlock()
	ids := []int64{}
	for _, job := range d.jobs {
		ids = append(ids, job.ID)
	}
	return ids
}

// stage is a handler that is at work until the test ends it.
type stage struct {
	t       *testing.T
	entered chan bool
	leave   chan func(context.Context) error // what the handler does in the end
}

func newStage(t *testing.T) *stage {
	return &stage{t, make(chan bool, 10), make(chan func(context.Context) error, 10)}
}

func (s *stage) handle(ctx context.Context, _ jobqueue.Job) error {
	s.entered <- true
	return (<-s.leave)(ctx)
}

// end lets the handler return this error.
func (s *stage) end(err error) { s.leave <- func(context.Context) error { return err } }

// call is something that runs in the background.
type call struct {
	*lock.Call
	ended chan struct{} // closed when it has returned
}

func background(t *testing.T, f func() error) call {
	ended := make(chan struct{})
	return call{lock.Go(t, func() error {
		defer close(ended)
		return f()
	}), ended}
}

func (c call) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// begin calls RunOne in the background, and returns when the stage's handler is at work.
func (s *stage) begin(w worker, why string) call {
	s.t.Helper()
	c := background(s.t, func() error { _, err := w.RunOne(context.Background()); return err })
	s.enter(c, why)
	return c
}

// enter returns when the handler is at work.
func (s *stage) enter(c call, why string) {
	s.t.Helper()
	s.t.Cleanup(func() { s.end(nil) }) // before the pool is closed
	select {
	case <-s.entered:
	case <-c.ended:
		s.t.Fatalf("%s. The worker has returned without calling its handler; its error: %v", why, c.Wait(""))
	case <-time.After(10 * time.Second):
		s.t.Fatalf("%s. After 10 s the worker has not called its handler.", why)
	}
}
