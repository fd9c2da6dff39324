package render

import (
	"fmt"
	"regexp"
	"strings"
)

var position = regexp.MustCompile(`^[A-Za-z0-9_./-]+\.go:\d+: ?`)

// Story makes what a test printed readable: the message first, testify's trace and repeated test name left out, the
// position in the test at the end. What does not show is written out, what is too long is cut, and says so; error codes of
// PostgreSQL are explained at the end. No byte of it is one that a terminal obeys, but for line feeds and tabs.
func Story(output string) string {
	b := story{}
	for line := range strings.Lines(output) {
		b.read(strings.TrimRight(line, "\n"))
	}
	text := b.text()
	if text == "" {
		return "(the test printed nothing)"
	}
	lines := strings.Split(text, "\n")
	if len(lines) > shown {
		left := len(lines) - shown
		lines = append(lines[:shown], fmt.Sprintf("… %d more lines in the log", left))
	}
	parts := []string{strings.Join(lines, "\n")}
	if l := legend(parts[0]); l != "" {
		parts = append(parts, l)
	}
	return strings.Join(append(parts, codes(output)...), "\n\n")
}

// story gathers the parts of the messages of one test.
type story struct {
	blocks []block
}

// block is one message: what t.Error or an assertion printed.
type block struct {
	position string
	plain    []string // of t.Error and of anything printed
	section  string   // of testify: Error Trace, Error, Test, Messages
	failed   []string
	message  []string
}

func (s *story) read(line string) {
	trimmed := strings.TrimLeft(line, " ")
	if m := position.FindString(trimmed[:min(len(trimmed), 300)]); m != "" {
		s.blocks = append(s.blocks, block{position: strings.TrimRight(m, ": ")})
		line = trimmed[len(m):]
		if line == "" {
			return
		}
	}
	if len(s.blocks) == 0 {
		s.blocks = append(s.blocks, block{})
	}
	s.blocks[len(s.blocks)-1].add(line)
}

func (b *block) add(line string) {
	text, ours := testify(line)
	if !ours {
		b.section = ""
		b.plain = append(b.plain, unindent(line))
		return
	}
	for _, name := range []string{"Error Trace:", "Error:", "Test:", "Messages:"} {
		if rest, ok := strings.CutPrefix(text, name); ok {
			b.section, text = name, strings.TrimLeft(rest, " \t")
			break
		}
	}
	switch b.section {
	case "Error:":
		b.failed = append(b.failed, text)
	case "Messages:":
		b.message = append(b.message, text)
	case "":
		b.plain = append(b.plain, text)
	}
}

// testify tells lines of its assertions by their margin: spaces, a tab, and either a label or more white space.
func testify(line string) (text string, ok bool) {
	rest := strings.TrimLeft(line, " ")
	rest, ok = strings.CutPrefix(rest, "\t")
	if !ok || len(line)-len(rest) < 5 {
		return "", false
	}
	return strings.TrimPrefix(strings.TrimLeft(rest, " "), "\t"), true
}

// unindent takes the margin away that the testing package adds, and leaves the text's own.
func unindent(line string) string {
	for range 2 {
		line = strings.TrimPrefix(line, "    ")
	}
	return line
}

func (s *story) text() string {
	var parts []string
	for _, b := range s.blocks {
		lines := b.lines()
		if b.position == "" && len(s.blocks) > 1 { // what the program printed stands before what the test says
			lines = head(lines, atLeast, "printed lines")
		}
		text := strings.TrimSpace(strings.Join(lines, "\n"))
		if text == "" {
			continue
		}
		if strings.Contains(b.position, "_test.go:") { // a position in the test kit helps nobody
			text += "\n(" + b.position + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n\n")
}

// atLeast is how many lines of a message are shown, whatever else there is to show.
const atLeast = 8

// lines are the message, then what the assertion says. A long message leaves room for the other.
func (b *block) lines() []string {
	said := append(spoken(b.message), spoken(b.plain)...)
	if len(b.failed) == 0 {
		return said
	}
	failed := readFailure(b.failed).lines()
	return append(head(said, max(atLeast, shown-len(failed)-2), "lines of the message"), failed...)
}
