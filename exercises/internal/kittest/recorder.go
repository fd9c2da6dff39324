package kittest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Recorder is a test that is only played: whether it failed, and what it
// printed, can be looked at.
type Recorder struct {
	testing.TB
	name string

	mu       sync.Mutex
	failed   bool
	output   strings.Builder
	cleanups []func()
}

// Play runs f as a test of the given name, then its cleanups. What f does to
// its test (fail, log, end) happens to the returned Recorder alone.
func Play(t testing.TB, name string, f func(t testing.TB)) *Recorder {
	r := &Recorder{TB: t, name: name}
	run := func(f func()) {
		done := make(chan struct{})
		go func() { // a goroutine of its own: FailNow ends it
			defer close(done)
			f()
		}()
		<-done
	}
	run(func() { f(r) })
	for {
		r.mu.Lock()
		n := len(r.cleanups)
		if n == 0 {
			r.mu.Unlock()
			return r
		}
		last := r.cleanups[n-1]
		r.cleanups = r.cleanups[:n-1]
		r.mu.Unlock()
		run(last)
	}
}

// Said is what the test printed.
func (r *Recorder) Said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

// Failed reports whether the test failed.
func (r *Recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// Name returns the name that was given to Play.
func (r *Recorder) Name() string { return r.name }

// Helper does nothing.
func (r *Recorder) Helper() {}

// Cleanup registers f to run after the test.
func (r *Recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

// Fail marks the test as failed.
func (r *Recorder) Fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
}

// FailNow marks the test as failed and ends it.
func (r *Recorder) FailNow() {
	r.Fail()
	runtime.Goexit()
}

// Log adds to what was said.
func (r *Recorder) Log(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.output, args...)
}

// Logf adds to what was said.
func (r *Recorder) Logf(format string, args ...any) { r.Log(fmt.Sprintf(format, args...)) }

// Error is Log and Fail.
func (r *Recorder) Error(args ...any) { r.Log(args...); r.Fail() }

// Errorf is Logf and Fail.
func (r *Recorder) Errorf(format string, args ...any) { r.Logf(format, args...); r.Fail() }

// Fatal is Log and FailNow.
func (r *Recorder) Fatal(args ...any) { r.Log(args...); r.FailNow() }

// Fatalf is Logf and FailNow.
func (r *Recorder) Fatalf(format string, args ...any) { r.Logf(format, args...); r.FailNow() }

// Skip is no part of the kit: what cannot be tested fails.
func (r *Recorder) Skip(args ...any) { r.Fatal("skipped: " + fmt.Sprint(args...)) }
