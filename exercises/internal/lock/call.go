package lock

import (
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/patience"
)

// returnLimit is how long a call may take to return once it can.
var returnLimit = 10 * time.Second

// A Call is code under test that runs in the background.
type Call struct {
	t        testing.TB
	done     chan struct{}
	err      error
	panicked string
}

// Go calls f in the background.
func Go(t testing.TB, f func() error) *Call {
	c := &Call{t: t, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer func() {
			if p := recover(); p != nil {
				c.panicked = fmt.Sprintf("%v\n\n%s", p, guard.Place(debug.Stack()))
			}
		}()
		c.err = f()
	}()
	return c
}

// Wait returns what f returned. An f that does not return fails the test, with
// the promise that it breaks ("a caller who gives up gets an answer"); so does
// a panic.
func (c *Call) Wait(promise string) error {
	c.t.Helper()
	returnLimit := patience.Of(returnLimit)
	select {
	case <-c.done:
	case <-time.After(returnLimit):
		patience.Lost()
		c.t.Fatalf("%s; the call has not returned within %v", promise, returnLimit)
	}
	c.mustNotPanic()
	return c.err
}

func (c *Call) mustNotPanic() {
	c.t.Helper()
	if c.panicked != "" {
		c.t.Fatalf("the code panicked: %s", c.panicked)
	}
}

func (c *Call) returned() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}
