package scaffold

import (
	"fmt"
	"strings"

	"workbook/checker/internal/course"
)

// A Derived part of a file stands between two marks, and is made anew from what it derives from.
type Derived struct {
	File  string // relative to the root, slash-separated
	begin string
	end   string
}

// The parts that `make gen` derives.
var (
	Exercises = Derived{"README.md", "<!-- exercises: derived by `make gen` -->", "<!-- end of exercises -->"}
	Kit       = Derived{".github/CONTRIBUTING.md", "<!-- kit: derived by `make gen` -->", "<!-- end of kit -->"}
)

// Replace returns the file's text with the part made anew.
func (d Derived) Replace(text, part string) (string, error) {
	before, rest, found := strings.Cut(text, d.begin)
	_, after, ended := strings.Cut(rest, d.end)
	if !found || !ended {
		return "", fmt.Errorf("%s: the marks around what is derived are missing: %s … %s", d.File, d.begin, d.end)
	}
	return before + d.begin + "\n\n" + part + "\n" + d.end + after, nil
}

// Table is the README's table of exercises.
func Table(c *course.Course) string {
	var b strings.Builder
	b.WriteString("| | exercise | minutes | difficulty |\n| --- | --- | --- | --- |\n")
	for _, s := range c.Steps {
		fmt.Fprintf(&b, "| **%d** | **[%s](lessons/%s/README.md)** | | |\n", s.Number, s.Title, s.Folder)
		for _, e := range s.Exercises {
			fmt.Fprintf(&b, "| %s | [%s](%s/README.md) | %d | %s |\n", e.Number, e.Title, e.Dir, e.Minutes, strings.Repeat("●", e.Difficulty)+strings.Repeat("○", 5-e.Difficulty))
		}
	}
	return b.String()
}
