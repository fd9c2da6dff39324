// Package guard runs code under test so that nothing it does can take other tests along.
package guard

import (
	"runtime/debug"
	"testing"
	"time"

	"workbook/exercises/internal/patience"
)

// limit is how long guarded code may run.
var limit = 20 * time.Second

// Run calls f, and makes a panic or a hang in it a failure of this test alone. The
// goroutine of code that does not return is left behind. f may end the test
// itself.
//
//kit:proves that code neither panics nor hangs
func Run(t testing.TB, f func()) {
	t.Helper()
	limit := patience.Of(limit)
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
			t.Fatalf("the code panicked: %v\n\n%s", panicked, Place(stack))
		}
	case <-time.After(limit):
		patience.Lost()
		t.Fatalf("the code has not returned within %v", limit)
	}
}

// Call is Run for a function with a result.
func Call[T any](t testing.TB, f func() T) (result T) {
	t.Helper()
	Run(t, func() { result = f() })
	return result
}

// Call2 is Run for a function with two results, such as a value and an error.
func Call2[T, U any](t testing.TB, f func() (T, U)) (first T, second U) {
	t.Helper()
	Run(t, func() { first, second = f() })
	return first, second
}
