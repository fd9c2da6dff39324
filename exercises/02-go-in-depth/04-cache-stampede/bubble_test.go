package cache_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

// inBubble runs a subtest with synctest. Each way to hang becomes one failed test.
func inBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Run(name, func(t *testing.T) { bubble(t, test) })
}

// bubble returns what synctest says of goroutines that are blocked for ever.
func bubble(t *testing.T, test func(*testing.T)) (stuck any) {
	id, done := make(chan []byte, 1), make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		synctest.Test(t, func(t *testing.T) {
			id <- ofBubble.Find(stacks(false))
			test(t)
		})
	}()
	in, limit := <-id, time.After(20*time.Second)
	for {
		select {
		case stuck := <-done:
			return stuck
		case <-time.After(50 * time.Millisecond):
			if where := lockedOut(in); where != "" {
				t.Errorf("nothing waits for a mutex while a load runs, but now nothing moves any more, a load runs, and somebody waits for a mutex here:\n%s", where)
				return nil
			}
		case <-limit: // a guard, never reached by a program that rests or ends
			t.Error("the program neither rests nor ends: a loop that waits by spinning?")
			return nil
		}
	}
}

var (
	ofBubble = regexp.MustCompile(`synctest bubble \d+\]`)
	locked   = regexp.MustCompile(`\[sync\.(RW)?Mutex\.R?Lock`)
	// The runtime says "(durable)" also of what runs again, and hides the bubble of what has to do with the collector.
	blocked = regexp.MustCompile(`\[(chan |select|sleep|sync\.|synctest\.)[^,]*\(durable\)`)
	outside = regexp.MustCompile(`\[(chan |select|sleep|syscall)`)
)

// lockedOut returns where a goroutine of the bubble waits for a mutex when nothing
// else in the bubble can move. All stacks are of one moment, so this is sure.
func lockedOut(bubble []byte) (where string) {
	_, others, _ := bytes.Cut(stacks(true), []byte("\n\n")) // the first is this goroutine
	for g := range bytes.SplitSeq(others, []byte("\n\n")) {
		head, _, _ := bytes.Cut(g, []byte("\n"))
		of := ofBubble.Find(head)
		switch {
		case of != nil && !bytes.Equal(of, bubble):
		case of != nil && locked.Match(head):
			where = guard.Place(g)
		case of != nil && !blocked.Match(head), of == nil && !outside.Match(head):
			return ""
		}
	}
	return where
}

func stacks(all bool) []byte {
	buf := make([]byte, 4<<20)
	return buf[:runtime.Stack(buf, all)]
}

// inProcess is inBubble in a process of its own.
func inProcess(t *testing.T, name string, test func(*testing.T)) {
	t.Run(name, func(t *testing.T) { process(t, test) })
}

func process(t *testing.T, test func(*testing.T)) {
	const variable, reached = "CACHE_IN_PROCESS", "the test reached its end"
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
		t.Fatalf("a panic ended the whole program, and every other request in it:\npanic: %.200s …", crash)
	case err != nil || !strings.Contains(string(out), reached):
		noise := regexp.MustCompile(`(?m)^\s*(--- FAIL: .*|.*WORKBOOK_SEED.*|FAIL|` + reached + `)\n`)
		t.Fatalf("in a process of its own (%v):\n%.2000s", err, noise.ReplaceAll(out, nil))
	}
}
