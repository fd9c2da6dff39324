package confine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// look is how often the program's processes are counted and weighed.
const look = 50 * time.Millisecond

// Run runs a program, with the streams and the environment given, and returns its exit status: 128 and the number of the
// signal when one has ended it. The error is a *Breach when a limit has.
//
// It changes the process that calls it: whatever the program leaves behind becomes its child, and limits of the system
// are set for good. Call it in a process of its own.
func Run(ctx context.Context, limits Limits, cmd *exec.Cmd, stdout, stderr io.Writer) (status int, err error) {
	// Whoever leaves its parent becomes our child, instead of the system's, and is found at the end.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("confine: become the reaper: %w", err)
	}
	for resource, most := range map[int]uint64{unix.RLIMIT_FSIZE: uint64(limits.File), unix.RLIMIT_CORE: 0} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return 0, fmt.Errorf("confine: set a limit: %w", err)
		}
	}
	w := &watch{limits: limits}
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Time, &Breach{fmt.Sprintf("it ran past its limit of %s", limits.Time)})
	defer cancel()
	ctx, w.end = context.WithCancelCause(ctx)
	defer w.end(nil)
	tooMuch := func() { w.end(&Breach{fmt.Sprintf("it printed more than %d MiB", limits.Output>>20)}) }
	cmd.Stdout = &counted{w: stdout, left: limits.Output, over: tooMuch}
	cmd.Stderr = &counted{w: stderr, left: limits.Output, over: tooMuch}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if u := limits.User; u != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: u.ID, Gid: u.Group}
	}
	cmd.WaitDelay = time.Second // for pipes that something still holds
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("confine: start: %w", err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in its state
		close(done)
	}()
	w.until(ctx, done)
	err = context.Cause(ctx)
	// The program itself first: its status is for Wait to take, and not for the one who waits for whatever is left.
	if killErr := cmd.Process.Kill(); killErr != nil && !errors.Is(killErr, os.ErrProcessDone) {
		return 0, fmt.Errorf("confine: kill: %w", killErr)
	}
	<-done
	if err := killDescendants(); err != nil {
		return 0, err
	}
	return exitStatus(cmd.ProcessState), err
}

func exitStatus(s *os.ProcessState) int {
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return s.ExitCode()
}

// watch weighs the program's processes.
type watch struct {
	limits Limits
	end    context.CancelCauseFunc
}

// until returns when the program has ended, or has to be ended.
func (w *watch) until(ctx context.Context, done <-chan struct{}) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			processes := descendants()
			var memory int64
			for _, pid := range processes {
				memory += resident(pid)
			}
			switch {
			case len(processes) > w.limits.Processes:
				w.end(&Breach{fmt.Sprintf("it had more than %d processes", w.limits.Processes)})
			case memory > w.limits.Memory:
				w.end(&Breach{fmt.Sprintf("it used more than %d MiB of memory", w.limits.Memory>>20)})
			}
		}
	}
}

// descendants lists the living processes below this one.
func descendants() []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// 12 (name, which may hold anything) S 1 …
		_, after, ok := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
		fields := strings.Fields(after)
		if !ok || len(fields) < 2 || fields[0] == "Z" {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], pid)
	}
	var all []int
	for next := []int{os.Getpid()}; len(next) > 0; {
		below := children[next[0]]
		next = append(next[1:], below...)
		all = append(all, below...)
	}
	return all
}

func resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0 // it has ended
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// killDescendants kills until none is left, and waits for the killed, so that nobody else has to. A look at /proc can miss
// a process whose parent left at that moment; the system knows of it as our child.
func killDescendants() error {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		left := descendants()
		// What is stopped first can start nothing while the others are looked for.
		for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} {
			for _, pid := range left {
				_ = syscall.Kill(pid, signal) // it may have ended by itself
			}
		}
		if len(left) == 0 && !reap() {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("confine: %d processes could not be killed", len(left))
		}
	}
}

// reap waits for the children that have ended, and reports whether there are others.
func reap() bool {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return false // ECHILD
		case pid == 0:
			return true
		}
	}
}
