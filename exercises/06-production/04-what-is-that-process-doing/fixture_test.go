//go:build linux

package process_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/proc"
)

// Embedded, not opened by path: what is tested is what was compiled in.
var (
	//go:embed whatsup.sh
	whatsup []byte
	//go:embed stop.sh
	stop []byte
)

// bounds end a script that hangs, and are no part of any verdict on speed: the
// first is for right scripts on a busy machine. Whoever hangs once does not have to
// wait as long for each test that it breaks.
var (
	bounds = []time.Duration{20 * time.Second, 6 * time.Second, 3 * time.Second}
	hung   atomic.Int32
)

func bound() time.Duration { return bounds[min(int(hung.Load()), len(bounds)-1)] }

// neverPID is above the highest PID that Linux can give.
const neverPID = "4194400"

// A shop is a running testdata/shop.
type shop struct {
	*proc.Process
	Ports  []int
	Child  int
	folder string
}

// start starts a shop, which has opened everything when start returns.
func start(t *testing.T, program *proc.Program, options ...proc.Option) *shop {
	t.Helper()
	s := &shop{folder: t.TempDir()}
	s.Process = program.Start(t, append(options, proc.Dir(s.folder))...)
	t.Cleanup(func() { // it reaps its children; the kit ends one that does not listen
		if s.Running() {
			s.Signal(syscall.SIGTERM)
		}
	})
	ready := s.Line("the observed program says READY", `^READY (.*)$`)[1]
	require.NoError(t, json.Unmarshal([]byte(ready), s))
	return s
}

func (s *shop) pid() string { return strconv.Itoa(s.PID()) }

// finished reports whether the shop ended in its own way, after SIGTERM.
func (s *shop) finished() bool {
	_, err := os.Stat(filepath.Join(s.folder, "finished"))
	return err == nil
}

// terms is how often the shop got SIGTERM.
func (s *shop) terms() int { return strings.Count(s.Stdout(), "TERM\n") }

// run starts a script. Its PATH begins with programs that end with 127, in place
// of those that the server does not have.
func run(t *testing.T, script []byte, args ...string) *proc.Process {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"ps", "pgrep", "pkill", "pidof", "top", "lsof", "ss", "netstat", "fuser", "killall",
		"prlimit", "lsfd", "python", "python3", "perl", "ruby", "node", "go"} {
		body := "#!/bin/sh\necho '" + name + ": not installed on this server' >&2; exit 127\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o755))
	}
	path := filepath.Join(dir, "script")
	require.NoError(t, os.WriteFile(path, script, 0o755))
	return proc.Command(t, "bash", path).Start(t, proc.Args(args...),
		proc.Env("LC_ALL=C", "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH")))
}

// ended waits for a script and returns its status.
func ended(t *testing.T, p *proc.Process, story string) int {
	t.Helper()
	limit := bound()
	for end := time.Now().Add(limit); p.Running(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			hung.Add(1)
			t.Fatalf("%s: the script was still running %v later\nstderr: %.1000s", story, limit, p.Stderr())
		}
	}
	return p.Wait(story).Status
}

// values runs whatsup.sh and returns the value of each line.
func values(t *testing.T, pid string) map[string]string {
	t.Helper()
	p := run(t, whatsup, pid)
	require.Zerof(t, ended(t, p, "whatsup.sh of a running process"), "whatsup.sh of a running process ends with status 0; stderr: %s", p.Stderr())
	found := map[string]string{}
	for line := range strings.Lines(p.Stdout()) {
		name, v, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		found[name] = v
	}
	return found
}

// value runs whatsup.sh and returns the value of one line.
func value(t *testing.T, pid, name string) string {
	t.Helper()
	found := values(t, pid)
	require.Contains(t, found, name, "the output has a line that starts with %q", name+" ")
	return found[name]
}

// field reads a line of /proc/PID/status.
func field(t *testing.T, pid int, name string) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "" // it has ended
	}
	for line := range strings.Lines(string(data)) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.Fields(v)[0]
		}
	}
	return ""
}

// gone reports whether a process has ended.
func gone(t *testing.T, pid int) bool {
	return strings.Contains("ZX", field(t, pid, "State"))
}
