package render

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Version is one of two sets of files that are compared.
type Version struct {
	Name  string            // "yours"
	Files map[string]string // text by path
}

// Changes writes a unified difference of all files that differ, and reports whether there are any. A file that one side
// does not have counts as empty there.
func Changes(w io.Writer, before, after Version, colour bool) (changed bool, err error) {
	s := style{colour}
	out := bufio.NewWriter(w)
	for _, name := range Paths(before, after) {
		text := diff.Diff(before.Name+"/"+name, []byte(before.Files[name]), after.Name+"/"+name, []byte(after.Files[name]))
		if text == nil {
			continue
		}
		changed = true
		for line := range strings.Lines(string(text)) {
			fmt.Fprintln(out, s.change(strings.TrimSuffix(line, "\n")))
		}
	}
	return changed, out.Flush()
}

// Paths lists the files of all versions, in the order of their names.
func Paths(versions ...Version) []string {
	all := map[string]bool{}
	for _, v := range versions {
		for name := range v.Files {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// change marks up one line of a unified difference.
func (s style) change(line string) printable {
	switch {
	case strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		return s.as(bold, line)
	case strings.HasPrefix(line, "@@"):
		return s.as(cyan, line)
	case strings.HasPrefix(line, "-"):
		return s.as(red, line)
	case strings.HasPrefix(line, "+"):
		return s.as(green, line)
	}
	return printable(Visible(line))
}
