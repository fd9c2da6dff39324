package dbtest

import (
	"runtime/debug"
	"testing"
	"time"
)

// guardLimit is how long guarded code may run.
var guardLimit = 20 * time.Second

// Guard runs code under test so that nothing it does can take the other tests
// along: a panic fails this test alone, and so does code that hangs. Its
// goroutine is left behind in that case.
func Guard(t testing.TB, f func()) {
	t.Helper()
	var panicked any
	var stack []byte
	done := make(chan bool, 1)
	go func() {
		returned := false
		defer func() {
			if !returned {
				panicked, stack = recover(), debug.Stack()
			}
			done <- returned
		}()
		f()
		returned = true
	}()
	select {
	case returned := <-done:
		switch {
		case returned:
		case panicked == nil: // f has ended the test, with require for instance
			t.FailNow()
		default:
			t.Fatalf("the code panicked: %v\n\n%s", panicked, stack)
		}
	case <-time.After(guardLimit):
		t.Fatalf("the code has not returned within %v", guardLimit)
	}
}
