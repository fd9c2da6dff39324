package progress_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/progress"
)

func open(t *testing.T, root string) *progress.Log {
	t.Helper()
	l, err := progress.Open(root)
	require.NoError(t, err)
	return l
}

func entries(t *testing.T, l *progress.Log) ([]progress.Entry, []progress.Fault) {
	t.Helper()
	es, faults, err := l.Entries()
	require.NoError(t, err)
	return es, faults
}

func TestAppendKeepsEveryEntry(t *testing.T) {
	l := open(t, t.TempDir())
	for i := range 3 {
		notes, err := l.Append(progress.Entry{Event: progress.Check, Exercise: fmt.Sprint("a/", i), Status: "failing"})
		require.NoError(t, err)
		require.Empty(t, notes)
	}
	es, faults := entries(t, l)
	require.Len(t, es, 3)
	require.Empty(t, faults)
	require.Empty(t, es[0].Previous)
	require.NotEmpty(t, es[1].Previous)
	require.Equal(t, "a/2", es[2].Exercise)
	require.False(t, es[2].Time.IsZero())
}

// TestAppendFromManySides: writers of the same record, as two checks at once are, lose nothing and break no link.
func TestAppendFromManySides(t *testing.T) {
	root := t.TempDir()
	var writers sync.WaitGroup
	for w := range 8 {
		l := open(t, root)
		writers.Go(func() {
			for i := range 20 {
				if _, err := l.Append(progress.Entry{Event: progress.Check, Exercise: fmt.Sprintf("w%d/%d", w, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	es, faults := entries(t, open(t, root))
	require.Len(t, es, 160)
	require.Empty(t, faults)
}

func TestAppendSetsATornLineAside(t *testing.T) {
	root := t.TempDir()
	l := open(t, root)
	_, err := l.Append(progress.Entry{Exercise: "a/one"})
	require.NoError(t, err)
	file := filepath.Join(root, ".workbook", "attempts.jsonl")
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	// every place where a write can be cut off
	for cut := 1; cut < len(whole)-1; cut++ {
		require.NoError(t, os.WriteFile(file, append(append([]byte{}, whole...), whole[:cut]...), 0o666))
		notes, err := l.Append(progress.Entry{Exercise: "a/two"})
		require.NoError(t, err)
		require.Len(t, notes, 1)
		es, faults := entries(t, l)
		require.Len(t, es, 2, "cut after %d bytes", cut)
		require.Empty(t, faults)
	}
}

func TestEntriesShowTampering(t *testing.T) {
	root := t.TempDir()
	l := open(t, root)
	for _, id := range []string{"a/one", "a/two", "a/three"} {
		_, err := l.Append(progress.Entry{Event: progress.Check, Exercise: id, Status: "failing"})
		require.NoError(t, err)
	}
	file := filepath.Join(root, ".workbook", "attempts.jsonl")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := splitLines(string(text))
	cases := map[string]struct {
		lines []string
		fault int
	}{
		"a line changed":   {[]string{lines[0][:len(lines[0])-3] + "x\"}\n", lines[1], lines[2]}, 1},
		"a line taken out": {[]string{lines[0], lines[2]}, 2},
		"lines swapped":    {[]string{lines[1], lines[0], lines[2]}, 1},
		"not JSON":         {[]string{lines[0], "?\n", lines[2]}, 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			joined := ""
			for _, l := range c.lines {
				joined += l
			}
			_, faults := progress.Parse([]byte(joined))
			require.NotEmpty(t, faults)
			require.Equal(t, c.fault, faults[0].Line, "%v", faults)
		})
	}
}

func splitLines(text string) []string {
	var lines []string
	for len(text) > 0 {
		i := 0
		for text[i] != '\n' {
			i++
		}
		lines, text = append(lines, text[:i+1]), text[i+1:]
	}
	return lines
}

func TestSealStaysTheSame(t *testing.T) {
	root := t.TempDir()
	first, err := open(t, root).Seal()
	require.NoError(t, err)
	again, err := open(t, root).Seal()
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Regexp(t, `^TestSeal[A-Z0-9]{26}$`, first)
	other, err := open(t, t.TempDir()).Seal()
	require.NoError(t, err)
	require.NotEqual(t, first, other)
}

func TestBackupKeepsWhatAResetWouldOverwrite(t *testing.T) {
	l := open(t, t.TempDir())
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("mine"), 0o666))
	to, err := l.Backup("a/one", dir, []string{"a.go", "gone.go"})
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(to, "a.go"))
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
	again, err := l.Backup("a/one", dir, []string{"a.go"})
	require.NoError(t, err)
	require.NotEqual(t, to, again, "a second backup overwrites nothing")
}

func TestScratchClearsWhatKilledRunsLeft(t *testing.T) {
	root := t.TempDir()
	held, remove, err := open(t, root).Scratch()
	require.NoError(t, err)
	left := filepath.Join(filepath.Dir(held), "run-12345") // as a killed run leaves it: no lock is held
	require.NoError(t, os.MkdirAll(left, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(left, "file"), nil, 0o666))

	other, removeOther, err := open(t, root).Scratch()
	require.NoError(t, err)
	require.NoDirExists(t, left)
	require.DirExists(t, held, "a folder in use stays")
	require.NoError(t, removeOther())
	require.NoDirExists(t, other)
	require.NoError(t, remove())
	entries, err := os.ReadDir(filepath.Dir(held))
	require.NoError(t, err)
	require.Empty(t, entries)
}
