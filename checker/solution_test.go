package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSolutionAsks: in a terminal, the solution of an exercise that does not pass is shown to whoever says yes, and only then
// is it on record.
func TestSolutionAsks(t *testing.T) {
	root := filepath.Join(t.TempDir(), "wb")
	require.NoError(t, os.CopyFS(root, os.DirFS("testdata/course-good")))
	term := openTerminal(t, root, "WORKBOOK_CACHE_DIR="+filepath.Join(root, ".cache"), "NO_COLOR=1")
	record := filepath.Join(root, ".workbook", "attempts.jsonl")
	for i, no := range []string{"n", "", "maybe", "C-d"} {
		term.line("clear; checker solution 1.1; echo ended $((" + string(rune('1'+i)) + " * 11))")
		screen := term.shows("[y/N]")
		require.Contains(t, screen, "1.1 Double it is not passing yet, and there are 2 more hints: make hint EX=1.1.")
		if no == "C-d" {
			term.keys(no)
		} else {
			term.line(no)
		}
		require.NotContains(t, term.shows("ended "+string(rune('1'+i))+string(rune('1'+i))), "+++", "after %q", no)
	}
	require.NoFileExists(t, record)
	term.line("clear; checker solution 1.1 | head -n 4; echo shown $((7 * 11))")
	term.shows("[y/N]")
	term.line("Yes")
	require.Contains(t, term.shows("shown 77"), "+++ solution/double.go")
	text, err := os.ReadFile(record)
	require.NoError(t, err)
	require.Contains(t, string(text), `"event":"solution"`)
}
