package confine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/confine"
)

// TestMain makes this test binary the process of its own that Run asks for, or the program that is confined.
func TestMain(m *testing.M) {
	if program := os.Getenv("CONFINED"); program != "" {
		os.Exit(programs[program]())
	}
	if text := os.Getenv("CONFINE"); text != "" {
		os.Exit(confined(text))
	}
	os.Exit(m.Run())
}

func confined(text string) int {
	var limits confine.Limits
	if err := json.Unmarshal([]byte(text), &limits); err != nil {
		panic(err)
	}
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "CONFINE=", "CONFINED="+os.Getenv("PROGRAM"))
	status, err := confine.Run(context.Background(), limits, cmd, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Println("breach:", err)
	}
	return status
}

var programs = map[string]func() int{
	"good":  func() int { fmt.Println("done"); return 0 },
	"fails": func() int { return 7 },
	"dies":  func() int { return kill() },
	"hangs": func() int { select {} },
	"eats": func() int {
		var all [][]byte
		for {
			all = append(all, bytes.Repeat([]byte("x"), 1<<20))
			time.Sleep(time.Millisecond)
		}
	},
	"prints": func() int {
		for {
			if _, err := fmt.Println(strings.Repeat("x", 1000)); err != nil {
				select {} // it does not end by itself
			}
		}
	},
	"forks": func() int {
		for {
			again("waits", nil)
			time.Sleep(time.Millisecond)
		}
	},
	"waits": func() int { time.Sleep(time.Hour); return 0 },
	"survives": func() int { // a child in a session of its own, whose parent leaves
		again("leaves", &syscall.SysProcAttr{Setsid: true})
		time.Sleep(200 * time.Millisecond)
		return 0
	},
	"leaves": func() int { again("waits", &syscall.SysProcAttr{Setsid: true}); return 0 },
	"fills": func() int {
		f, err := os.Create(os.Getenv("FILE"))
		for err == nil {
			_, err = f.Write(bytes.Repeat([]byte("x"), 1<<16))
		}
		return 3
	},
}

func kill() int {
	_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	select {}
}

func again(program string, attr *syscall.SysProcAttr) {
	exe, _ := os.Executable()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "CONFINED="+program)
	cmd.SysProcAttr = attr
	if err := cmd.Start(); err != nil {
		os.Exit(9)
	}
	fmt.Println("started", cmd.Process.Pid)
}

// run runs a program within limits, and returns what was printed and the exit status.
func run(t *testing.T, program string, limits confine.Limits, env ...string) (string, int) {
	t.Helper()
	text, err := json.Marshal(limits)
	require.NoError(t, err)
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(append(os.Environ(), "CONFINE="+string(text), "PROGRAM="+program), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

var wide = confine.Limits{Time: 30 * time.Second, Memory: 1 << 30, Processes: 50, File: 64 << 20, Output: 8 << 20}

func TestRun(t *testing.T) {
	for program, c := range map[string]struct {
		change func(*confine.Limits)
		says   string
		status int
	}{
		"good":   {nil, "done\n", 0},
		"fails":  {nil, "", 7},
		"dies":   {nil, "", 128 + 15},
		"hangs":  {func(l *confine.Limits) { l.Time = 200 * time.Millisecond }, "breach: it ran past its limit of 200ms", 128 + 9},
		"eats":   {func(l *confine.Limits) { l.Memory = 64 << 20 }, "breach: it used more than 64 MiB of memory", 128 + 9},
		"prints": {func(l *confine.Limits) { l.Output = 1 << 20 }, "breach: it printed more than 1 MiB", 128 + 9},
		"forks":  {func(l *confine.Limits) { l.Processes = 10 }, "breach: it had more than 10 processes", 128 + 9},
	} {
		t.Run(program, func(t *testing.T) {
			limits := wide
			if c.change != nil {
				c.change(&limits)
			}
			out, status := run(t, program, limits)
			assert.Equal(t, c.status, status)
			assert.Contains(t, out, c.says)
			if !strings.HasPrefix(c.says, "breach") {
				assert.NotContains(t, out, "breach")
			}
			nothingLeft(t, out)
		})
	}
	t.Run("survives", func(t *testing.T) {
		out, status := run(t, "survives", wide)
		assert.Zero(t, status)
		assert.GreaterOrEqual(t, strings.Count(out, "started"), 1)
		nothingLeft(t, out)
	})
	t.Run("fills", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "big")
		limits := wide
		limits.File = 1 << 20
		out, status := run(t, "fills", limits, "FILE="+file)
		assert.NotZero(t, status, out)
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.LessOrEqual(t, info.Size(), int64(1<<20))
	})
}

// nothingLeft looks for the processes that a program says it has started.
func nothingLeft(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		pid, ok := strings.CutPrefix(strings.TrimSpace(line), "started ")
		if !ok {
			continue
		}
		n, err := strconv.Atoi(pid)
		require.NoError(t, err)
		assert.ErrorIs(t, syscall.Kill(n, 0), syscall.ESRCH, "process %d is still there", n)
	}
}
