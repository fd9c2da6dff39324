//go:build unix

package pgserver_test

import (
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

	"workbook/checker/internal/pgserver"
)

// These tests kill, in ways that cannot be noticed, everything that can be killed. After each, the
// next Acquire must work, and at most one server may be there.

// moments at which a local start is interrupted: it takes a few hundred milliseconds.
var moments = []time.Duration{0, 30, 80, 150, 300}

func TestKilledAcquirer(t *testing.T) {
	t.Parallel()
	t.Run("leaves_no_lease", func(t *testing.T) {
		opts := options(t, "local")
		opts.Idle = 300 * time.Millisecond
		a := startAcquirer(t, opts)
		require.NotEmpty(t, a.url())
		a.kill(t)
		eventually(t, "the server goes", func() bool { return len(runFolders(opts)) == 0 })
	})
	t.Run("at_any_moment_of_a_start", func(t *testing.T) {
		opts := options(t, "local")
		for _, moment := range moments {
			a := startAcquirer(t, opts)
			time.Sleep(moment * time.Millisecond)
			a.kill(t)
			worksAlone(t, opts)
			require.NoError(t, pgserver.Down(t.Context(), opts))
		}
	})
}

func TestKilledKeeper(t *testing.T) {
	t.Parallel()
	t.Run("its_server_is_adopted", func(t *testing.T) {
		opts := options(t, "local")
		opts.Idle = time.Second
		s := acquire(t, opts)
		old := readState(opts).Keeper
		killPID(t, old)
		eventually(t, "no keeper", func() bool {
			found, err := pgserver.Find(t.Context(), opts)
			require.NoError(t, err)
			return found.Servers[0].Keeper == 0
		})

		again := worksAlone(t, opts)
		assert.Equal(t, s.URL, again.URL)
		eventually(t, "a new keeper", func() bool {
			st := readState(opts)
			return st.Keeper != old && st.Phase == "ready"
		})
		assert.NoError(t, s.Alive(t.Context()), "others may be using it")
		require.NoError(t, s.Release(t.Context()))
		require.NoError(t, again.Release(t.Context()))
		eventually(t, "an adopted server goes too", func() bool { return len(runFolders(opts)) == 0 })
	})
	t.Run("down_ends_its_server", func(t *testing.T) {
		opts := options(t, "local")
		s := acquire(t, opts)
		killPID(t, readState(opts).Keeper)
		require.NoError(t, pgserver.Down(t.Context(), opts))
		assert.Error(t, s.Alive(t.Context()))
		assert.Empty(t, runFolders(opts))
	})
	t.Run("at_any_moment_of_a_start", func(t *testing.T) {
		opts := options(t, "local")
		for _, moment := range moments {
			a := startAcquirer(t, opts)
			eventually(t, "a keeper", func() bool { return readState(opts).Keeper != 0 })
			time.Sleep(moment * time.Millisecond)
			killPID(t, readState(opts).Keeper)
			a.kill(t)
			worksAlone(t, opts)
			require.NoError(t, pgserver.Down(t.Context(), opts))
		}
	})
	t.Run("while_somebody_waits", func(t *testing.T) {
		opts := options(t, "local")
		a := startAcquirer(t, opts)
		eventually(t, "a keeper", func() bool { return readState(opts).Keeper != 0 })
		killPID(t, readState(opts).Keeper)
		assert.Equal(t, a.url(), worksAlone(t, opts).URL)
	})
}

func TestKilledPostmaster(t *testing.T) {
	t.Parallel()
	t.Run("is_noticed_and_replaced", func(t *testing.T) {
		opts := options(t, "local")
		s := acquire(t, opts)
		killPID(t, postmaster(t, s))
		assert.Error(t, s.Alive(t.Context()))
		again := worksAlone(t, opts)
		assert.NotEqual(t, s.URL, again.URL)
		assert.Error(t, s.Alive(t.Context()))
	})
	t.Run("together_with_its_keeper", func(t *testing.T) {
		opts := options(t, "local")
		s := acquire(t, opts)
		pid := postmaster(t, s)
		killPID(t, readState(opts).Keeper)
		killPID(t, pid)
		worksAlone(t, opts)
	})
	t.Run("its_number_given_to_another_process", func(t *testing.T) {
		opts := options(t, "local")
		s := acquire(t, opts)
		pidFile := filepath.Join(ask[string](t, s.URL, `SHOW data_directory`), "postmaster.pid")
		contents, err := os.ReadFile(pidFile)
		require.NoError(t, err)
		pid, keeper := postmaster(t, s), readState(opts).Keeper
		killPID(t, keeper)
		killPID(t, pid)

		bystander := exec.Command("sleep", "60")
		require.NoError(t, bystander.Start())
		defer func() { _ = bystander.Process.Kill(); _ = bystander.Wait() }()
		replace(t, pidFile, string(contents), pid, bystander.Process.Pid)
		state, err := os.ReadFile(stateFile(opts))
		require.NoError(t, err)
		replace(t, stateFile(opts), string(state), keeper, bystander.Process.Pid)

		worksAlone(t, opts)
		require.NoError(t, pgserver.Down(t.Context(), opts))
		assert.NoError(t, syscall.Kill(bystander.Process.Pid, 0), "a process that is not ours was ended")
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(bystander.Process.Pid, &status, syscall.WNOHANG, nil)
		require.NoError(t, err)
		assert.Zero(t, ended, "a process that is not ours was ended")
	})
}

func TestStateFileThatMakesNoSense(t *testing.T) {
	t.Parallel()
	for name, contents := range map[string]string{
		"empty":        ``,
		"torn":         `{"phase": "rea`,
		"of_a_dead":    `{"phase": "ready", "run": "x", "keeper_pid": 1, "url": "postgres://postgres:x@127.0.0.1:1/postgres", "postmaster_start": "1"}`,
		"failed_once":  `{"phase": "failed", "run": "x", "error": "long ago"}`,
		"half_started": `{"phase": "starting", "run": "x", "keeper_pid": 1}`,
	} {
		t.Run(name, func(t *testing.T) {
			opts := options(t, "local")
			dir := filepath.Join(opts.Cache, "servers", "local")
			require.NoError(t, os.MkdirAll(dir, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "state.json"), []byte(contents), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "end"), nil, 0o600), "a request that nobody took back")
			worksAlone(t, opts)
		})
	}
}

// worksAlone acquires a server, uses it, and sees that it is the only one.
func worksAlone(t *testing.T, opts pgserver.Options) *pgserver.Server {
	t.Helper()
	s := acquire(t, opts)
	assert.NoError(t, s.Alive(t.Context()))
	folders := runFolders(opts)
	assert.Len(t, folders, 1)
	if len(folders) == 1 {
		assert.Equal(t, filepath.Join(folders[0], "data"), ask[string](t, s.URL, `SHOW data_directory`))
	}
	eventually(t, "one server at most", func() bool { // a backend looks like its server for a moment
		out, err := exec.Command("ps", "-ww", "-eo", "args").Output()
		require.NoError(t, err)
		return strings.Count(string(out), "/workbook-pg-"+pgserver.CacheID(opts.Cache)) <= 1
	})
	return s
}

func postmaster(t *testing.T, s *pgserver.Server) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ask[string](t, s.URL, `SHOW data_directory`), "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(data), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	return pid
}

func replace(t *testing.T, path, contents string, old, new int) {
	t.Helper()
	require.Contains(t, contents, strconv.Itoa(old))
	contents = strings.Replace(contents, fmt.Sprint(old), fmt.Sprint(new), 1)
	require.NoError(t, os.WriteFile(path, []byte(contents), 0o600))
}
