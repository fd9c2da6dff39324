package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/progress"
)

// programFolder is where program builds; TestMain removes it.
var programFolder string

// program builds the checker once for all tests of the package.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "workbook-checker-")
	if err != nil {
		return "", err
	}
	programFolder = dir
	exe := filepath.Join(dir, "checker.exe")
	out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build checker: %w\n%s", err, out)
	}
	return exe, nil
})

// clone is a copy of the fixture course with a cache of its own, so with a server of its own.
type clone struct {
	t    *testing.T
	root string
	exe  string
	env  []string
}

func newClone(t *testing.T) *clone {
	t.Helper()
	exe, err := program()
	require.NoError(t, err)
	c := &clone{t: t, root: filepath.Join(t.TempDir(), "wb"), exe: exe}
	require.NoError(t, os.CopyFS(c.root, os.DirFS("testdata/course-good")))
	c.env = append(os.Environ(), "WORKBOOK_CACHE_DIR="+filepath.Join(t.TempDir(), "cache"), "WORKBOOK_DATABASE_URL=")
	t.Cleanup(func() {
		out, err := c.command("db", "down").CombinedOutput()
		require.NoError(t, err, "%s", out)
	})
	return c
}

func (c *clone) command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.exe, append([]string{"--dir", c.root}, args...)...)
	cmd.Env = c.env
	return cmd
}

// run runs the checker to its end and returns its exit status and what it wrote.
func (c *clone) run(args ...string) (status int, output string) {
	c.t.Helper()
	out, err := c.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	if exit != nil {
		status = exit.ExitCode()
	}
	return status, string(out)
}

// answer puts a file of the solutions in place of the one to edit.
func (c *clone) answer(exercise, file, from string) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.root, "solutions", exercise, from, file))
	require.NoError(c.t, err)
	c.write(exercise, file, string(text))
}

func (c *clone) write(exercise, file, text string) {
	c.t.Helper()
	require.NoError(c.t, os.WriteFile(filepath.Join(c.root, "exercises", exercise, file), []byte(text), 0o666))
}

func (c *clone) record() ([]progress.Entry, []progress.Fault) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.root, ".workbook", "attempts.jsonl"))
	require.NoError(c.t, err)
	return progress.Parse(text)
}

// warm is one line of `db status --json`.
type warm struct {
	Source, URL, Phase string
	Keeper             int
}

func (c *clone) servers() []warm {
	c.t.Helper()
	out, err := c.command("db", "status", "--json").Output()
	require.NoError(c.t, err)
	var status struct{ Servers []warm }
	require.NoError(c.t, json.Unmarshal(out, &status))
	return status.Servers
}

const double, ask = "01-basics/01-double-it", "01-basics/02-ask-the-server"

// TestChecksAtOnce: several checks of one clone work side by side, and all are recorded.
func TestChecksAtOnce(t *testing.T) {
	c := newClone(t)
	c.answer(double, "double.go", ".")
	c.answer(ask, "ask.go", ".")
	const n = 4
	var checks sync.WaitGroup
	outputs := make([]string, n)
	statuses := make([]int, n)
	for i := range n {
		checks.Go(func() { statuses[i], outputs[i] = c.run("check", "1", "--postgres=local") })
	}
	checks.Wait()
	for i := range n {
		require.Zero(t, statuses[i], outputs[i])
	}
	entries, faults := c.record()
	require.Empty(t, faults)
	require.Len(t, entries, 2*n)
	require.Len(t, c.servers(), 1, "one server serves them all")
}

// TestDatabaseDiesDuringACheck: an answer is not wrong because its server went away.
func TestDatabaseDiesDuringACheck(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("finds the postmaster through /proc")
	}
	c := newClone(t)
	c.answer(double, "double.go", ".")
	c.write(ask, "ask.go", `package asktheserver

import (
	"errors"
	"os"
	"strconv"
	"syscall"
)

// Reach stands in for whatever may happen to a server: it ends it.
func Reach(address string) error {
	pid, err := strconv.Atoi(os.Getenv("TEST_POSTMASTER"))
	if err != nil {
		return err
	}
	return errors.Join(errors.New("the server went away"), syscall.Kill(pid, syscall.SIGKILL))
}
`)
	_, out := c.run("db", "up", "--postgres=local")
	c.env = append(c.env, "TEST_POSTMASTER="+strconv.Itoa(c.postmaster(out)))
	status, out := c.run("check", "1.2", "--postgres=local")
	require.Equal(t, 3, status, out)
	require.Contains(t, out, "? unchecked")
	require.Contains(t, out, "the database went away during the check")
	entries, faults := c.record()
	require.Empty(t, faults)
	require.Equal(t, "unchecked", entries[len(entries)-1].Status)

	c.answer(ask, "ask.go", ".")
	status, out = c.run("check", "1.2", "--postgres=local")
	require.Zero(t, status, out)
}

// postmaster finds the process of the server through one of its connections.
func (c *clone) postmaster(where string) int {
	c.t.Helper()
	servers := c.servers()
	require.Len(c.t, servers, 1, where)
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, servers[0].URL)
	require.NoError(c.t, err)
	defer conn.Close(ctx)
	var backend int
	require.NoError(c.t, conn.QueryRow(ctx, "select pg_backend_pid()").Scan(&backend))
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", backend))
	require.NoError(c.t, err)
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	pid, err := strconv.Atoi(fields[1]) // after the command in parentheses: state, parent
	require.NoError(c.t, err)
	return pid
}

// TestKilledAtAnyMoment: whatever is killed, whenever: the next check works, nothing piles up, no record is lost.
func TestKilledAtAnyMoment(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("finds the postmaster through /proc")
	}
	c := newClone(t)
	c.answer(double, "double.go", ".")
	c.answer(ask, "ask.go", ".")
	status, out := c.run("check", "1", "--postgres=local")
	require.Zero(t, status, out)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	recorded := 2
	for round := range 9 {
		victim := []string{"checker", "keeper", "postgres"}[round%3]
		moment := time.Duration(random.IntN(900)) * time.Millisecond
		what := fmt.Sprintf("round %d: %s killed after %s", round, victim, moment)
		// No cached result: each check really runs.
		c.write(ask, "ask.go", fmt.Sprintf("package asktheserver\n\nimport \"net\"\n\nconst round = %d\n\n// Reach reaches.\nfunc Reach(address string) error {\n\tconn, err := net.Dial(\"tcp\", address)\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn conn.Close()\n}\n", round))
		target := 0
		switch victim {
		case "keeper":
			target = c.servers()[0].Keeper
		case "postgres":
			target = c.postmaster(what)
		}
		var buf bytes.Buffer
		cmd := c.command("check", "1.2", "--postgres=local")
		cmd.Stdout, cmd.Stderr = &buf, &buf
		require.NoError(t, cmd.Start())
		if victim == "checker" {
			target = cmd.Process.Pid
		}
		time.Sleep(moment) // the moment is what is varied; nothing is decided by it
		p, err := os.FindProcess(target)
		require.NoError(t, err)
		if err := p.Kill(); err != nil {
			require.ErrorIs(t, err, os.ErrProcessDone, what)
		}
		err = cmd.Wait()
		code := cmd.ProcessState.ExitCode()
		require.Contains(t, []int{-1, 0, 3}, code, "%s: a right answer is never called wrong: %v\n%s", what, err, buf.String())
		if code >= 0 {
			recorded++
		}

		status, out := c.run("check", "1.2", "--postgres=local")
		require.Zero(t, status, "%s, and the next check: %s", what, out)
		recorded++
		entries, faults := c.record()
		require.Empty(t, faults, what)
		require.GreaterOrEqual(t, len(entries), recorded, what)
		recorded = len(entries)
		require.Len(t, c.servers(), 1, what)
	}
	// A go command whose checker was killed may make its folder once more before it ends; the next check sweeps it away.
	require.Eventually(t, func() bool {
		status, _ := c.run("check", "1.1", "--postgres=local")
		left, err := filepath.Glob(filepath.Join(c.root, ".workbook", "tmp", "*"))
		return status == 0 && err == nil && len(left) == 0
	}, time.Minute, 100*time.Millisecond, "temporary folders pile up")
}
