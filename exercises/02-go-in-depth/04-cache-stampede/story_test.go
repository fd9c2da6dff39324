package cache_test

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	cache "workbook/exercises/02-go-in-depth/04-cache-stampede"
	"workbook/exercises/internal/guard"
)

const ttl = time.Minute

// A story is the life of one cache. Each load stays where it is until the test
// ends it, so the test knows at each point who waits for what. All steps of a
// story are taken inside a bubble, and each goes on until nothing moves.
type story struct {
	*cache.Cache[string, string]
	t *testing.T

	mu    sync.Mutex
	steps []string // what has happened, for messages
	loads []*load  // in the order in which they began
}

// A load is one call of the cache's load function. The third of key A gives A3.
type load struct {
	key, value string
	ctx        context.Context
	over       bool
	end        chan func() (string, error)
}

// tell runs a subtest with a story of its own, whose cache keeps at most 10 values.
func tell(t *testing.T, name string, story func(*story)) {
	inBubble(t, name, func(t *testing.T) { story(begin(t)) })
}

// tellApart is tell in a process of its own: what ends that process ends no other test.
func tellApart(t *testing.T, name string, story func(*story)) {
	inProcess(t, name, func(t *testing.T) { story(begin(t)) })
}

func begin(t *testing.T) *story {
	s := &story{t: t}
	s.Cache = cache.NewCache(cache.Options{TTL: ttl, MaxEntries: 10}, s.load)
	t.Cleanup(func() { // so that nothing is left of a right program
		s.call("Close", s.Close)
		s.finishAll()
	})
	return s
}

func (s *story) load(ctx context.Context, key string) (string, error) {
	l := &load{key: key, ctx: ctx, end: make(chan func() (string, error), 1)}
	s.mu.Lock()
	s.loads = append(s.loads, l)
	l.value = fmt.Sprint(key, s.begun(key))
	s.steps = append(s.steps, "load "+l.value+" begins")
	s.mu.Unlock()
	return (<-l.end)()
}

// begun returns how many loads of key have begun so far.
func (s *story) begun(key string) (n int) {
	for _, l := range s.loads {
		if l.key == key {
			n++
		}
	}
	return n
}

func (s *story) step(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, fmt.Sprintf(format, args...))
}

// require ends the test, and tells the story, when what is promised did not happen.
func (s *story) require(ok bool, promise string, args ...any) {
	s.t.Helper()
	if !ok {
		s.t.Fatalf("%s.\nWhat happened: %s", fmt.Sprintf(promise, args...), strings.Join(s.steps, "; "))
	}
}

// call runs what is expected to return, and reports whether it has.
func (s *story) call(name string, f func()) (returned *bool) {
	s.step("%s", name)
	returned = new(bool)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				s.t.Errorf("the cache panicked: %v\n%s", p, guard.Place(debug.Stack()))
			}
		}()
		f()
		*returned = true
	}()
	synctest.Wait()
	return returned
}

func (s *story) invalidate(key string) {
	s.t.Helper()
	s.require(*s.call("Invalidate("+key+")", func() { s.Invalidate(key) }), "Invalidate waits for nothing, but has not returned")
}

// passes lets time pass on the bubble's clock; none passes outside.
func (s *story) passes(d time.Duration) {
	s.step("%v pass", d)
	time.Sleep(d)
	synctest.Wait()
}

// An answer is what a call of Get returned, if it has.
type answer struct {
	s        *story
	leave    context.CancelFunc // ends the caller's ctx
	returned bool
	value    string
	err      error
}

func (s *story) get(key string) *answer { return s.getWith(context.Background(), key) }

func (s *story) getWith(ctx context.Context, key string) *answer {
	a := &answer{s: s}
	ctx, a.leave = context.WithCancel(ctx)
	s.call("Get("+key+")", func() { a.value, a.err = s.Get(ctx, key); a.returned = true })
	return a
}

// loading is a Get that begins a load.
func (s *story) loading(key string) (*answer, *load) {
	s.t.Helper()
	before := len(s.loads)
	a := s.get(key)
	s.require(len(s.loads) == before+1 && s.loads[before].key == key, "a load of %s begins, for no value of it is kept", key)
	return a, s.loads[before]
}

// crowd is n calls of Get, for which one load is enough.
func (s *story) crowd(n int, key string) (all []*answer, l *load) {
	s.t.Helper()
	a, l := s.loading(key)
	for all = append(all, a); len(all) < n; {
		all = append(all, s.get(key))
		s.require(s.loads[len(s.loads)-1] == l, "whoever asks for a key waits for the load that is under way, but another begins")
	}
	return all, l
}

// fetch is a Get whose load, if there is one, ends at once.
func (s *story) fetch(key string) *answer {
	a := s.get(key)
	for range 5 {
		s.finish(s.running(key)...)
	}
	return a
}

// kept returns which of the keys are served while every load fails.
func (s *story) kept(keys ...string) (served []string) {
	for _, key := range keys {
		a := s.get(key)
		for _, l := range s.running(key) {
			s.breaks(l)
		}
		if a.has() != "" {
			served = append(served, key)
		}
	}
	return served
}

// leaves ends the ctx of the caller.
func (a *answer) leaves() {
	a.s.step("the ctx of the caller is cancelled")
	a.leave()
	synctest.Wait()
}

// must requires that Get has returned this value.
func (a *answer) must(value, why string) {
	a.s.t.Helper()
	a.s.require(a.has() == value, "%s: Get returns %s, but it %s", why, value, a)
}

// mustFail requires that Get has returned this error.
func (a *answer) mustFail(err error, why string) {
	a.s.t.Helper()
	a.s.require(a.returned && errors.Is(a.err, err), "%s: Get returns the error %q, but it %s", why, err, a)
}

// has returns the value, if there is one.
func (a *answer) has() string {
	if a.err != nil {
		return ""
	}
	return a.value
}

func (a *answer) String() string {
	switch {
	case !a.returned:
		return "still waits"
	case a.err != nil:
		return fmt.Sprintf("returned the error %.80q", a.err.Error())
	}
	return fmt.Sprintf("returned %q", a.value)
}

// running returns the loads of the keys, or all, that have not ended.
func (s *story) running(keys ...string) (open []*load) {
	for _, l := range s.loads {
		if !l.over && (len(keys) == 0 || l.key == keys[0]) {
			open = append(open, l)
		}
	}
	return open
}

// finish ends loads as a good load function does: with the value, or with the end of its ctx.
func (s *story) finish(loads ...*load) {
	for _, l := range loads {
		if err := l.ctx.Err(); err != nil {
			s.end(l, "with the end of its ctx", func() (string, error) { return "", err })
		} else {
			s.end(l, "well", func() (string, error) { return l.value, nil })
		}
	}
}

// finishAll ends all loads that run, and those that begin then.
func (s *story) finishAll() {
	for range 5 {
		s.finish(s.running()...)
	}
}

func (s *story) breaks(l *load) {
	s.end(l, "with an error", func() (string, error) { return "", errDown })
}

func (s *story) panics(l *load, v any) {
	s.end(l, "with a panic", func() (string, error) { panic(v) })
}

func (s *story) end(l *load, how string, f func() (string, error)) {
	s.step("load %s ends %s", l.value, how)
	l.over = true
	l.end <- f
	synctest.Wait()
}
