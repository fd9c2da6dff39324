package render

import "strings"

// style marks text up for a terminal, or leaves it plain.
type style struct{ colour bool }

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// A printable is text of which everything shows: it may go to a terminal as it is.
type printable string

func (s style) as(code, text string) printable {
	text = Visible(text)
	if !s.colour || text == "" {
		return printable(text)
	}
	return printable("\x1b[" + code + "m" + text + "\x1b[0m")
}

// bar draws progress as cells of a fixed width.
func (s style) bar(done, total, cells int) printable {
	full := 0
	if total > 0 {
		full = done * cells / total
	}
	if done > 0 && full == 0 {
		full = 1 // something is never drawn as nothing
	}
	return s.as(green, strings.Repeat("█", full)) + s.as(dim, strings.Repeat("░", cells-full))
}

// indent puts a margin before every line that is not empty.
func indent(text, margin string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		if l = strings.TrimRight(l, " \t\r"); l != "" {
			l = margin + l
		}
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}
