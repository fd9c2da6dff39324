package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// limit bounds every wait, for programs that hang. It is no part of any verdict.
var limit = 20 * time.Second

// A Process is a program that was started.
type Process struct {
	t    testing.TB
	cmd  *exec.Cmd
	out  *output // stdout
	err  *output // stderr
	done chan struct{}
	exit Exit
}

// Exit is how a process has ended.
type Exit struct {
	Status int    // -1 when a signal ended it
	Signal string // the signal that ended it, as "killed"; "" when it ended by itself
}

// String is "exit status 1" or "signal: killed".
func (e Exit) String() string {
	if e.Signal != "" {
		return "signal: " + e.Signal
	}
	return fmt.Sprintf("exit status %d", e.Status)
}

// An Option says how a program is started.
type Option func(*exec.Cmd)

// Env adds variables, NAME=value. Without it a program gets nothing of the
// test's environment but PATH and the variables that name a user's and the
// system's folders.
func Env(variables ...string) Option {
	return func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, variables...) }
}

// Args adds arguments.
func Args(args ...string) Option { return func(cmd *exec.Cmd) { cmd.Args = append(cmd.Args, args...) } }

// Dir sets the working folder; without it, an empty one.
func Dir(dir string) Option { return func(cmd *exec.Cmd) { cmd.Dir = dir } }

// Stdin sets what the program reads; without it, nothing.
func Stdin(text string) Option {
	return func(cmd *exec.Cmd) { cmd.Stdin = strings.NewReader(text) }
}

// Start starts the program.
func (p *Program) Start(t testing.TB, options ...Option) *Process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Env = plainEnvironment()
	cmd.WaitDelay = time.Second // for pipes that a child still holds
	for _, option := range options {
		option(cmd)
	}
	if cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	s := &Process{t: t, cmd: cmd, out: newOutput(), err: newOutput(), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.out, s.err
	inGroup(cmd)
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("the test is at fault: start %s: %v", p.path, err)
	}
	go s.await(cancel)
	t.Cleanup(s.end)
	return s
}

func (s *Process) await(cancel context.CancelFunc) {
	_ = s.cmd.Wait() // how it ended is in its state
	cancel()
	s.exit = exitOf(s.cmd.ProcessState)
	s.out.close()
	s.err.close()
	close(s.done)
}

// end kills whatever is left of the process and of what it started.
func (s *Process) end() {
	killGroup(s.cmd)
	select {
	case <-s.done:
	case <-time.After(limit):
		s.t.Errorf("process %d could not be killed", s.cmd.Process.Pid)
	}
}

// PID is the number of the process.
func (s *Process) PID() int { return s.cmd.Process.Pid }

// Stdout is what the program has printed so far.
func (s *Process) Stdout() string { return s.out.String() }

// Stderr is what the program has printed there so far.
func (s *Process) Stderr() string { return s.err.String() }

// Running reports whether the process has not ended.
func (s *Process) Running() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the process alone, as `kill` does. One that has
// ended already gets none.
func (s *Process) Signal(signal os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatalf("the test is at fault: send %v: %v", signal, err)
	}
}

// Wait returns how the process has ended, when it has. One that does not end
// breaks the promise, a sentence without its full stop, and fails the test.
func (s *Process) Wait(promise string) Exit {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(limit):
		s.t.Fatalf("%s; it was still running %v later.%s", promise, limit, s.said())
	}
	return s.exit
}

// Line returns the first line of stdout that matches, with the pattern's
// groups. A program that ends without it, or never prints it, breaks the
// promise and fails the test.
func (s *Process) Line(promise, pattern string) []string {
	s.t.Helper()
	return s.line(s.out, promise, pattern)
}

// ErrLine is Line for stderr.
func (s *Process) ErrLine(promise, pattern string) []string {
	s.t.Helper()
	return s.line(s.err, promise, pattern)
}

func (s *Process) line(out *output, promise, pattern string) []string {
	s.t.Helper()
	match := regexp.MustCompile(pattern)
	late := time.After(limit)
	for {
		lines, more := out.lines()
		for _, line := range lines {
			if m := match.FindStringSubmatch(line); m != nil {
				return m
			}
		}
		if more == nil {
			<-s.done
			s.t.Fatalf("%s; it has ended without that (%v).%s", promise, s.exit, s.said())
		}
		select {
		case <-more:
		case <-late:
			s.t.Fatalf("%s; it has not for %v.%s", promise, limit, s.said())
		}
	}
}

// said shows what the program has printed.
func (s *Process) said() string {
	var b strings.Builder
	show := func(name string, out *output) {
		if text := strings.TrimSpace(out.String()); text != "" {
			fmt.Fprintf(&b, "\nIts %s:\n\n\t%s\n", name, strings.ReplaceAll(last(text, 4000), "\n", "\n\t"))
		}
	}
	show("stdout", s.out)
	show("stderr", s.err)
	if b.Len() == 0 {
		return "\nIt has printed nothing."
	}
	return b.String()
}

func last(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return "…" + text[len(text)-n:]
}

func plainEnvironment() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "USER", "TMPDIR", "TZ", "SystemRoot", "USERPROFILE", "TEMP", "TMP", "PATHEXT", "COMSPEC", "GORACE"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
