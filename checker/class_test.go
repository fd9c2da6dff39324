package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/class"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/gradebook"
)

// generatedClass has a learner for each status that an exercise can have, one who has handed in nothing, one whom the roster
// does not know, and names that would be markup, or would give orders to a terminal.
func generatedClass() []class.Row {
	exercises := []struct{ number, id, title string }{
		{"1.1", "a/first", "First"}, {"1.2", "a/second", `Second "quoted" <img src=x onerror=alert(1)>`}, {"3.9", "c/ninth", "Ninth"}, {"3.10", "c/tenth", "Tenth"},
	}
	began := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ended := began.Add(3 * 24 * time.Hour)
	var roster []class.Member
	var all []*class.Graded
	add := func(name string, statuses ...grade.Status) *class.Graded {
		g := &class.Graded{Version: 1, Learner: strings.ToLower(name), Time: began.Add(time.Duration(len(all)) * time.Minute)}
		for i, e := range exercises {
			r := &grade.Result{ID: e.id, Number: e.number, Title: e.title, Status: statuses[i%len(statuses)], Required: 4}
			switch r.Status {
			case grade.Passing:
				r.Passed = 4
				r.Tests = []grade.Test{{Name: "TestA/one", Outcome: gotest.Passed}}
			case grade.Failing:
				r.Passed = i
				r.Tests = []grade.Test{{Name: "TestA/one", Outcome: gotest.Failed}}
				r.Mistakes = []grade.Mistake{{Name: "m", Belief: "Two and two is five."}}
			case grade.Unchecked:
				r.Reasons = []string{"there is no database"}
			}
			g.Exercises = append(g.Exercises, r)
		}
		all = append(all, g)
		return g
	}
	add("Ada", grade.Passing)
	add("Bob", grade.Failing).Met = []class.Met{{Exercise: "a/first", Name: "m", Belief: "Two and two is five.", Times: 5, First: began}}
	add("Cleo", grade.Passing, grade.Failing).Met = []class.Met{{Exercise: "a/first", Name: "m", Belief: "Two and two is five.", Times: 2, First: began, Ended: &ended}}
	add("Dan", grade.Broken, grade.NotStarted)
	add("Eve", grade.Unchecked, grade.Passing)
	add("Finn", grade.NotStarted)
	add("Gil", grade.Passing, grade.Blocked)
	liar := add("Hal", grade.Failing)
	liar.Exercises[0].Suspect, liar.Exercises[0].Reasons = true, []string{"the run ended early"}
	for i, g := range all {
		roster = append(roster, class.Member{Learner: g.Learner, Name: strings.ToUpper(g.Learner[:1]) + g.Learner[1:], ID: fmt.Sprint(i), Section: []string{"morning", "evening"}[i%2]})
	}
	roster = append(roster, class.Member{Learner: "ida", Name: "Ida <script>alert(1)</script>\x1b[31m\u202e", Section: "evening"})
	add("stranger", grade.Passing, grade.NotStarted)
	return class.Join(roster, all)
}

// TestClassInABrowser sorts and filters the page of a class with the keyboard alone, and reads what is left.
func TestClassInABrowser(t *testing.T) {
	text, err := gradebook.Page(generatedClass())
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "class.html")
	require.NoError(t, os.WriteFile(file, text, 0o666))

	ctx := openBrowser(t)
	var complaints, fetched []string
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Error())
		case *network.EventRequestWillBeSent:
			fetched = append(fetched, e.Request.URL)
		}
	})
	address := (&url.URL{Scheme: "file", Path: file}).String()
	run := func(actions ...chromedp.Action) {
		t.Helper()
		require.NoError(t, chromedp.Run(ctx, actions...))
	}
	learners := func() []string {
		t.Helper()
		var names []string
		run(chromedp.Evaluate(`[...document.querySelectorAll("#standing tbody tr:not([hidden]) th")].map(h => h.innerText.split(" ")[0])`, &names))
		return names
	}
	told := func() string {
		t.Helper()
		var words string
		run(chromedp.Text("#told", &words, chromedp.ByQuery))
		return words
	}
	focus := func(name string) chromedp.Action { return chromedp.Focus(`[name="`+name+`"]`, chromedp.ByQuery) }
	// choose walks to an option with the keys: Home, then down.
	choose := func(name, option string) {
		t.Helper()
		var at int
		run(focus(name), chromedp.Evaluate(fmt.Sprintf(`[...document.querySelector('[name="%s"]').options].findIndex(o => o.text.startsWith("%s"))`, name, option), &at))
		require.GreaterOrEqual(t, at, 0, "no option %s in %s", option, name)
		run(chromedp.KeyEvent(kb.Home))
		for range at {
			run(chromedp.KeyEvent(kb.ArrowDown))
		}
	}

	var shown string
	run(log.Enable(), network.Enable(), chromedp.Navigate(address), chromedp.Text("main", &shown, chromedp.ByQuery))
	require.Equal(t, []string{"Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gil", "Hal", "Ida", "stranger"}, learners(), "in the order of the roster")
	require.Equal(t, "10 of 10 learners shown", told())
	for _, words := range []string{"ida (Ida <script>alert(1)</script>‹ESC›", "has handed in nothing", "finn (Finn) has handed in the start of every exercise",
		"stranger has handed in, and is not in the roster", "Two and two is five.", "2 checks", "3 days", "a/first is unchecked: there is no database", "the run ended early"} {
		require.Contains(t, shown, words)
	}

	// filters, by typing and by the arrow keys
	run(focus("text"), chromedp.KeyEvent("ha"))
	require.Equal(t, []string{"Hal"}, learners())
	require.Equal(t, "1 of 10 learners shown", told())
	run(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(kb.Backspace))
	choose("section", "evening")
	require.Equal(t, []string{"Bob", "Dan", "Finn", "Hal", "Ida"}, learners())
	choose("section", "all")
	choose("status", "unchecked")
	require.Equal(t, []string{"Eve"}, learners(), "what could not be checked can be found")
	choose("status", "suspect")
	require.Equal(t, []string{"Hal"}, learners())
	choose("exercise", "3.10")
	choose("status", "failing")
	require.Equal(t, []string{"Bob", "Cleo", "Hal"}, learners(), "those who fail 3.10")
	run(chromedp.Focus(`button[type="reset"]`, chromedp.ByQuery), chromedp.KeyEvent(kb.Enter),
		chromedp.Poll(`document.querySelector("#told").textContent.startsWith("10 ")`, nil))
	require.Len(t, learners(), 10)

	// the columns of one step
	var columns []string
	choose("step", "3")
	run(chromedp.Evaluate(`[...document.querySelectorAll("#standing thead th:not([hidden])")].map(h => h.innerText)`, &columns))
	require.Equal(t, []string{"Learner", "Section", "Passing", "Score", "3.9", "3.10"}, columns, "3.10 comes after 3.9")

	// sorting: what is not known comes last, up as well as down
	run(chromedp.Focus(`th[data-sort="passed"] button`, chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
	up := learners()
	require.Equal(t, "Ida", up[9])
	var sorted string
	run(chromedp.KeyEvent(kb.Enter), chromedp.AttributeValue(`th[data-sort="passed"]`, "aria-sort", &sorted, nil, chromedp.ByQuery))
	down := learners()
	require.Equal(t, "descending", sorted)
	require.Equal(t, []string{"Ada", "Ida"}, []string{down[0], down[9]})
	choose("sort", "1.1")
	choose("order", "up")
	require.Equal(t, []string{"Eve", "Ida"}, learners()[8:], "unchecked is neither good nor bad")

	// without any colour, in the dark, on a phone, and read aloud
	var width, screen, wordless, skipped, unnamed, alerts int
	run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}),
		chromedp.EmulateViewport(360, 640),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &width), chromedp.Evaluate(`document.documentElement.clientWidth`, &screen),
		chromedp.Evaluate(`[...document.querySelectorAll("svg")].filter(s => !s.getAttribute("aria-label")).length`, &wordless),
		chromedp.Evaluate(`[...document.querySelectorAll("h1, h2, h3")].filter((h, i, all) => i > 0 && h.tagName[1] > Number(all[i - 1].tagName[1]) + 1).length`, &skipped),
		chromedp.Evaluate(`[...document.querySelectorAll("td[data-status]")].filter(c => !c.innerText.trim()).length`, &unnamed),
		chromedp.Evaluate(`document.querySelectorAll("main script, main img").length`, &alerts))
	require.LessOrEqual(t, width, screen+1, "nothing is cut off on a phone")
	require.Zero(t, wordless, "every picture has words")
	require.Zero(t, skipped, "no level of the headings is left out")
	require.Zero(t, unnamed, "every cell says in words what it shows")
	require.Zero(t, alerts, "no name becomes markup")
	require.Empty(t, complaints, "the browser complains of nothing")
	require.Equal(t, []string{address}, fetched, "nothing but the page itself is fetched")
}

// TestClassWithoutItsScript shows everybody, where no script runs.
func TestClassWithoutItsScript(t *testing.T) {
	text, err := gradebook.Page(generatedClass())
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "class.html")
	require.NoError(t, os.WriteFile(file, text, 0o666))
	ctx := openBrowser(t)
	var rows int
	var form bool
	require.NoError(t, chromedp.Run(ctx,
		chromedp.ActionFunc(func(ctx context.Context) error { return emulation.SetScriptExecutionDisabled(true).Do(ctx) }),
		chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String()),
		chromedp.ActionFunc(func(ctx context.Context) error { return emulation.SetScriptExecutionDisabled(false).Do(ctx) }),
		chromedp.Evaluate(`document.querySelectorAll("#standing tbody tr:not([hidden])").length`, &rows),
		chromedp.Evaluate(`document.querySelector("#choose").hidden`, &form),
	))
	require.Equal(t, 10, rows)
	require.True(t, form, "no controls that do nothing")
}
