package pgserver_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

// TestCacheThatIsFull mounts file systems that are too small: one that is full from the start, and
// one with room for a state file but none for a cluster.
func TestCacheThatIsFull(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounts a file system, which takes root")
	}
	t.Parallel()
	mount := func(t *testing.T, size string) string {
		dir := filepath.Join(t.TempDir(), "small")
		require.NoError(t, os.Mkdir(dir, 0o700))
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
			t.Skipf("NOT RUN: mount: %v", err)
		}
		t.Cleanup(func() { // once the keeper has left it
			eventually(t, "unmount", func() bool { return syscall.Unmount(dir, 0) == nil })
		})
		return dir
	}
	t.Run("from_the_start", func(t *testing.T) {
		opts := blank(t, "local")
		opts.Cache = mount(t, "64k")
		_ = os.WriteFile(filepath.Join(opts.Cache, "ballast"), make([]byte, 64<<10), 0o600)
		_, err := pgserver.Acquire(t.Context(), opts)
		assert.ErrorIs(t, err, syscall.ENOSPC)
		assert.ErrorContains(t, err, "WORKBOOK_CACHE_DIR")
	})
	t.Run("for_the_cluster_only", func(t *testing.T) {
		opts := blank(t, "local")
		opts.Cache = mount(t, "4m")
		s := acquire(t, opts)
		assert.NoError(t, s.Alive(t.Context()))
		require.NoError(t, s.Release(t.Context()))
		require.NoError(t, pgserver.Down(t.Context(), opts))
		assert.Empty(t, runFolders(opts))
	})
}
