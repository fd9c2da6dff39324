package dbtest

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Steps numbers the round trips of the pools that it is put into, from 1, and
// acts on one of them. Begin and commit are round trips like any other. Its
// zero value counts and does nothing else.
//
// A first call shows how many steps there are; then the test goes through them:
//
//	steps.Count()                    // start again
//	store.Transfer(…)                // a rehearsal, which also prepares the statements
//	for n := range steps.Seen() {
//		steps.After(n+1, func() { … })   // or steps.LoseReply(n+1)
//		store.Transfer(…)
//	}
type Steps struct {
	mu    sync.Mutex
	seen  int
	at    int    // the step to act on, 0 for none
	after func() // nil: lose the reply
	text  string // of the step that was acted on
}

// Count starts again from zero, acting on nothing.
func (s *Steps) Count() { s.set(0, nil) }

// After starts again from zero and calls f once, after step n, before the code
// under test gets its result. f runs in that code's goroutine.
func (s *Steps) After(n int, f func()) { s.set(n, f) }

// LoseReply starts again from zero and breaks the connection once, when the
// server has done step n and before its reply arrives. It needs a connection
// of [DB.Pool].
func (s *Steps) LoseReply(n int) { s.set(n, nil) }

func (s *Steps) set(at int, after func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.at, s.after, s.text = 0, at, after, ""
}

// Seen is the number of round trips so far.
func (s *Steps) Seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// Text is the statement that was acted on, or empty when it was not reached.
func (s *Steps) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

func (s *Steps) start(_ context.Context, conn *pgx.Conn, t *trip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen++
	t.step = s.seen
	if s.seen != s.at {
		return
	}
	s.text = t.String()
	if line := lineOf(conn); s.after == nil && line != nil {
		line.broken.Store(true)
	}
}

func (s *Steps) end(_ context.Context, _ *pgx.Conn, t *trip, _ error) {
	s.mu.Lock()
	f := s.after
	if f == nil || t.step != s.at || s.text == "" {
		s.mu.Unlock()
		return
	}
	s.after = nil
	s.mu.Unlock()
	f()
}

// preparing spares the reply to a preparation, which does nothing yet: the
// reply to lose is the one to the statement itself.
func (s *Steps) preparing(conn *pgx.Conn, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line := lineOf(conn); line != nil && s.at > 0 && s.after == nil && s.seen == s.at {
		line.broken.Store(!begun)
	}
}

// A line is a network connection that can lose what the server says.
type line struct {
	net.Conn
	broken atomic.Bool
}

// Read waits for the server's reply before it throws it away: by then the
// server has done what it was asked.
func (l *line) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if err == nil && l.broken.Load() {
		_ = l.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func breakable(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &line{Conn: conn}, nil
	}
}

func lineOf(conn *pgx.Conn) *line {
	nc := conn.PgConn().Conn()
	if secure, ok := nc.(*tls.Conn); ok {
		nc = secure.NetConn()
	}
	l, _ := nc.(*line)
	return l
}
