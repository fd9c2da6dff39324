package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A pair is what a test wanted and what it got, as they were printed.
type pair struct {
	expected, actual string
	names            [2]string // what the message calls the two
	diff             []string  // the lines of testify's difference, if there is one
}

// notes say what the eye cannot see of the difference between the two.
func (p pair) notes() []string {
	var notes []string
	if n := p.instants(); n != "" {
		notes = append(notes, n)
	}
	switch {
	case p.expected != p.actual:
		if n := p.firstDifference(); n != "" {
			notes = append(notes, n)
		}
	case len(p.diff) == 0 && len(notes) == 0:
		notes = append(notes, printedAlike(p.expected))
	}
	return notes
}

var notANumber = regexp.MustCompile(`\bNaN\b`)

// printedAlike says of two values with the same print what may be behind it.
func printedAlike(text string) string {
	if notANumber.MatchString(text) {
		return "They print alike: NaN equals nothing, not even another NaN."
	}
	return "They print alike and are not equal: what differs is not printed, such as a type, a time zone, or which of two equal things a pointer means."
}

// firstDifference names the first characters that differ, when they are such that the eye may take one for the other.
func (p pair) firstDifference() string {
	e, a, whole := values(p.expected, p.actual)
	at := differAt(e, a)
	x, y := cluster(e[at:]), cluster(a[at:])
	if !mistakable(x, y) {
		return ""
	}
	return fmt.Sprintf("They differ %s: %s %s, %s %s.", where(e[:at], whole), p.names[0], describe(x), p.names[1], describe(y))
}

// values returns the strings behind two quoted prints, or the prints as they are. Whole tells that they are values to be
// counted in, and not dumps of something larger.
func values(e, a string) (string, string, bool) {
	if !quoted(e) || !quoted(a) {
		dump := strings.ContainsAny(e, "{(") && strings.ContainsAny(a, "{(")
		return e, a, !dump
	}
	ue, errE := strconv.Unquote(e)
	ua, errA := strconv.Unquote(a)
	if errE != nil || errA != nil {
		return e, a, false
	}
	return ue, ua, true
}

func quoted(text string) bool { return strings.HasPrefix(text, `"`) }

// differAt is where two texts begin to differ: at a character to which nothing of what both have before it belongs.
func differAt(e, a string) int {
	at := 0
	for at < len(e) && at < len(a) {
		r, size := utf8.DecodeRuneInString(e[at:])
		s, other := utf8.DecodeRuneInString(a[at:])
		if r != s || size != other || e[at:at+size] != a[at:at+size] {
			break
		}
		at += size
	}
	for at > 0 && (joins(e[at:]) || joins(a[at:])) {
		_, size := utf8.DecodeLastRuneInString(e[:at])
		at -= size
	}
	return at
}

// joins reports whether a text begins with a mark that belongs to the character before it, like a combining accent.
func joins(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.Is(unicode.M, r)
}

// cluster is the first character of a text with the marks that belong to it.
func cluster(text string) string {
	if text == "" {
		return ""
	}
	_, end := utf8.DecodeRuneInString(text)
	for end < len(text) && joins(text[end:]) {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return text[:end]
}

// likeness are the plain characters that some typefaces draw alike.
var likeness = []string{"0O", "1lI|", "'`"}

// mistakable reports whether two characters may look alike. Beyond ASCII that is assumed of all: no table of lookalikes is
// complete, and a note too many does no harm.
func mistakable(x, y string) bool {
	for _, r := range x + y {
		if r < ' ' || r > '~' {
			return true
		}
	}
	for _, group := range likeness {
		if x != "" && y != "" && strings.Contains(group, x) && strings.Contains(group, y) {
			return true
		}
	}
	return false
}

// where tells the place that comes after a text: counted in a value, by what stands before it in a dump.
func where(before string, whole bool) string {
	if !whole {
		runes := []rune(before)
		return "after `" + Visible(string(runes[max(0, len(runes)-24):])) + "`"
	}
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if line := strings.Count(before, "\n"); line > 0 {
		return fmt.Sprintf("in line %d, at character %d", line+1, column)
	}
	return fmt.Sprintf("at character %d", column)
}

// describe names a character with its marks: é (U+0065 LATIN SMALL LETTER E, U+0301 COMBINING ACUTE ACCENT).
func describe(cluster string) string {
	if cluster == "" {
		return "nothing more"
	}
	if !utf8.ValidString(cluster) {
		return fmt.Sprintf("the byte %02X, which is not UTF-8", cluster[0])
	}
	var names []string
	shows := true
	for _, r := range cluster {
		names = append(names, fmt.Sprintf("%U %s", r, name(r)))
		shows = shows && !hidden(r) && r != ' '
	}
	if len(names) > 4 {
		names = append(names[:4], "…")
	}
	text := strings.Join(names, ", ")
	switch {
	case !shows:
		return text
	case joins(cluster):
		cluster = "◌" + cluster
	}
	return cluster + " (" + text + ")"
}
