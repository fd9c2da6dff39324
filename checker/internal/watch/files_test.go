package watch_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/watch"
)

// patience bounds what does not come; nothing is measured with it.
const patience = 10 * time.Second

func TestSaves(t *testing.T) {
	for name, told := range map[string]bool{"told": true, "by looking": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name string) {
				file := filepath.Join(dir, filepath.FromSlash(name))
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
				require.NoError(t, os.WriteFile(file, []byte(time.Now().String()), 0o666))
			}
			write("answer.go")
			saves, err := watch.Saves(t.Context(), dir, told)
			require.NoError(t, err)
			came := func() {
				t.Helper()
				select {
				case <-saves:
				case <-time.After(patience):
					t.Fatal("no save was told")
				}
			}
			write("answer.go")
			came()
			// as editors do: another file, then a new name
			write(".answer.go.swp")
			write("answer.go.tmp")
			require.NoError(t, os.Rename(filepath.Join(dir, "answer.go.tmp"), filepath.Join(dir, "answer.go")))
			came()
			write("internal/deep/more.go")
			came()
			require.NoError(t, os.Remove(filepath.Join(dir, "answer.go")))
			came()
		})
	}
}

func TestAFolderThatIsNotThere(t *testing.T) {
	for _, told := range []bool{true, false} {
		_, err := watch.Saves(t.Context(), filepath.Join(t.TempDir(), "none"), told)
		require.ErrorContains(t, err, "none")
	}
}

func TestTold(t *testing.T) {
	dir := t.TempDir()
	require.True(t, watch.Told(t.Context(), dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "the probe leaves nothing behind")
	require.False(t, watch.Told(t.Context(), filepath.Join(dir, "none")))
}
