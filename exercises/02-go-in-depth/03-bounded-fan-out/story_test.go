package boundedfanout_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	boundedfanout "workbook/exercises/02-go-in-depth/03-bounded-fan-out"
	"workbook/exercises/internal/seed"
)

// A story is one run of FetchAll. Its fn stays in every call until the test
// ends that call, so the test knows at each point which calls are running.
type story struct {
	t      *testing.T
	cancel context.CancelFunc // ends the ctx that FetchAll was called with

	mu      sync.Mutex
	started []string         // the items in the order in which fn was called
	open    map[string]*call // the calls that have not ended
	peak    int              // the most calls that were open at once

	returned bool
	results  []string
	err      error
	panicked any
}

type call struct {
	ctx context.Context
	end chan func() (string, error)
}

// begin starts FetchAll over the items, one for each letter. It must be called
// inside a bubble.
func begin(t *testing.T, items string, limit int) *story {
	return beginWith(t, context.Background(), items, limit)
}

func beginWith(t *testing.T, ctx context.Context, items string, limit int) *story {
	ctx, cancel := context.WithCancel(ctx)
	s := &story{t: t, cancel: cancel, open: map[string]*call{}}
	t.Cleanup(s.finish)
	go func() {
		defer func() {
			s.panicked, s.returned = recover(), true
		}()
		s.results, s.err = boundedfanout.FetchAll(ctx, letters(items), limit, s.fetch)
	}()
	return s
}

func letters(items string) []string { return strings.Split(items, "") }

func (s *story) fetch(ctx context.Context, item string) (string, error) {
	c := &call{ctx: ctx, end: make(chan func() (string, error), 1)}
	s.mu.Lock()
	s.started = append(s.started, item)
	s.open[item] = c
	s.peak = max(s.peak, len(s.open))
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, item)
	}()
	how := <-c.end
	return how()
}

// running waits until nothing moves any more and returns the open calls, sorted.
func (s *story) running() []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var items []string
	for item := range s.open {
		items = append(items, item)
	}
	slices.Sort(items)
	return items
}

// need is running for a test that cannot go on unless n calls are open.
func (s *story) need(n int) []string {
	s.t.Helper()
	items := s.running()
	s.mustNotPanic()
	if len(items) != n {
		s.t.Fatalf("at this point exactly %d calls of fn should be running; these are: %v; FetchAll has returned: %v",
			n, items, s.returned)
	}
	return items
}

func (s *story) mustNotPanic() {
	s.t.Helper()
	if s.panicked != nil {
		s.t.Fatalf("FetchAll must not panic, but did: %v", s.panicked)
	}
}

// succeed, fail and panics end the call of one item, then wait until nothing moves.
func (s *story) succeed(item string) {
	s.end(item, func() (string, error) { return "got " + item, nil })
}
func (s *story) fail(item string, err error) { s.end(item, func() (string, error) { return "", err }) }
func (s *story) panics(item string, v any)   { s.end(item, func() (string, error) { panic(v) }) }

func (s *story) end(item string, how func() (string, error)) {
	s.mu.Lock()
	c := s.open[item]
	s.mu.Unlock()
	if c == nil {
		s.t.Fatalf("fn should be running for %s; started so far: %v", item, s.started)
	}
	c.end <- how
	synctest.Wait()
}

// seenBy returns the error of the ctx that the running call of item was given.
func (s *story) seenBy(item string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[item].ctx.Err()
}

// outcome returns what FetchAll returned.
func (s *story) outcome() ([]string, error) {
	s.t.Helper()
	items := s.running()
	s.mustNotPanic()
	if !s.returned {
		s.t.Fatalf("FetchAll should have returned by now, but waits; calls of fn so far: %v, still running: %v", s.started, items)
	}
	return s.results, s.err
}

// finish ends all calls, also those yet to come, so that the bubble can end.
func (s *story) finish() {
	s.drain(seeded(s.t))
	s.cancel()
	if s.t.Failed() {
		return
	}
	s.mustNotPanic()
	if !s.returned {
		s.t.Errorf("every call of fn has ended, but FetchAll does not return; calls of fn so far: %v", s.started)
	}
}

// drain lets every item succeed, in a random order.
func (s *story) drain(random *rand.Rand) {
	for items := s.running(); len(items) > 0; items = s.running() {
		s.succeed(items[random.IntN(len(items))])
	}
}

// inBubble runs a subtest with synctest. Each way to hang becomes one failed test.
func inBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Run(name, func(t *testing.T) { bubble(t, test) })
}

// inProcess is inBubble in a process of its own: a panic that nobody recovers
// ends that process alone, and the tests after it still run.
func inProcess(t *testing.T, name string, test func(*testing.T)) {
	t.Run(name, func(t *testing.T) { process(t, test) })
}

func bubble(t *testing.T, test func(*testing.T)) {
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		synctest.Test(t, test)
	}()
	select {
	case stuck := <-done: // synctest panics when goroutines are blocked for ever
		if stuck != nil && !t.Failed() {
			t.Errorf("FetchAll has returned, but goroutines that it started are blocked for ever (%v)", stuck)
		}
	case <-time.After(15 * time.Second): // a guard, never reached by a program that rests or ends
		t.Error("the program neither rests nor ends: a loop that waits by spinning, or a mutex that nobody unlocks")
	}
}

func process(t *testing.T, test func(*testing.T)) {
	const variable, reached = "FANOUT_IN_PROCESS", "the test reached its end"
	if os.Getenv(variable) == t.Name() {
		bubble(t, test)
		fmt.Println(reached)
		return
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	cmd := exec.CommandContext(t.Context(), exe, "-test.run="+pattern)
	cmd.Env = append(os.Environ(), variable+"="+t.Name(), seed.Setting(t), "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	_, crash, crashed := strings.Cut("\n"+string(out), "\npanic: ")
	switch {
	case crashed:
		t.Fatalf("a panic of fn ended the whole program, and every other request in it:\npanic: %.200s …", crash)
	case err != nil || !strings.Contains(string(out), reached):
		noise := regexp.MustCompile(`(?m)^\s*(--- FAIL: .*|.*WORKBOOK_SEED.*|FAIL|` + reached + `)\n`)
		t.Fatalf("in a process of its own (%v):\n%s", err, noise.ReplaceAll(out, nil))
	}
}

// seeded returns a source of test inputs. A test that fails prints the seed.
func seeded(t *testing.T) *rand.Rand { return seed.New(t).Rand }
