// Package gradebook writes what grading has found: for people, and in the formats that other programs read.
package gradebook

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"workbook/checker/internal/class"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/render"
)

// Format is one way to write the result of one learner.
type Format struct {
	Ending string // of the file, after the learner's name
	Write  func(*class.Graded) ([]byte, error)
}

// Formats are the ways that there are, by name.
var Formats = map[string]Format{
	"json":        {".json", JSON},
	"junit":       {".junit.xml", JUnit},
	"gradescope":  {".gradescope.json", Gradescope},
	"classroom50": {".classroom50.json", Classroom50},
	"markdown":    {".md", Markdown},
}

// Text is a table of the class for the terminal, and below it all that needs an instructor's eye.
func Text(w io.Writer, all []*class.Graded) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "learner\tpassing\tof\tscore\tdetails")
	for _, g := range all {
		t := g.Totals()
		fmt.Fprintf(table, "%s\t%d\t%d\t%.2f\t%s\n", render.Visible(g.Learner), t.Passed, t.Of, t.Earned, t)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	for _, g := range all {
		for _, line := range notable(g) {
			if _, err := fmt.Fprintf(w, "! %s: %s\n", render.Visible(g.Learner), render.Visible(line)); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
		}
	}
	return nil
}

// ClassText is the table of a class with its roster, and below it who is missing or unknown.
func ClassText(rows []class.Row) []byte {
	var all []*class.Graded
	var lines []string
	for _, row := range rows {
		switch name := render.Visible(row.Learner); {
		case row.Graded == nil:
			lines = append(lines, fmt.Sprintf("! %s (%s) has handed in nothing", name, render.Visible(row.Name)))
		case row.Unknown:
			lines = append(lines, fmt.Sprintf("! %s is not in the roster", name))
		}
		if row.Graded != nil {
			all = append(all, row.Graded)
		}
	}
	var b bytes.Buffer
	_ = Text(&b, all) // a buffer refuses nothing
	for _, line := range lines {
		fmt.Fprintln(&b, line)
	}
	return b.Bytes()
}

// notable is what an instructor should see of a learner beside the score, a line each.
func notable(g *class.Graded) []string {
	var lines []string
	if g.Problem != "" {
		return []string{"nothing could be graded: " + g.Problem}
	}
	lines = append(lines, prefixed("left out: ", g.Refused)...)
	for _, r := range g.Exercises {
		switch {
		case r.Status == grade.Unchecked:
			lines = append(lines, fmt.Sprintf("%s is unchecked: %s", r.ID, strings.Join(r.Reasons, "; ")))
		case r.Suspect:
			lines = append(lines, fmt.Sprintf("%s: %s", r.ID, r.Reasons[0]))
		}
	}
	for _, d := range g.Differences {
		lines = append(lines, difference(d))
	}
	return append(lines, prefixed("its record: ", g.Record)...)
}

func prefixed(prefix string, lines []string) []string {
	var all []string
	for _, l := range lines {
		all = append(all, prefix+l)
	}
	return all
}

func difference(d class.Difference) string {
	line := fmt.Sprintf("%s is %s in its own record, and %s by the tests", d.Exercise, d.Claimed, d.Graded)
	if d.Why != "" {
		line += ": " + d.Why
	}
	return line
}

// none stands where there is no number.
const none = "–"

// score is the part of an exercise that passes, in words: "5 of 7 tests".
func score(r *grade.Result) string {
	if r.Required == 0 {
		return none
	}
	return fmt.Sprintf("%d of %d tests", r.Passed, r.Required)
}

// failed reports whether a test did not pass.
func failed(t grade.Test) bool { return t.Outcome != gotest.Passed }
