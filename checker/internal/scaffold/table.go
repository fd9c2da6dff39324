package scaffold

import (
	"errors"
	"fmt"
	"strings"

	"workbook/checker/internal/course"
)

const (
	tableBegin = "<!-- exercises: derived by `make gen` -->"
	tableEnd   = "<!-- end of exercises -->"
)

// Table returns the README's text with its table of exercises made anew.
func Table(c *course.Course, readme string) (string, error) {
	before, rest, found := strings.Cut(readme, tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		return "", errors.New("README.md: the marks around the table of exercises are missing: " + tableBegin + " … " + tableEnd)
	}
	var b strings.Builder
	b.WriteString("\n\n| | exercise | minutes | difficulty |\n| --- | --- | --- | --- |\n")
	for _, s := range c.Steps {
		fmt.Fprintf(&b, "| **%d** | **[%s](lessons/%s/README.md)** | | |\n", s.Number, s.Title, s.Folder)
		for _, e := range s.Exercises {
			fmt.Fprintf(&b, "| %s | [%s](%s/README.md) | %d | %s |\n", e.Number, e.Title, e.Dir, e.Minutes, strings.Repeat("●", e.Difficulty)+strings.Repeat("○", 5-e.Difficulty))
		}
	}
	b.WriteString("\n")
	return before + tableBegin + b.String() + tableEnd + after, nil
}
