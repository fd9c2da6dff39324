package render

import (
	"fmt"
	"strings"
)

const (
	width  = 74  // of a note, so that it fits 80 columns with its margin
	widest = 320 // characters of a value that are shown
	before = 100 // of them in front of the place where the two values differ
)

// wrap breaks a note into lines; those after the first are indented. A word that is too long stays whole: it is an address.
func wrap(text string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n  ")
			column = 2
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// window shows the part of two long values in which they begin to differ.
func window(e, a string) (string, string, bool) {
	if len([]rune(e)) <= widest && len([]rune(a)) <= widest {
		return e, a, false
	}
	at := len([]rune(e[:differAt(e, a)]))
	if e == a {
		at = 0
	}
	from := max(0, at-before)
	return part(e, from, widest), part(a, from, widest), true
}

// part is some characters of a text, from one of them on, with … for what is left out.
func part(text string, from, most int) string {
	if from == 0 && len(text) <= most {
		return text
	}
	runes := []rune(text)
	from = min(from, len(runes))
	to := min(from+most, len(runes))
	shown := string(runes[from:to])
	if from > 0 {
		shown = "…" + shown
	}
	if to < len(runes) {
		shown += "…"
	}
	return shown
}

// head keeps the first lines, and says how many more there are of what; never that there is one more, which takes as much room.
func head(lines []string, keep int, of string) []string {
	if len(lines) <= keep+1 {
		return lines
	}
	return append(lines[:keep:keep], fmt.Sprintf("… %d more %s in the log", len(lines)-keep, of))
}
