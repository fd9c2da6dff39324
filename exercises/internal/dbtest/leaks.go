package dbtest

import (
	"context"
	"testing"
	"time"

	"workbook/exercises/internal/leaks"
)

// Leaks fails the test when the code under test leaves a goroutine or an open
// transaction behind. (That a pool of [DB.Pool] gets its connections back is
// looked after without it.) What [leaks.Goroutines] says of its use holds here
// too; pools that are opened later are closed before it looks.
//
//kit:proves that code ends its transactions and goroutines
func (db *DB) Leaks(t testing.TB) {
	t.Helper()
	db.Owner() // dbtest's own pools, opened later, would look like leaks
	db.Super()
	leaks.Goroutines(t)
	t.Cleanup(func() { // before the goroutines are looked at: an open transaction explains more
		if t.Failed() {
			return
		}
		if sessions := db.openTransactions(leakLimit); len(sessions) > 0 {
			t.Errorf("nothing may be left open at the end of the test.%s", describe(sessions))
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
