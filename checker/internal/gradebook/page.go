package gradebook

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"workbook/checker/internal/class"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/render"
)

//go:embed page.html
var pageText string

//go:embed page.js
var script string

// shown is how many rows of a ranking stand open; the others are folded away.
const shown = 20

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"clean":  render.Visible,
	"day":    func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
	"lasted": lasted,
	"number": number,
	"plural": plural,
	"join":   names,
}).Parse(pageText))

// Page is a class as one page of HTML that fetches nothing. Its script sorts and filters, and is the only one that the
// page's policy lets run.
func Page(rows []class.Row) ([]byte, error) {
	var b bytes.Buffer
	if err := page.Execute(&b, newPage(class.Survey(rows))); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), nil
}

// pageData is what the page shows.
type pageData struct {
	*class.Overview
	Script   template.JS
	Policy   string
	Steps    []pageStep
	Sections []string
	Statuses []string
	Learners []pageLearner
	Blocks   ranking[class.Blocking]
	Beliefs  ranking[class.Beliefs]
}

type pageStep struct {
	Number  string
	Columns []pageColumn
}

type pageColumn struct {
	class.Column
	Bars []bar
}

// bar is a part of an exercise's bar: from X to X+Width of 100.
type bar struct {
	Class    string
	X, Width float64
}

type pageLearner struct {
	class.Row
	Key     string // the row's mark in the page
	Totals  class.Totals
	Cells   []standing
	Notable []string
}

// standing is how a learner stands in an exercise.
type standing struct {
	Column int // index of the exercise
	Status string
	Mark   string // a short text
	Words  string // what it means
	Rank   string // to sort by: the better the higher; empty when nothing is known
	Step   string
}

// ranking is a list of which the first rows stand open.
type ranking[T any] struct{ First, Rest []T }

func rank[T any](all []T) ranking[T] {
	n := min(shown, len(all))
	return ranking[T]{all[:n], all[n:]}
}

// What stands in a cell of somebody who has handed in nothing, or of an exercise that was not graded.
const nothing = "nothing handed in"

// suspicious is the word for an answer that did what no answer does that is meant well.
const suspicious = "suspect"

func newPage(o *class.Overview) pageData {
	sum := sha256.Sum256([]byte(script))
	p := pageData{
		Overview: o, Script: template.JS(script), //nolint:gosec // our own file, embedded
		Policy: "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		Blocks: rank(o.Blocking), Beliefs: rank(o.Mistakes),
	}
	present := map[string]bool{}
	for _, c := range o.Exercises {
		if n := len(p.Steps); n == 0 || p.Steps[n-1].Number != c.Step() {
			p.Steps = append(p.Steps, pageStep{Number: c.Step()})
		}
		step := &p.Steps[len(p.Steps)-1]
		step.Columns = append(step.Columns, pageColumn{c, bars(c, len(o.Rows))})
	}
	for i, row := range o.Rows {
		l := pageLearner{Row: row, Key: fmt.Sprintf("learner-%d", i)}
		results := map[string]*grade.Result{}
		if row.Graded != nil {
			l.Totals, l.Notable = row.Graded.Totals(), notable(row.Graded)
			for _, r := range row.Graded.Exercises {
				results[r.ID] = r
			}
		}
		for i, c := range o.Exercises {
			made := standingOf(results[c.ID])
			made.Column, made.Step = i, c.Step()
			present[made.Status] = true
			l.Cells = append(l.Cells, made)
		}
		if row.Section != "" && !slices.Contains(p.Sections, row.Section) {
			p.Sections = append(p.Sections, row.Section)
		}
		p.Learners = append(p.Learners, l)
	}
	slices.Sort(p.Sections)
	for _, s := range []string{string(grade.Passing), string(grade.Failing), string(grade.Broken), string(grade.NotStarted), string(grade.Blocked), string(grade.Unchecked), suspicious, nothing} {
		if present[s] {
			p.Statuses = append(p.Statuses, s)
		}
	}
	return p
}

// standingOf is the standing of a result; of none when nothing was handed in.
func standingOf(r *grade.Result) standing {
	if r == nil {
		return standing{Status: nothing, Mark: "", Words: nothing}
	}
	c := standing{Status: string(r.Status), Words: string(r.Status)}
	switch r.Status {
	case grade.Passing:
		c.Mark, c.Rank = "✓", "5"
	case grade.Failing:
		c.Mark, c.Rank = fmt.Sprintf("%d/%d", r.Passed, r.Required), fmt.Sprintf("%.4f", 2+2*class.Share(r))
		c.Words += ", " + score(r)
	case grade.Broken:
		c.Mark, c.Rank = "✗", "1"
	case grade.NotStarted:
		c.Mark, c.Rank = "·", "0"
	case grade.Blocked:
		c.Mark, c.Rank = "–", "0"
	case grade.Unchecked:
		c.Mark = "?"
	}
	if len(r.Reasons) > 0 && r.Status != grade.Passing {
		c.Words += ": " + r.Reasons[0]
	}
	if r.Suspect {
		c.Status, c.Mark, c.Rank = suspicious, "!", "1.5"
	}
	return c
}

// bars divides 100 among those who stand somewhere in an exercise.
func bars(c class.Column, learners int) []bar {
	var all []bar
	x := 0.0
	for _, s := range []grade.Status{grade.Passing, grade.Failing, grade.Broken, grade.Unchecked, grade.Blocked, grade.NotStarted} {
		if n := c.By[s]; n > 0 {
			width := 100 * float64(n) / float64(max(1, learners))
			all = append(all, bar{strings.ReplaceAll(string(s), " ", "-"), x, width})
			x += width
		}
	}
	return all
}

// Words says in words what an exercise's bar shows.
func (c pageColumn) Words() string {
	var parts []string
	for _, s := range []grade.Status{grade.Passing, grade.Failing, grade.Broken, grade.Unchecked, grade.Blocked, grade.NotStarted} {
		if n := c.By[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if c.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d handed in nothing", c.Missing))
	}
	return strings.Join(parts, ", ")
}

// Class is the name of a status in the page's style.
func (s standing) Class() string { return strings.ReplaceAll(s.Status, " ", "-") }

// Short is what the learner is called in the page.
func (l pageLearner) Short() string {
	if l.Name != "" {
		return l.Name
	}
	return l.Learner
}

// lasted is a span of time as one says it.
func lasted(d time.Duration) string {
	switch {
	case d <= 0:
		return none
	case d < time.Minute:
		return "under a minute"
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Hours()/24), "day")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// names lists learners; of many the first ones.
func names(all []string) string {
	const most = 12
	var seen []string
	for _, n := range all[:min(most, len(all))] {
		seen = append(seen, render.Visible(n))
	}
	text := strings.Join(seen, ", ")
	if rest := len(all) - most; rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}
