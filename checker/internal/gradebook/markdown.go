package gradebook

import (
	"fmt"
	"strings"

	"workbook/checker/internal/class"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/render"
)

// Markdown is a page for the learner, or for a job's summary.
func Markdown(g *class.Graded) ([]byte, error) {
	var b strings.Builder
	t := g.Totals()
	fmt.Fprintf(&b, "# %s\n\n%d of %d exercises pass. Graded on %s.\n", cell(g.Learner), t.Passed, t.Of, g.Time.Format("2 January 2006, 15:04 UTC"))
	if lines := notable(g); len(lines) > 0 {
		b.WriteString("\n")
		for _, line := range lines {
			fmt.Fprintf(&b, "* %s\n", cell(line))
		}
	}
	b.WriteString("\n| | exercise | status | tests | why |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range g.Exercises {
		if r.Status == grade.NotStarted {
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Number, cell(r.Title), r.Status, score(r), cell(strings.Join(r.Reasons, "; ")))
	}
	if n := t.By[grade.NotStarted]; n > 0 {
		fmt.Fprintf(&b, "\nNot started: %d.\n", n)
	}
	return []byte(b.String()), nil
}

// cell makes a text fit into a cell: learners' programs wrote much of it, and it must stay text.
func cell(text string) string {
	text = render.Visible(strings.Join(strings.Fields(text), " "))
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`).Replace(text)
}
