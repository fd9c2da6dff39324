package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// terminal is a real one, 80 × 24, in which a shell runs.
type terminal struct {
	t      *testing.T
	socket string
}

// openTerminal starts tmux with a shell whose folder is dir.
func openTerminal(t *testing.T, dir string, env ...string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("tmux is not on the path: .ci/run installs it")
		}
		t.Skip("tmux is not on the path: install it to try the interface in a real terminal")
	}
	term := &terminal{t, filepath.Join(t.TempDir(), "tmux")}
	cmd := exec.Command("tmux", "-S", term.socket, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", dir, "bash", "--norc", "--noprofile")
	cmd.Env = append(os.Environ(), append(env, "PS1=ready$ ", "TERM=xterm-256color")...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(func() { term.tmux("kill-server") })
	term.shows("ready$")
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	require.NoError(term.t, err, string(out))
	return string(out)
}

func (term *terminal) keys(keys ...string) {
	term.t.Helper()
	term.tmux(append([]string{"send-keys"}, keys...)...)
}

func (term *terminal) line(text string) {
	term.t.Helper()
	term.tmux("send-keys", "-l", text)
	term.keys("Enter")
}

// shows waits until the screen has the text, and returns the screen.
func (term *terminal) shows(text string) string {
	term.t.Helper()
	screen := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if screen = term.tmux("capture-pane", "-p"); strings.Contains(screen, text) {
			return screen
		}
	}
	term.t.Fatalf("the screen does not come to show %q; it shows:\n%s", text, screen)
	return ""
}

// TestWatchInATerminal goes through the watching interface from the first key to the last.
func TestWatchInATerminal(t *testing.T) {
	root := filepath.Join(t.TempDir(), "wb")
	require.NoError(t, os.CopyFS(root, os.DirFS("testdata/course-good")))
	term := openTerminal(t, root, "WORKBOOK_CACHE_DIR="+filepath.Join(root, ".cache"))
	answer := filepath.Join(root, "exercises/01-basics/01-double-it/double.go")
	save := func(from string) {
		text, err := os.ReadFile(filepath.Join(root, from))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(answer+".tmp", text, 0o666))
		require.NoError(t, os.Rename(answer+".tmp", answer)) // as careful editors do
	}

	term.line("checker watch")
	screen := term.shows("not started")
	require.Contains(t, screen, "1.1  Double it")
	require.Contains(t, screen, "n next  h hint")
	save("solutions/01-basics/01-double-it/testdata/wrong/squares/double.go")
	screen = term.shows("failing")
	require.Contains(t, screen, "TestDouble/large")
	term.keys("h")
	term.shows("Hint 1 of 2")
	save("solutions/01-basics/01-double-it/double.go")
	term.shows("passing  ")
	term.shows("1 of 4")
	term.keys("l")
	require.Contains(t, term.shows("enter choose"), "> ✓ 1.1")
	term.keys("Down", "Enter")
	term.shows("1.2  Ask the server")
	term.keys("n")
	term.shows("2.1.1")
	term.keys("r")
	term.shows("Set this exercise back")
	term.keys("x")
	term.shows("Nothing was reset.")
	term.keys("q")
	// the terminal is as it was: what stood there before, and what is typed is seen
	require.Contains(t, term.shows("ready$ checker watch"), "ready$")
	term.line("echo status $?")
	term.shows("status 0")
}

// TestWatchIsKilled: whatever ends the interface, the terminal can be used afterwards.
func TestWatchIsKilled(t *testing.T) {
	root := filepath.Join(t.TempDir(), "wb")
	require.NoError(t, os.CopyFS(root, os.DirFS("testdata/course-good")))
	term := openTerminal(t, root, "WORKBOOK_CACHE_DIR="+filepath.Join(root, ".cache"), "NO_COLOR=1")
	for _, signal := range []string{"TERM", "INT", "HUP"} {
		term.line("clear; (echo $BASHPID >pid; exec checker watch)")
		term.shows("1.1  Double it")
		pid, err := os.ReadFile(filepath.Join(root, "pid"))
		require.NoError(t, err)
		out, err := exec.Command("kill", "-"+signal, strings.TrimSpace(string(pid))).CombinedOutput()
		require.NoError(t, err, string(out))
		term.shows("ready$")
		term.line("echo status $?, after " + signal) // seen as it is typed, and done
		term.shows("\nstatus 3, after " + signal)
	}
}
