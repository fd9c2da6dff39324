package wire

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A story lists what happened, each event with a word before its first line.
type story struct{ strings.Builder }

func (s *story) tell(word, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		s.WriteString(strings.TrimRight("\n\t"+word+strings.Repeat(" ", 8-len(word))+line, " \t"))
		word = ""
	}
}

// headStory leaves out the line that is never the same.
func headStory(head string) string {
	var b strings.Builder
	for line := range strings.Lines(head) {
		if !strings.HasPrefix(strings.ToLower(line), "date:") {
			b.WriteString(showLine(strings.TrimRight(line, "\r\n")) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// show makes text fit for a message: as it is when it can be printed, quoted
// when it cannot, without its middle when it is long.
func show(text string) string {
	if text == "" {
		return "(no body)"
	}
	if !isPrintable(text) {
		text = strconv.Quote(text)
	}
	const most, begin, end = 12, 6, 3
	if lines := strings.SplitAfter(text, "\n"); len(lines) > most {
		rest := strings.Join(lines[begin:len(lines)-end], "")
		text = strings.Join(lines[:begin], "") + hidden(rest) + strings.Join(lines[len(lines)-end:], "")
	}
	const half = 300
	if len(text) > 2*half {
		text = text[:half] + "\n" + hidden(text[half:len(text)-half]) + text[len(text)-half:]
	}
	return strings.ToValidUTF8(text, "")
}

// showLine is show for a line of a header.
func showLine(line string) string {
	const most = 200
	if !isPrintable(line) {
		line = strconv.Quote(line)
	}
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + strings.TrimRight(" "+hidden(line[most:]), "\n")
	}
	return line
}

func hidden(text string) string { return fmt.Sprintf("… %d bytes …\n", len(text)) }

func isPrintable(text string) bool {
	odd := func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }
	return utf8.ValidString(text) && !strings.ContainsFunc(text, odd)
}
