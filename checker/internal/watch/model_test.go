package watch

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/require"
)

// fakeDesk has two exercises, and says what it was asked.
type fakeDesk struct {
	dir     string
	current string
	asked   []string
	verdict Verdict
	err     error
	fails   error // of everything but Check
	ctx     context.Context
}

func (d *fakeDesk) Current() (Exercise, bool) {
	if d.current == "" {
		return Exercise{}, false
	}
	return Exercise{ID: d.current, Number: "1." + d.current, Title: "Exercise " + d.current, Dir: d.dir}, true
}
func (d *fakeDesk) Choose(id string) error {
	d.asked = append(d.asked, "choose "+id)
	d.current = id
	return d.fails
}
func (d *fakeDesk) Next() (string, bool) {
	return map[string]string{"1": "2", "2": "1"}[d.current], d.current != "" && d.fails == nil
}
func (d *fakeDesk) List() ([]Line, error) {
	var lines []Line
	for i := range 40 {
		lines = append(lines, Line{fmt.Sprint(i + 1), fmt.Sprintf("○ 1.%d", i+1)})
	}
	return lines, d.fails
}
func (d *fakeDesk) Hint(int) (string, error) {
	d.asked = append(d.asked, "hint")
	return "Look at the second line.", d.fails
}
func (d *fakeDesk) Lesson(int) (string, error) { return "Once upon a time.", d.fails }
func (d *fakeDesk) Reset() (string, error) {
	d.asked = append(d.asked, "reset")
	return "kept in backups", d.fails
}
func (d *fakeDesk) Progress() (int, int) { return 3, 40 }
func (d *fakeDesk) Check(ctx context.Context, all bool, said func(string)) (Verdict, error) {
	d.asked = append(d.asked, fmt.Sprintf("check all=%v", all))
	d.ctx = ctx
	said("starting a server")
	return d.verdict, d.err
}

func begun(t *testing.T) (*model, *fakeDesk) {
	t.Helper()
	d := &fakeDesk{dir: t.TempDir(), current: "1", verdict: Verdict{Summary: "failing  1 of 3", Short: "a story", Full: "a story\nand another"}}
	m := newModel(t.Context(), d, true)
	m.send = func(msg tea.Msg) {
		if said, ok := msg.(saidMsg); ok {
			m.Update(said)
		}
	}
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	finish(m, m.start(false))
	return m, d
}

// finish runs a command to its end and hands its message in.
func finish(m *model, cmd tea.Cmd) {
	if cmd != nil {
		m.Update(cmd())
	}
}

func press(m *model, keys ...string) (last tea.Cmd) {
	named := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp, "end": tea.KeyEnd, "pgdown": tea.KeyPgDown}
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: named[k]}
		if msg.Code == 0 {
			msg = tea.KeyPressMsg{Code: rune(k[0]), Text: k}
		}
		_, last = m.Update(msg)
	}
	return last
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func screen(m *model) string { return escapes.ReplaceAllString(m.View().Content, "") }

func TestScreenFits(t *testing.T) {
	m, _ := begun(t)
	for _, size := range [][2]int{{80, 24}, {40, 10}, {200, 60}, {20, 7}, {1, 1}} {
		m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		for _, keys := range [][]string{{"esc"}, {"h"}, {"l"}, {"r", "n"}, {"v"}} {
			press(m, keys...)
			lines := strings.Split(screen(m), "\n")
			require.LessOrEqual(t, len(lines), max(size[1], above+below+1), "%v %v", size, keys)
			for _, line := range lines {
				require.LessOrEqual(t, len([]rune(strings.TrimRight(line, " "))), max(size[0], 1), "%v %v: %q", size, keys, line)
			}
			press(m, "esc")
		}
	}
}

func TestVerdict(t *testing.T) {
	m, d := begun(t)
	require.Contains(t, screen(m), "1.1  Exercise 1")
	require.Contains(t, screen(m), "3 of 40")
	require.Contains(t, screen(m), "failing  1 of 3")
	require.Contains(t, screen(m), "a story")
	require.NotContains(t, screen(m), "and another")
	press(m, "v")
	require.Contains(t, screen(m), "and another")

	d.verdict, d.err = Verdict{}, errors.New("no server")
	finish(m, press(m, "c"))
	require.Contains(t, screen(m), "could not check")
	require.Contains(t, screen(m), "no server")
}

func TestSavesDuringACheck(t *testing.T) {
	m, d := begun(t)
	_, first := m.Update(savedMsg{d.dir})
	require.Contains(t, screen(m), "Checking")
	old := first()
	require.NoError(t, d.ctx.Err())
	_, second := m.Update(savedMsg{d.dir})
	require.Error(t, d.ctx.Err(), "a save ends the check that is running")
	m.Update(old)
	require.Contains(t, screen(m), "Checking", "the verdict of the older save does not count")
	d.verdict = Verdict{Passing: true, Summary: "passing"}
	finish(m, second)
	require.Contains(t, screen(m), "passing")

	_, cmd := m.Update(savedMsg{"somewhere else"})
	require.Nil(t, cmd)
}

func TestKeys(t *testing.T) {
	m, d := begun(t)
	press(m, "h")
	require.Contains(t, screen(m), "Look at the second line.")
	press(m, "o")
	require.Contains(t, screen(m), "Once upon a time.")
	press(m, "esc")
	require.Contains(t, screen(m), "a story")

	press(m, "n")
	require.Contains(t, screen(m), "1.2  Exercise 2")
	finish(m, press(m, "a"))
	require.Contains(t, d.asked, "check all=true")

	d.asked = nil
	press(m, "r")
	require.Contains(t, screen(m), "Set this exercise back to its start?")
	press(m, "x")
	require.NotContains(t, d.asked, "reset")
	press(m, "r", "y")
	require.Contains(t, d.asked, "reset")
	require.Contains(t, screen(m), "kept in backups")

	quit := press(m, "q")
	require.Equal(t, tea.QuitMsg{}, quit())
	require.Error(t, d.ctx.Err(), "leaving ends the check that is running")
}

func TestList(t *testing.T) {
	m, d := begun(t)
	press(m, "l")
	require.Contains(t, screen(m), "> ○ 1.1")
	press(m, "end")
	require.Contains(t, screen(m), "> ○ 1.40", "the chosen line is in sight")
	press(m, "up", "up")
	press(m, "enter")
	require.Equal(t, "38", d.current)
	require.Contains(t, screen(m), "1.38  Exercise 38")
}

func TestEverythingPasses(t *testing.T) {
	m, d := begun(t)
	d.current = ""
	m.begin()
	require.Contains(t, screen(m), "Every exercise passes")
	press(m, "h")
	require.NotContains(t, d.asked, "hint")
	press(m, "n")
	require.Contains(t, screen(m), "no other exercise")
}

func TestFailuresAreSaid(t *testing.T) {
	m, d := begun(t)
	d.fails = errors.New("the record cannot be read")
	for _, key := range []string{"h", "o", "l"} {
		m.notice = ""
		press(m, key)
		require.Contains(t, screen(m), "the record cannot be read", key)
		require.Contains(t, screen(m), "a story", key)
	}
	press(m, "r", "y")
	require.Contains(t, screen(m), "the record cannot be read")
	m.Update(watchFailedMsg{errors.New("watch x: too many files")})
	require.Contains(t, screen(m), "too many files: press c to check")
}

func TestCounts(t *testing.T) {
	for name, counted := range map[string]bool{
		"a/x.go": true, "a/script.sh": true, "a/ci.yml": true, "a/schema.sql": true,
		"a/.x.go.swp": false, "a/x.go~": false, "a/4913": false, "a/#x.go#": false, "a/x.go.bak": false, "a/.git": false, "a/x.go.tmp": false,
	} {
		require.Equal(t, counted, counts(name), name)
	}
}
