// Package lock keeps the code under test waiting in the database, for as long as a test wants.
//
// A test holds what the code needs, calls the code in the background, and knows
// when it is stuck. No time is measured: the server is asked who waits.
//
//	held := lock.Hold(t, db, `LOCK TABLE accounts`)
//	call := lock.Go(t, func() error { return store.Report(ctx, 7) })
//	held.WaitBlocked(call)           // now its query waits for the lock
//	cancel()
//	err := call.Wait("a caller who gives up gets an answer")
//	held.WaitNobody()                // and now its query is gone, too
package lock

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/patience"
)

// limit bounds every wait, for code that hangs. It is no part of any verdict.
const limit = 10 * time.Second

// Held is a transaction that stays open.
type Held struct {
	t    testing.TB
	db   *dbtest.DB
	tx   pgx.Tx
	what string
	once sync.Once
}

// Hold opens a transaction as the owner, runs the statements in it, and keeps
// it open with its locks until Release or Commit, or the end of the test. With
// `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ` and any query it holds a
// snapshot.
//
//kit:proves what code does while it waits for a lock: stop when cancelled, not keep others waiting
func Hold(t testing.TB, db *dbtest.DB, statements ...string) *Held {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tx, err := db.Owner().Begin(ctx)
	for _, sql := range statements {
		if err == nil {
			_, err = tx.Exec(ctx, sql)
		}
	}
	if err != nil {
		if tx != nil {
			_ = tx.Rollback(context.Background())
		}
		t.Fatalf("the test is at fault: hold %s: %v", strings.Join(statements, "; "), err)
	}
	h := &Held{t: t, db: db, tx: tx, what: strings.Join(statements, "; ")}
	t.Cleanup(h.Release)
	return h
}

// Release rolls the transaction back. A second call does nothing.
func (h *Held) Release() { h.end("release", h.tx.Rollback) }

// Commit commits the transaction.
func (h *Held) Commit() { h.end("commit", h.tx.Commit) }

func (h *Held) end(verb string, how func(context.Context) error) {
	h.t.Helper()
	h.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := how(ctx); err != nil {
			h.t.Errorf("the test is at fault: %s %s: %v", verb, h.what, err)
		}
	})
}

// WaitBlocked returns as soon as a session of the code under test waits for a
// lock; with names, one of these applications. The test fails when the call
// returns instead. It is not for code that tries again and again without
// waiting in the database (NOWAIT, pg_try_advisory_lock).
func (h *Held) WaitBlocked(call *Call, applications ...string) {
	h.t.Helper()
	limit := patience.Of(limit)
	end := time.Now().Add(limit)
	for {
		returned := call.returned() // asked before the server: a call that returns in between is seen next time
		if len(h.waiting(applications)) > 0 {
			return
		}
		switch {
		case returned:
			call.mustNotPanic()
			h.t.Fatalf("the call needs what another transaction holds, so it must wait for it; it has returned instead, with %s.\nHeld all the time:\n\n\t%s\n", outcome(call.err), h.what)
		case time.Now().After(end):
			patience.Lost()
			h.t.Fatalf("the call needs what another transaction holds; within %v it has neither returned nor come to wait for it.\nHeld all the time:\n\n\t%s\n", limit, h.what)
		}
		time.Sleep(time.Millisecond)
	}
}

// WaitNobody returns as soon as no session of the code under test waits for a
// lock any more. The test fails when one still does although its caller has
// gone away.
func (h *Held) WaitNobody(applications ...string) {
	h.t.Helper()
	for end := time.Now().Add(patience.Of(leftLimit)); ; time.Sleep(time.Millisecond) {
		left := h.waiting(applications)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			patience.Lost()
			h.t.Fatalf("nobody waits for an answer any more, but in the database this statement still waits for its turn:\n\n\t%s\n", strings.TrimSpace(left[0].Query))
		}
	}
}

// leftLimit is how long a cancelled statement may take to leave the server. It
// takes a millisecond or two; only a test that fails waits so long.
var leftLimit = 5 * time.Second

func (h *Held) waiting(applications []string) []session {
	h.t.Helper()
	sessions, err := waiting(h.db, applications)
	if err != nil {
		h.t.Fatalf("%s ask who waits: %v", dbtest.NoDatabase, err)
	}
	return sessions
}

func outcome(err error) string {
	if err == nil {
		return "no error"
	}
	return "the error: " + err.Error()
}
