package render

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	gotWords  = `\b(?:got|have|received|actual)\b(?: *[:=])? ?`
	wantWords = `\b(?:wanted|want|expected)\b(?: *[:=])? ?`
	between   = `[,;]?\s+(?:but\s+|and\s+)?`
	label     = `(?i)^(\s*%s\s*[:=] ?)(.*)$`
)

var (
	gotThenWant = regexp.MustCompile(`(?i)` + gotWords + `(.*?)` + between + wantWords + `(.*)$`)
	wantThenGot = regexp.MustCompile(`(?i)` + wantWords + `(.*?)` + between + gotWords + `(.*)$`)
	isThenWant  = regexp.MustCompile(`(?i) = (.*?), ` + wantWords + `(.*)$`)
	gotLabel    = regexp.MustCompile(fmt.Sprintf(label, `(?:got|have|received|actual)`))
	wantLabel   = regexp.MustCompile(fmt.Sprintf(label, `(?:wanted|want|expected)`))

	// go-cmp begins the lines of its differences with spaces of one kind or the other, so that nobody relies on them.
	margin = regexp.MustCompile(`^(?:-|\+|\x{a0})\x{a0}`)
)

const (
	longestLine = 1000     // characters of a line that are shown when it compares nothing
	longestPair = 64 << 10 // bytes of a line in which two values are looked for
)

// A comparison is a place in an author's message that shows two values, like "got 1, want 2".
type comparison struct {
	lines []string // as they are shown
	pair
}

// spoken makes the lines of a message readable that its author wrote, or that the program printed. Lines beyond those that
// can be shown are only counted.
func spoken(lines []string) []string {
	var said []string
	for i := 0; i < len(lines); {
		if len(said) > shown {
			said = append(said, "…")
			i++
			continue
		}
		c, found := oneLiner(lines[i])
		if !found {
			c, found = labelledPair(lines[i:])
		}
		if !found {
			said = append(said, plainly(lines[i]))
			i++
			continue
		}
		said = append(said, c.lines...)
		for _, n := range c.notes() {
			said = append(said, strings.Split(wrap(n), "\n")...)
		}
		i += len(c.lines)
	}
	return said
}

func plainly(line string) string {
	if m := margin.FindString(line); m != "" {
		line = strings.ReplaceAll(m, "\u00a0", " ") + line[len(m):]
	}
	return Visible(part(line, 0, longestLine))
}

// oneLiner reads a line that shows both values.
func oneLiner(line string) (comparison, bool) {
	lower := strings.ToLower(line)
	if len(line) > longestPair || !strings.Contains(lower, "want") && !strings.Contains(lower, "expected") {
		return comparison{}, false
	}
	for _, form := range []struct {
		pattern  *regexp.Regexp
		gotFirst bool
	}{{gotThenWant, true}, {wantThenGot, false}, {isThenWant, true}} {
		m := form.pattern.FindStringSubmatchIndex(line)
		if m == nil {
			continue
		}
		first, second := line[m[2]:m[3]], line[m[4]:m[5]]
		x, y, _ := window(first, second)
		shown := plainly(line[:m[2]]) + exact(x) + Visible(line[m[3]:m[4]]) + exact(y)
		return comparison{lines: []string{shown}, pair: wanted(first, second, form.gotFirst)}, true
	}
	return comparison{}, false
}

func wanted(first, second string, gotFirst bool) pair {
	if gotFirst {
		first, second = second, first
	}
	return pair{expected: first, actual: second, names: [2]string{"want", "got"}}
}

// labelledPair reads two values with a label each, such as "got:" and "want:", in the lines that come first.
func labelledPair(lines []string) (comparison, bool) {
	gotFirst := gotLabel.MatchString(lines[0])
	one, other := wantLabel, gotLabel
	if gotFirst {
		one, other = gotLabel, wantLabel
	}
	first := one.FindStringSubmatch(lines[0])
	if first == nil {
		return comparison{}, false
	}
	for i := 1; i < len(lines) && !one.MatchString(lines[i]); i++ {
		second := other.FindStringSubmatch(lines[i])
		switch {
		case second == nil:
		case i == 1 && second[2] != "":
			return twoLines(first, second, gotFirst), true
		default:
			return blocks(lines, i, first, second, gotFirst), true
		}
	}
	return comparison{}, false
}

// twoLines compares values that stand behind their labels. Spaces that make up for a shorter label are layout.
func twoLines(first, second []string, gotFirst bool) comparison {
	for _, sides := range [][2][]string{{first, second}, {second, first}} {
		pad := max(0, len(sides[1][1])-len(sides[0][1]))
		if value, ok := strings.CutPrefix(sides[0][2], strings.Repeat(" ", pad)); ok {
			sides[0][1] += strings.Repeat(" ", pad)
			sides[0][2] = value
		}
	}
	x, y, _ := window(first[2], second[2])
	shown := []string{plainly(first[1]) + exact(x), plainly(second[1]) + exact(y)}
	return comparison{lines: shown, pair: wanted(first[2], second[2], gotFirst)}
}

// blocks compares values that stand below their labels. The second one is at label lines[at], and goes on to the first
// blank line after as many lines as the first one has.
func blocks(lines []string, at int, first, second []string, gotFirst bool) comparison {
	end := min(at+max(at-1, 1), len(lines))
	for end < len(lines) && strings.TrimSpace(lines[end]) != "" {
		end++
	}
	c := comparison{pair: wanted(join(first[2], lines[1:at]), join(second[2], lines[at+1:end]), gotFirst)}
	for i, line := range lines[:end] {
		switch {
		case i == 0:
			c.lines = append(c.lines, plainly(first[1])+exact(first[2]))
		case i == at:
			c.lines = append(c.lines, plainly(second[1])+exact(second[2]))
		default:
			c.lines = append(c.lines, exact(part(line, 0, longestLine)))
		}
	}
	return c
}

func join(first string, rest []string) string {
	if first != "" {
		rest = append([]string{first}, rest...)
	}
	return strings.Join(rest, "\n")
}
