package pgserver_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

// otherAcquirer is another process that acquires a server.
type otherAcquirer struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
}

func startAcquirer(t testing.TB, opts pgserver.Options) *otherAcquirer {
	t.Helper()
	opts.Progress = nil
	text, err := json.Marshal(struct {
		Want, Cache, Image, Repository string
		Keeper                         []string
		Idle                           int64
	}{opts.Want, opts.Cache, opts.Image, opts.Repository, opts.Keeper, int64(opts.Idle)})
	require.NoError(t, err)
	cmd := exec.Command(opts.Keeper[0])
	cmd.Env = append(os.Environ(), acquirerEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	a := &otherAcquirer{cmd, bufio.NewReader(stdout)}
	t.Cleanup(func() {
		_ = stdin.Close()
		_, _ = io.Copy(io.Discard, a.stdout)
		_ = cmd.Wait()
	})
	return a
}

// url waits until it has its server.
func (a *otherAcquirer) url() string {
	line, _ := a.stdout.ReadString('\n')
	return strings.TrimSpace(line)
}

// kill ends it in a way that it cannot notice.
func (a *otherAcquirer) kill(t testing.TB) {
	t.Helper()
	require.NoError(t, a.cmd.Process.Kill())
	_ = a.cmd.Wait()
}
