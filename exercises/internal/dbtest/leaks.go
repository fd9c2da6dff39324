package dbtest

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Leaks fails the test when the code under test leaves a goroutine or an open
// transaction behind. (That a pool of [DB.Pool] gets its connections back is
// looked after without it.)
//
// Call it before the code under test begins anything: what runs at that moment
// is not counted, and pools that are opened later are closed before it looks.
// Idle keep-alive connections of an HTTP client count as left behind, so close
// the server and call CloseIdleConnections. Goroutines of tests that run in
// parallel cannot be told apart: do not use it in such tests.
func (db *DB) Leaks(t testing.TB) {
	t.Helper()
	db.Owner() // dbtest's own pools, opened later, would look like leaks
	db.Super()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		if t.Failed() {
			return // what failed explains what is left, not the other way round
		}
		if sessions := db.openTransactions(leakLimit); len(sessions) > 0 {
			t.Errorf("nothing may be left open at the end of the test.%s", describe(sessions))
			return
		}
		if err := goleak.Find(before); err != nil {
			t.Errorf("every goroutine must have ended at the end of the test: %v", err)
		}
	})
}

// openTransactions returns the sessions that still sit in a transaction after the limit.
func (db *DB) openTransactions(limit time.Duration) []session {
	ctx, cancel := context.WithTimeout(context.Background(), limit+connectLimit)
	defer cancel()
	for end := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		sessions, err := db.idleInTransaction(ctx, "")
		if err != nil {
			db.t.Logf("look for open transactions: %v", err)
			return nil
		}
		if len(sessions) == 0 || time.Now().After(end) {
			return sessions
		}
	}
}
