// Package render writes a grade.Report for a reader: a person at a terminal, another program.
package render

import (
	"fmt"
	"io"
	"strings"

	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
)

// Options say what the reader can take.
type Options struct {
	Colour bool
	All    bool   // every failing test's story, not only the first
	Asked  bool   // the reader named the exercises: no overview, and no next step beyond them
	Next   string // identity of the exercise to turn to; "" when all are solved
}

// shown is how many lines of one story are printed before the log is pointed to.
const shown = 30

// Text writes the report for a person. Without colour it is plain and stable from run to run.
func Text(w io.Writer, report *grade.Report, opts Options) error {
	t := text{opts: opts, style: style{opts.Colour}}
	if len(report.Steps) > 0 && !opts.Asked {
		t.overview(report)
	}
	t.database(report)
	t.alone = len(report.Exercises) == 1
	for _, r := range report.Exercises {
		t.exercise(r)
	}
	for _, n := range report.Notes {
		t.line("%s %s", t.as(yellow, "note:"), n)
	}
	t.end(report)
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type text struct {
	strings.Builder
	style
	opts  Options
	alone bool // the report has one exercise
}

// line writes a line. Whatever is not printable is made so: much of a report comes from programs that learners wrote.
func (t *text) line(format string, args ...any) {
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = Visible(s)
		}
	}
	fmt.Fprintf(&t.Builder, format+"\n", args...)
}

func (t *text) overview(report *grade.Report) {
	t.line("%s", t.as(bold, "Backend Workbook"))
	t.line("")
	width := 0
	for _, s := range report.Steps {
		width = max(width, len(s.Title))
	}
	done, total := 0, 0
	for _, s := range report.Steps {
		done, total = done+s.Passing, total+s.Total
		count := printable(fmt.Sprintf("%2d of %d", s.Passing, s.Total))
		if s.Total == 0 {
			count = t.as(dim, " no exercises yet")
		}
		t.line("  %d  %-*s  %s %s", s.Number, width, s.Title, t.bar(s.Passing, s.Total, 10), count)
	}
	t.line("     %-*s  %s %2d of %d", width, "", t.bar(done, total, 10), done, total)
	t.line("")
}

func (t *text) database(report *grade.Report) {
	db := report.Database
	if db == nil {
		return
	}
	if db.Problem != "" {
		t.line("%s %s", t.as(red, "no database:"), db.Problem)
		t.line("")
		return
	}
	t.line("%s", t.as(dim, fmt.Sprintf("PostgreSQL %s (%s)", db.Version, db.Source)))
	for _, m := range db.Messages {
		t.line("%s", t.as(dim, "  "+m))
	}
	t.line("")
}

// word is how a status looks.
func (t *text) word(s grade.Status) printable {
	switch s {
	case grade.Passing:
		return t.as(green, "✓ passing")
	case grade.NotStarted:
		return t.as(cyan, "○ not started")
	case grade.Blocked:
		return t.as(yellow, "– blocked")
	case grade.Unchecked:
		return t.as(yellow, "? unchecked")
	case grade.Broken:
		return t.as(red, "✗ broken")
	}
	return t.as(red, "✗ "+string(s))
}

func (t *text) exercise(r *grade.Result) {
	score := ""
	if r.Required > 0 && r.Status != grade.Blocked {
		score = fmt.Sprintf("  %d of %d tests", r.Passed, r.Required)
	}
	variant := ""
	if r.Variant != "yours" {
		variant = "  [" + r.Variant + "]"
	}
	t.line("%s  %s %s%s%s", t.word(r.Status), r.Number, t.as(bold, r.Title), t.as(dim, score), variant)
	for _, n := range r.Notes {
		t.line("    %s", t.as(dim, n))
	}
	if r.Status == grade.Passing {
		return
	}
	t.why(r)
	t.stories(r)
	for i, m := range r.Mistakes {
		lead := "This looks like a known mistake, the belief that"
		if i > 0 {
			lead = "or like this one:"
		}
		t.line("")
		t.line("    %s", t.as(yellow, lead))
		t.line("      “%s”", strings.TrimSuffix(m.Belief, "."))
		if m.Hint > 0 {
			t.line("    Hint %d is about it: make hint EX=%s", m.Hint, r.Number)
		}
	}
	t.ways(r)
	t.line("")
}

// why prints the reasons of the verdict. Of a stub nobody has touched, the tests' own words say enough.
func (t *text) why(r *grade.Result) {
	if r.Status == grade.NotStarted {
		return
	}
	for _, reason := range r.Reasons {
		t.line("    %s", strings.ReplaceAll(reason, "\n", "\n    "))
	}
	if r.Build != "" {
		t.line("")
		t.line("%s", indent(relevant(r.Build), "      "))
	}
}

func (t *text) stories(r *grade.Result) {
	if r.Status == grade.Blocked || r.Status == grade.Unchecked {
		return
	}
	told := 0
	for _, test := range r.Tests {
		if test.Outcome == gotest.Passed || test.Output == "" && told > 0 {
			continue
		}
		told++
		if told == 1 || t.opts.All {
			t.line("")
			t.line("    %s %s", t.as(red, "✗"), t.as(bold, test.Name))
			t.line("%s", printable(indent(Story(test.Output), "      ")))
			continue
		}
		if told == 2 {
			t.line("")
			t.line("    %s", t.as(dim, "also:"))
		}
		t.line("      %s", t.as(dim, test.Name))
	}
}

func (t *text) ways(r *grade.Result) {
	if r.First != "" && t.alone {
		t.line("    or begin it all the same: what you have begun is always checked")
	} else if r.Status == grade.Blocked {
		return
	}
	t.line("")
	t.line("    %s   %s", t.as(dim, "read"), r.Exercise.Dir+"/README.md")
	t.line("    %s   %s", t.as(dim, "edit"), strings.Join(r.Edit, ", "))
	t.line("    %s  make check EX=%s", t.as(dim, "check"), r.Number)
	t.line("    %s   make hint EX=%s", t.as(dim, "hint"), r.Number)
	if r.Log != "" && r.Status != grade.Blocked {
		t.line("    %s   %s (everything the tests printed)", t.as(dim, "more"), r.Log)
	}
}

func (t *text) end(report *grade.Report) {
	if t.opts.Asked || len(report.Exercises) == 0 {
		return
	}
	if t.opts.Next == "" && allPassing(report) {
		t.line("Every exercise passes. Well done.")
	}
}

func allPassing(report *grade.Report) bool {
	for _, r := range report.Exercises {
		if r.Status != grade.Passing {
			return false
		}
	}
	return true
}

// relevant leaves the go command's headings (# package) out of a compiler's output.
func relevant(build string) string {
	var kept []string
	for line := range strings.Lines(build) {
		if !strings.HasPrefix(line, "# ") {
			kept = append(kept, strings.TrimRight(line, "\n"))
		}
	}
	return strings.Join(kept, "\n")
}
