package markdown

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

var (
	from       = regexp.MustCompile(`^<!-- from: (\S+) -->$`)
	mark       = regexp.MustCompile(`^\s*(?://|--|#) snippet: (\S+)$`)
	endMark    = regexp.MustCompile(`^\s*(?://|--|#) end snippet\b`)
	sourceOnly = []string{"go", "sql"} // languages whose blocks must have a source
)

// Fill returns the page's text with each snippet copied anew. A block of Go or SQL that comes from no file, and a snippet
// that is not there, are problems; their blocks stay as they are.
func (p Page) Fill() (string, []Problem) {
	f := filler{page: p, lines: strings.Split(p.Text, "\n")}
	for f.next < len(f.lines) {
		f.step()
	}
	return strings.Join(f.out, "\n"), f.problems
}

type filler struct {
	page     Page
	lines    []string
	next     int // index of the line to look at
	out      []string
	problems []Problem
}

func (f *filler) problem(line int, format string, args ...any) {
	f.problems = append(f.problems, Problem{f.page.File, line + 1, fmt.Sprintf(format, args...)})
}

// step copies one line, one fenced block, or one snippet.
func (f *filler) step() {
	at, line := f.next, f.lines[f.next]
	if m := from.FindStringSubmatch(line); m != nil {
		f.out = append(f.out, line)
		f.next++
		if f.next == len(f.lines) || !strings.HasPrefix(f.lines[f.next], "```") {
			f.problem(at, "no block follows the comment that says where it comes from")
			return
		}
		snippet, err := f.page.snippet(m[1])
		if err != nil {
			f.problem(at, "%v", err)
		}
		f.block(snippet)
		return
	}
	if language, ok := strings.CutPrefix(line, "```"); ok {
		if slices.Contains(sourceOnly, language) {
			f.problem(at, "this block of %s comes from no file: put `<!-- from: FILE#NAME -->` above it", language)
		}
		f.block(nil)
		return
	}
	f.out = append(f.out, line)
	f.next++
}

// block copies the fenced block that begins here, with other lines inside when some are given.
func (f *filler) block(inside []string) {
	end := f.next + 1
	for end < len(f.lines) && !strings.HasPrefix(f.lines[end], "```") {
		end++
	}
	if end == len(f.lines) {
		f.problem(f.next, "the block has no end")
		f.out = append(f.out, f.lines[f.next:]...)
		f.next = end
		return
	}
	if inside == nil {
		inside = f.lines[f.next+1 : end]
	}
	f.out = append(f.out, f.lines[f.next])
	f.out = append(f.out, inside...)
	f.out = append(f.out, f.lines[end])
	f.next = end + 1
}

// snippet reads FILE, or the part NAME of FILE#NAME, without the indentation that all its lines share.
func (p Page) snippet(source string) ([]string, error) {
	file, name, part := strings.Cut(source, "#")
	text, err := os.ReadFile(p.beside(file))
	if err != nil {
		return nil, fmt.Errorf("there is no file %s beside the page", file)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if part {
		if lines, err = cutOut(lines, file, name); err != nil {
			return nil, err
		}
	}
	lines = outdent(lines)
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s is empty", source)
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "```") {
			return nil, fmt.Errorf("%s has a line that would end the block: %s", source, line)
		}
	}
	return lines, nil
}

// cutOut returns the lines between the marks of that name.
func cutOut(lines []string, file, name string) ([]string, error) {
	isMark := func(line string) bool { m := mark.FindStringSubmatch(line); return m != nil && m[1] == name }
	begin := slices.IndexFunc(lines, isMark)
	if begin < 0 {
		return nil, fmt.Errorf("%s has no line `snippet: %s`", file, name)
	}
	rest := lines[begin+1:]
	if slices.ContainsFunc(rest, isMark) {
		return nil, fmt.Errorf("%s has two snippets %s", file, name)
	}
	end := slices.IndexFunc(rest, endMark.MatchString)
	if end < 0 {
		return nil, fmt.Errorf("the snippet %s in %s has no line `end snippet`", name, file)
	}
	if i := slices.IndexFunc(rest[:end], mark.MatchString); i >= 0 {
		return nil, fmt.Errorf("the snippet %s in %s has no line `end snippet` before the next one begins", name, file)
	}
	return rest[:end], nil
}

// outdent takes away the white space that all lines begin with, and the empty lines at both ends.
func outdent(lines []string) []string {
	blank := func(line string) bool { return strings.TrimSpace(line) == "" }
	for len(lines) > 0 && blank(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	shared := ""
	for i, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		switch {
		case blank(line):
		case i == 0:
			shared = indent
		default:
			for !strings.HasPrefix(indent, shared) {
				shared = shared[:len(shared)-1]
			}
		}
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.TrimRight(strings.TrimPrefix(line, shared), " \t")
	}
	return out
}
