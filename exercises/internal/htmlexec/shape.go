package htmlexec

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Shape returns what a page consists of, apart from its texts: a line for each
// element with the names of its attributes, sorted, indented by two spaces for
// each element around it; below a <script> its program without the content of
// strings; below an <iframe srcdoc> the shape of its document, unless a sandbox
// keeps scripts from it. Of attribute
// values, only src of a script and programs in on… attributes are part of it.
// It is nil for a page that cannot be parsed.
func Shape(page string) []string {
	root, err := parse(page)
	if err != nil {
		return nil
	}
	var lines []string
	shape(&lines, root, "")
	return lines
}

func shape(lines *[]string, n *html.Node, indent string) {
	for c := range n.ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		*lines = append(*lines, indent+tag(c))
		inner := indent + "  "
		if isScript := c.Data == "script" && scriptType(c) != ""; isScript && content(c) != "" {
			*lines = append(*lines, inner+"program "+visible(program(content(c)), 1<<20))
		}
		if srcdoc, ok := attribute(c, "srcdoc"); ok && isHTML(c, "iframe") && !scriptless(c) {
			for _, line := range Shape(srcdoc) {
				*lines = append(*lines, inner+line)
			}
		}
		shape(lines, c, inner)
	}
}

// tag returns an element as a tag without values.
func tag(n *html.Node) string {
	var names []string
	file, _ := source(n)
	for _, a := range n.Attr {
		key := name(a)
		switch {
		case n.Data == "script" && key == file:
			key += "=" + visible(a.Val, 1<<20)
		case handlerName.MatchString(key):
			key += "=" + visible(program(a.Val), 1<<20)
		}
		names = append(names, key)
	}
	slices.Sort(names)
	return "<" + strings.Join(append([]string{n.Data}, names...), " ") + ">"
}

// SameShape fails the test when a hostile input has changed what the page
// consists of, by [Shape]: an element or an attribute more, one less, another
// nesting, a changed program. It catches markup that runs nothing.
//
// The two inputs must be alike for a right program: as many lines, and both
// an accepted URL or both a refused one. [Payload] has such pairs.
//
//kit:proves that an input adds no markup
func SameShape(t testing.TB, harmlessPage, page, hostile string) {
	t.Helper()
	requireInput(t, hostile)
	var want, got []string
	shape(&want, tree(t, harmlessPage), "")
	shape(&got, tree(t, page), "")
	for i := range max(len(want), len(got)) {
		w, g := lineAt(want, i), lineAt(got, i)
		if w == g {
			continue
		}
		t.Errorf("the page promises that an input stays text, and its markup has changed.\n"+
			"The input was\n\t%s\nWhere a harmless one gives\n\t%s\nthis one gives\n\t%s", visible(hostile, 300),
			inside(want, i), inside(got, i))
		return
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// inside describes the line with the element that it is in.
func inside(lines []string, i int) string {
	if i >= len(lines) {
		return "the end of the page"
	}
	depth := indentation(lines[i])
	line := visible(lines[i][depth:], 200)
	for ; i >= 0; i-- {
		if indentation(lines[i]) < depth {
			return line + " in " + visible(lines[i][indentation(lines[i]):], 100)
		}
	}
	return line
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
