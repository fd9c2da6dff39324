package render

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/runenames"
)

// What does not show is written out. A character that a terminal obeys, hides or draws as nothing becomes a mark, its name
// between ‹ and ›: ‹ESC›, ‹NUL›, ‹U+00A0›, ‹byte FF›. A ‹ in the text becomes a mark itself, so that no text can pass for one,
// and two texts that differ are never written alike. Marks need no colour; a line below the text says what they stand for.

// short are the marks that are better known by a name than by a number.
var short = map[rune]string{
	0: "NUL", '\a': "BEL", '\b': "BS", '\t': "TAB", '\n': "LF", '\v': "VT", '\f': "FF", '\r': "CR", 0x1b: "ESC", ' ': "SP", 0x7f: "DEL",
}

// controls are the characters for which Unicode has no name of their own.
var controls = map[string]string{
	"NUL": "the byte zero", "BEL": "bell", "BS": "backspace", "TAB": "tab", "LF": "line feed", "VT": "vertical tab",
	"FF": "form feed", "CR": "carriage return", "ESC": "escape", "SP": "space", "DEL": "delete",
}

func mark(r rune) string {
	if name := short[r]; name != "" {
		return "‹" + name + "›"
	}
	return fmt.Sprintf("‹%U›", r)
}

// hidden tells the characters that show nothing of their own: controls, spaces other than the plain one, joiners and
// marks of direction, fillers, variation selectors.
func hidden(r rune) bool {
	return !strconv.IsPrint(r) || r == '\u2800' || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Visible writes out what does not show. Line feeds and tabs stay: they are layout.
func Visible(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "‹byte %02X›", text[i])
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '‹' || hidden(r):
			b.WriteString(mark(r))
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// exact writes a value out: its tabs, and the spaces at its end, count as well.
func exact(line string) string {
	text := strings.TrimRight(line, " ")
	spaces := ""
	switch n := len(line) - len(text); {
	case n > 3:
		spaces = fmt.Sprintf("‹SP×%d›", n)
	case n > 0:
		spaces = strings.Repeat(mark(' '), n)
	}
	return strings.ReplaceAll(Visible(text), "\t", mark('\t')) + spaces
}

var marks = regexp.MustCompile(`‹(?:([A-Z]{2,3})(?:×\d+)?|U\+([0-9A-F]{4,6}))›`)

// explained is how many different marks are explained below one story.
const explained = 6

// legend says what the marks in a text stand for; "" when there are none.
func legend(text string) string {
	var parts []string
	for _, m := range marks.FindAllStringSubmatch(text, -1) {
		part := "‹" + m[1] + "› " + controls[m[1]]
		if m[2] != "" {
			code, err := strconv.ParseUint(m[2], 16, 32)
			if err != nil {
				continue
			}
			part = m[0] + " " + name(rune(code))
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	more := ""
	if len(parts) > explained {
		parts, more = parts[:explained], " …"
	}
	return wrap("What does not show is written out: " + strings.Join(parts, ", ") + more)
}

// name is a character's name in Unicode. Its table adds one megabyte to the program, and is what tells a learner that the
// two letters, dashes or spaces that look the same are not.
func name(r rune) string {
	if own := controls[short[r]]; own != "" {
		return own
	}
	if n := runenames.Name(r); n != "" && !strings.HasPrefix(n, "<") {
		return n
	}
	if unicode.IsControl(r) {
		return "a control character"
	}
	return "a character without a name"
}
