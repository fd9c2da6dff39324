package wire

import (
	"testing"
	"time"

	"workbook/exercises/internal/patience"
)

// A Pending is a request whose answer was not asked for yet. It has a
// connection of its own.
type Pending struct {
	conn   *Conn
	done   chan struct{} // closed when answer is there
	answer Answer
}

// Start sends r and does not wait, so that several requests can be under way
// at once. The answer may take its time: [Server.Patience] counts from the call
// that asks for it.
func (s *Server) Start(t testing.TB, r Request) *Pending {
	t.Helper()
	return s.start(t, r.message(t, s))
}

func (s *Server) start(t testing.TB, m message) *Pending {
	t.Helper()
	p := &Pending{conn: s.Dial(t), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.answer = p.conn.exchange(m, true)
	}()
	return p
}

// Answer waits for the whole answer.
func (p *Pending) Answer(t testing.TB) Answer {
	t.Helper()
	return p.wait(t, true)
}

// Try waits for an answer that may be cut off, or missing.
func (p *Pending) Try(t testing.TB) Answer {
	t.Helper()
	return p.wait(t, false)
}

func (p *Pending) wait(t testing.TB, whole bool) Answer {
	t.Helper()
	p.conn.within(func() { <-p.done })
	p.answer.judge(t, whole)
	return p.answer
}

// Close closes the connection before the answer has come, as a client does
// that goes away. What had come by then is left to [Pending.Try].
func (p *Pending) Close() { p.conn.Close() }

// All sends the requests at the same time, each on a connection of its own,
// and returns their whole answers in the order of the requests.
func (s *Server) All(t testing.TB, requests ...Request) []Answer {
	t.Helper()
	started := make([]*Pending, len(requests))
	for i, r := range requests {
		started[i] = s.Start(t, r)
	}
	answers := make([]Answer, len(requests))
	for i, p := range started {
		answers[i] = p.Answer(t)
	}
	return answers
}

// within calls f, which comes to an end when the time is over, because the
// connection is closed then.
func (c *Conn) within(f func()) bool {
	wait := c.server.patience()
	timer := time.AfterFunc(wait, func() {
		patience.Lost()
		running := c.peer().running()
		c.waited.Store(int64(wait))
		c.late.Store(&running)
		c.Close()
	})
	f()
	timer.Stop()
	return c.late.Load() == nil
}
