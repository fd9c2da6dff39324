package course

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a file of the course.
type Problem struct {
	File string // relative to the root
	Line int    // from 1; 0 when the problem is not in a line
	Text string // what is wrong, then the way out
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Problems is the error of Load: all that is wrong, in the order of the files.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
