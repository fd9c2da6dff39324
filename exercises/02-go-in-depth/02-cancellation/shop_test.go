package cancellation_test

import (
	"context"
	_ "embed"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cancellation "workbook/exercises/02-go-in-depth/02-cancellation"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// shop is a service with its database and its agency. What the service leaves behind fails the test.
type shop struct {
	*dbtest.DB
	t       *testing.T
	service *cancellation.Service
	line    *line
	written []string // the audit when Close returned
}

func openShop(t *testing.T, agency http.HandlerFunc) *shop {
	t.Helper()
	s := &shop{DB: dbtest.New(t, schema), t: t, line: &line{Transport: &http.Transport{}, asked: make(chan string, 100), reached: make(chan struct{}, 100), entered: make(chan struct{}, 100)}}
	s.Exec(`INSERT INTO customers VALUES (7, 'Ada', 1234), (8, 'Lin', 99)`)
	s.Leaks(t)
	server := wire.Serve(t, agency)
	t.Cleanup(s.line.CloseIdleConnections)
	pool := s.Pool()
	s.service = guard.Call(t, func() *cancellation.Service {
		return cancellation.New(pool, &http.Client{Transport: s.line}, server.URL+"/v2")
	})
	t.Cleanup(func() {
		_ = s.closes()
		if open := s.line.open.Load(); open > 0 && !t.Failed() {
			t.Errorf("Report closes the body of the agency's answer. Here %d stayed open; each keeps its connection", open)
		}
	})
	return s
}

// line is the transport of the client that the service is given.
type line struct {
	*http.Transport
	asked   chan string     // the requests, with the trace id
	reached chan struct{}   // one for each answer that has begun
	open    atomic.Int64    // bodies that are not closed
	under   atomic.Int64    // requests that have no answer yet
	entered chan struct{}   // one for each request
	slow    <-chan struct{} // where a request takes long to end: it ends with this at the latest
}

func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	l.under.Add(1)
	defer l.under.Add(-1)
	l.asked <- req.Method + " " + req.URL.Path + ", trace " + req.Header.Get(cancellation.TraceHeader)
	l.entered <- struct{}{}
	if l.slow != nil {
		select {
		case <-l.slow:
		case <-time.After(300 * time.Millisecond): // whoever waits for this request has not returned by then
		}
	}
	resp, err := l.Transport.RoundTrip(req)
	if err == nil {
		l.reached <- struct{}{}
		l.open.Add(1)
		resp.Body = &body{resp.Body, req.Context(), sync.OnceFunc(func() { l.open.Add(-1) })}
	}
	return resp, err
}

// body ends with the context of its request, as net/http's do, but at once.
type body struct {
	io.ReadCloser
	ctx    context.Context
	closed func()
}

func (b *body) Close() error { b.closed(); return b.ReadCloser.Close() }

func (b *body) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

// life is a context that ends when the test says so, and for the reason that it says. A context that is derived from
// it, and not cancelled, leaves a goroutine behind.
type life struct {
	context.Context
	done   chan struct{}
	reason atomic.Value
}

func newLife(trace string) *life {
	return &life{Context: cancellation.WithTrace(context.Background(), trace), done: make(chan struct{})}
}

func (l *life) end(reason error)            { l.reason.Store(reason); close(l.done) }
func (l *life) Deadline() (time.Time, bool) { return time.Now().Add(time.Hour), true }
func (l *life) Done() <-chan struct{}       { return l.done }
func (l *life) Err() error                  { reason, _ := l.reason.Load().(error); return reason }

// reasons has the ways in which a context can end.
var reasons = map[string]error{"cancelled": context.Canceled, "deadline": context.DeadlineExceeded}

func (s *shop) audit(ctx context.Context, action string) error {
	return guard.Call(s.t, func() error { return s.service.AuditAsync(ctx, cancellation.Event{Actor: "ada", Action: action}) })
}

// holdAudit has n events accepted while nobody can write to the audit, and returns when the writing waits.
func (s *shop) holdAudit(ctx context.Context, n int) *lock.Held {
	s.t.Helper()
	held := lock.Hold(s.t, s.DB, `LOCK TABLE audit IN EXCLUSIVE MODE`)
	blocked, end := context.WithCancel(context.Background())
	defer end()
	call := lock.Go(s.t, func() error {
		for range n {
			if err := s.service.AuditAsync(ctx, cancellation.Event{Actor: "ada", Action: "looked at 7"}); err != nil {
				return err
			}
		}
		<-blocked.Done() // until then, the call and its events are under way
		return nil
	})
	held.WaitBlocked(call)
	end()
	require.NoError(s.t, call.Wait("AuditAsync returns without waiting for the database, where the audit is locked"))
	return held
}

// rows is the audit, in the order of the actions.
func (s *shop) rows() []string {
	return dbtest.Column[string](s.DB, `SELECT concat_ws(' ', trace_id, actor, action) FROM audit ORDER BY action`)
}

// close calls Close in the background, and gives it the time to return, should it not wait for what is under way.
func (s *shop) close(ctx *life) *lock.Call {
	returned := make(chan struct{})
	call := lock.Go(s.t, func() error {
		defer close(returned)
		err := s.service.Close(ctx)
		s.written = s.rows()
		return err
	})
	select {
	case <-returned:
	case <-time.After(300 * time.Millisecond): // it waits
	}
	return call
}

// closes is Close when nothing keeps the events from being written, once those that are held have been released.
func (s *shop) closes(held ...*lock.Held) error {
	s.t.Helper()
	call := s.close(newLife(""))
	for _, h := range held {
		h.Release()
	}
	return call.Wait("nothing keeps the accepted events from being written any more, so Close returns")
}
