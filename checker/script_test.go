package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"checker": main})
}

// tests are the package's, and the end of what they share.
type tests struct{ *testing.M }

func (m tests) Run() int {
	code := m.M.Run()
	if err := errors.Join(os.RemoveAll(programFolder), os.RemoveAll(runnerFolder)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// TestScripts runs testdata/script/*.txtar: each tells one story of the command, against a copy of a fixture course.
func TestScripts(t *testing.T) {
	goEnv := goEnvironment(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, goEnv...)
			env.Setenv("WORKBOOK_CACHE_DIR", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("WORKBOOK_DATABASE_URL", "")
			env.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock") // a script that wants an engine says so
			env.Setenv("NO_COLOR", "1")
			exe, err := exec.LookPath("checker")
			if err != nil {
				return err
			}
			env.Setenv("GOALONE", filepath.Join(runtime.GOROOT(), "bin")+string(os.PathListSeparator)+filepath.Dir(exe))
			env.Setenv("TMPDIR", os.TempDir())
			env.Setenv("WORKBOOK_SANDBOX_RUNNER", sandboxRunner(t))
			env.Setenv("WORKBOOK_POSTGRES_IMAGE", os.Getenv("WORKBOOK_POSTGRES_IMAGE"))
			env.Defer(func() { endServers(t, filepath.Join(env.WorkDir, ".cache")) })
			return os.CopyFS(filepath.Join(env.WorkDir, "wb"), os.DirFS("testdata/course-good"))
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "engine":
				return hasEngine(), nil
			case "root":
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("condition %q is not known", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"append":   appendTo,
			"exits":    exits,
			"replace":  replaceIn,
			"hang":     hang,
			"mkcourse": makeCourse,
		},
	})
}

// hasEngine reports whether there is a Docker engine with an image of PostgreSQL. In CI there must be one.
func hasEngine() bool {
	image := cmp.Or(os.Getenv("WORKBOOK_POSTGRES_IMAGE"), "postgres:17-alpine")
	return os.Getenv("CI") != "" || exec.Command("docker", "image", "inspect", image).Run() == nil
}

var (
	buildRunner  sync.Once
	runnerFolder string
)

// sandboxRunner is the first process of the containers that answers run in: the fixture course has not the source of it.
func sandboxRunner(t *testing.T) string {
	buildRunner.Do(func() {
		dir, err := os.MkdirTemp("", "runner-*")
		require.NoError(t, err)
		runnerFolder = dir
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "runner"), "workbook/checker/internal/sandbox/runner")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	})
	return filepath.Join(runnerFolder, "runner")
}

// endServers ends what a script has started and left warm.
func endServers(t *testing.T, cache string) {
	down := exec.Command("checker", "db", "down")
	down.Env = append(os.Environ(), "WORKBOOK_CACHE_DIR="+cache)
	if out, err := down.CombinedOutput(); err != nil {
		t.Errorf("end the servers of a script: %v\n%s", err, out)
	}
}

// goEnvironment hands the go command's own settings to the scripts, whose home is empty.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	var vars []string
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOTOOLCHAIN", "GOFLAGS", "CGO_ENABLED"} {
		out, err := exec.Command("go", "env", name).Output()
		require.NoError(t, err)
		vars = append(vars, name+"="+strings.TrimSpace(string(out)))
	}
	return vars
}

// exits: exits STATUS COMMAND… runs a command that must end with exactly this status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status command...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// appendTo: append FILE TEXT… adds lines to a file.
func appendTo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: append file line...")
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o666)
	ts.Check(err)
	_, err = f.WriteString(strings.Join(args[1:], "\n") + "\n")
	ts.Check(err)
	ts.Check(f.Close())
}

// replaceIn: replace FILE OLD NEW replaces every OLD, of which there must be one.
func replaceIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace file old new")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o666))
}

// hang: hang VAR sets VAR to the address of a listener on loopback that accepts and never answers.
func hang(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	var held []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			held = append(held, conn)
		}
	}()
	ts.Defer(func() {
		l.Close()
		<-done
		for _, conn := range held {
			conn.Close()
		}
	})
	ts.Setenv(args[0], l.Addr().String())
}

// makeCourse: mkcourse DIR copies the fixture course once more.
func makeCourse(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS("testdata/course-good")))
}
