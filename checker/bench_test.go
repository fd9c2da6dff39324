package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// workbookCopy is a copy of the real course in which every exercise holds its solution, with a warm server of its own.
type workbookCopy struct {
	root, exe, url string
	env            []string
}

func newWorkbookCopy(b *testing.B) *workbookCopy {
	b.Helper()
	exe, err := program()
	require.NoError(b, err)
	root, err := filepath.EvalSymlinks(b.TempDir())
	require.NoError(b, err)
	w := &workbookCopy{root: root, exe: exe}
	for _, part := range []string{"go.mod", "go.sum", "lessons", "exercises", "solutions"} {
		out, err := exec.Command("cp", "-r", filepath.Join("..", part), root).CombinedOutput()
		require.NoError(b, err, "%s", out)
	}
	w.env = append(os.Environ(), "WORKBOOK_CACHE_DIR="+filepath.Join(b.TempDir(), "cache"), "WORKBOOK_DATABASE_URL=")
	stubs, err := filepath.Glob(filepath.Join(root, "solutions/*/*/testdata/stub/*"))
	require.NoError(b, err)
	require.NotEmpty(b, stubs)
	for _, stub := range stubs {
		solution := filepath.Join(filepath.Dir(stub), "../..", filepath.Base(stub))
		dst := strings.Replace(filepath.Clean(solution), filepath.Join(root, "solutions"), filepath.Join(root, "exercises"), 1)
		text, err := os.ReadFile(solution)
		require.NoError(b, err)
		require.NoError(b, os.WriteFile(dst, text, 0o666))
	}
	w.url = strings.TrimSpace(w.run(b, w.exe, "db", "up", "--print-url", "--postgres=local"))
	b.Cleanup(func() { w.run(b, w.exe, "db", "down") })
	return w
}

func (w *workbookCopy) run(b *testing.B, command string, args ...string) string {
	b.Helper()
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Env = w.root, w.env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(b, err, "%s%s", out, stderr.String())
	return string(out)
}

// BenchmarkSaveToVerdict is the learner's loop: change one literal, see the verdict. Its floor is plain go test of the same
// package on the same running server.
func BenchmarkSaveToVerdict(b *testing.B) {
	w := newWorkbookCopy(b)
	const dir = "exercises/01-responsibilities/00-first-query"
	file := filepath.Join(w.root, dir, "greet.go")
	text, err := os.ReadFile(file)
	require.NoError(b, err)
	saved := 0
	save := func() {
		saved++
		edited := fmt.Sprintf("%s\n// Saved makes each build another one.\nvar Saved = %d\n", text, saved)
		require.NoError(b, os.WriteFile(file, []byte(edited), 0o666))
	}
	w.env = append(w.env, "WORKBOOK_DATABASE_URL="+w.url)
	floor := func() { w.run(b, "go", "test", "./"+dir) }
	w.env = append(w.env, "TZ=America/St_Johns")
	check := func() { w.run(b, w.exe, "check", "1.0", "--postgres="+"local") }
	timed := func(run func()) time.Duration {
		save()
		begun := time.Now()
		run()
		return time.Since(begun)
	}
	timed(floor) // whatever is built once
	timed(check)
	var atFloor, atChecker []time.Duration
	for b.Loop() { // taking turns, so that whatever else the machine does hits both
		atFloor = append(atFloor, timed(floor))
		atChecker = append(atChecker, timed(check))
	}
	b.ReportMetric(median(atFloor).Seconds(), "floor-s")
	b.ReportMetric(median(atChecker).Seconds(), "checker-s")
}

func median(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)/2]
}

// BenchmarkCheckUnchanged checks every exercise of the course when nothing has changed since the last check.
func BenchmarkCheckUnchanged(b *testing.B) {
	w := newWorkbookCopy(b)
	w.run(b, w.exe, "check", "--postgres=local")
	for b.Loop() {
		w.run(b, w.exe, "check", "--postgres=local")
	}
}
