//go:build unix

package pgserver_test

import (
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

// otherUserEnv marks the run of the tests as a user who is not root.
const otherUserEnv = "PGSERVER_TEST_OTHER_USER"

// asOther skips, as root, a test that TestAsAnotherUser runs.
func asOther(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("runs in TestAsAnotherUser")
	}
}

// TestAsAnotherUser runs tests again as the user nobody: as root, nothing else would.
func TestAsAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("all tests run as a normal user here")
	}
	t.Parallel()
	nobody, err := user.Lookup("nobody")
	need(t, err == nil, "a user nobody")
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	require.NoError(t, err)

	// A folder and a copy of this program that the other user can reach.
	dir, err := os.MkdirTemp("/tmp", "pgserver-other-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	temp := filepath.Join(dir, "temp")
	require.NoError(t, os.Mkdir(temp, 0o755))
	require.NoError(t, os.Chown(temp, int(uid), int(gid)))
	program := filepath.Join(dir, "pgserver.test")
	copyProgram(t, program)

	cmd := exec.Command(program, "-test.v", "-test.run", "^(TestLocal|TestLocalStoresItsCluster|TestEmbedded|TestEmbeddedRefused|TestWarmForMany|TestCacheThatCannotBeWritten)$")
	cmd.Dir = temp
	cmd.Env = append(os.Environ(), otherUserEnv+"=1", "HOME="+temp, "TMPDIR="+temp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Regexp(t, `(?m)^--- PASS: TestLocal `, string(out))
	if os.Getenv("CI") != "true" {
		t.Logf("%s", out)
	}
}

func copyProgram(t *testing.T, to string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	in, err := os.Open(self)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	asOther(t)
	t.Parallel()
	opts := blank(t, "local")
	closed := opts
	closed.Cache = filepath.Join(opts.Cache, "closed")
	require.NoError(t, os.Mkdir(closed.Cache, 0o500))
	_, err := pgserver.Acquire(t.Context(), closed)
	assert.ErrorContains(t, err, "make the cache folder (set WORKBOOK_CACHE_DIR to choose another)")
	assert.ErrorIs(t, err, os.ErrPermission)
}

func TestLocalAsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("is about root")
	}
	t.Parallel()
	opts := options(t, "local") // its cache is closed to others, as root's home is
	s := acquire(t, opts)
	data := ask[string](t, s.URL, `SHOW data_directory`)
	info, err := os.Stat(data)
	require.NoError(t, err)
	owner := info.Sys().(*syscall.Stat_t).Uid
	assert.NotZero(t, owner)
	process, err := os.Stat("/proc/" + strconv.Itoa(postmaster(t, s)))
	if err == nil { // Linux
		assert.Equal(t, owner, process.Sys().(*syscall.Stat_t).Uid)
	}
	assert.Contains(t, s.Detail, "as user ")
}
