// Package fault breaks connections between two statements of the code under test.
//
// [Steps] numbers the round trips and acts on one of them: it loses the reply,
// kills the session, or calls a function of the test. [Kill] ends every session
// of an application at once.
package fault

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/pgtrace"
)

// Steps numbers the round trips of the pools that it is put into, from 1, and
// acts on one of them, once. Begin and commit are round trips like any other.
// It may be used by several goroutines.
//
// A first call shows how many steps there are; then the test goes through them:
//
//	steps := fault.NewSteps(t)
//	store := NewStore(db.Pool(dbtest.With(steps)))
//	steps.Count()                    // start again
//	store.Transfer(…)                // a rehearsal, which also prepares the statements
//	for n := range steps.Seen() {
//		steps.Kill(n+1)          // or LoseReply, or After
//		store.Transfer(…)
//	}
type Steps struct {
	t testing.TB

	mu    sync.Mutex
	seen  int
	at    int // the step to act on, 0 for none
	act   action
	after func()
	trip  *pgtrace.Trip // the one that was acted on
}

type action int

const (
	callBack action = iota
	loseReply
	killSession
)

// NewSteps numbers the round trips of the pools that it is put into, to lose the
// reply to one, to kill the session after it, or to act there: see [Steps].
//
//kit:proves that work which needs several statements is done in full or not at all
func NewSteps(t testing.TB) *Steps { return &Steps{t: t} }

// Count starts again from zero, acting on nothing.
func (s *Steps) Count() { s.set(0, callBack, nil) }

// After starts again from zero and calls f once, after step n, before the code
// under test gets its result. f runs in that code's goroutine.
func (s *Steps) After(n int, f func()) { s.set(n, callBack, f) }

// LoseReply starts again from zero and breaks the connection once, when the
// server has done step n and before its reply arrives: the code cannot know
// whether it was done. It needs a connection of a dbtest pool.
func (s *Steps) LoseReply(n int) { s.set(n, loseReply, nil) }

// Kill starts again from zero and ends the server's side of the connection
// once, after step n: the code gets that step's result, and its next statement
// finds the session gone, with all that was not committed. After the last step
// there is no next statement: the pool keeps the dead connection then, and
// whoever borrows it next gets the error, unless the test calls pool.Reset.
func (s *Steps) Kill(n int) { s.set(n, killSession, nil) }

func (s *Steps) set(at int, act action, after func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.at, s.act, s.after, s.trip = 0, at, act, after, nil
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
	if s.trip == nil {
		return ""
	}
	return s.trip.String()
}

// Start counts the round trip, and breaks the line of the one whose reply is to be lost.
func (s *Steps) Start(_ context.Context, conn *pgx.Conn, t *pgtrace.Trip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen++; s.seen != s.at {
		return
	}
	s.trip = t
	if s.act == loseReply {
		s.breakLine(conn)
	}
}

func (s *Steps) breakLine(conn *pgx.Conn) {
	line := lineOf(conn)
	if line == nil {
		s.t.Errorf("the test is at fault: LoseReply needs a connection of a pool that dbtest has opened")
		return
	}
	line.broken.Store(true)
}

// End acts after the round trip.
func (s *Steps) End(_ context.Context, conn *pgx.Conn, t *pgtrace.Trip, _ error) {
	s.mu.Lock()
	ours, act, after := t == s.trip, s.act, s.after
	s.mu.Unlock()
	switch {
	case !ours || act == loseReply:
	case act == killSession:
		if err := terminate(conn); err != nil {
			s.t.Errorf("the test is at fault: kill the session after step %d: %v", s.at, err)
		}
	case after != nil:
		after()
	}
}

// Preparing spares the reply to a preparation, which does nothing yet: the
// reply to lose is the one to the statement itself.
func (s *Steps) Preparing(conn *pgx.Conn, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line := lineOf(conn); line != nil && s.act == loseReply && s.seen == s.at {
		line.broken.Store(!begun)
	}
}
