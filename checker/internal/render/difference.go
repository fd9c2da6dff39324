package render

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	longestDifference = 14 // lines of a difference that are shown
	longestRun        = 5  // of them in a row with the same sign
)

// difference is testify's difference, without the inside of time.Time, cut to its beginning.
func (f failure) difference() []string {
	if len(f.diff) == 0 {
		return nil
	}
	var lines []string
	for _, line := range runs(withoutZones(f.diff)) {
		lines = append(lines, part(exactDifference(line), 0, widest))
	}
	return append([]string{"", "Diff:"}, head(lines, longestDifference, "lines of it")...)
}

// exactDifference writes a line out. Its first character is a sign, and no part of the value.
func exactDifference(line string) string {
	if line == "" || strings.HasPrefix(line, "@@") || line == "--- Expected" || line == "+++ Actual" {
		return line
	}
	return strings.TrimRight(line[:1]+exact(seconds(line[1:])), " ")
}

// returned gives the lines of a difference between two strings their carriage returns back, which testify drops from the
// end of a line. The lines of the strings themselves tell where there were some.
func returned(diff []string, p pair) []string {
	e, a, whole := values(p.expected, p.actual)
	if !whole || !quoted(p.expected) {
		return diff
	}
	sides := map[byte][]string{'-': strings.Split(e, "\n"), '+': strings.Split(a, "\n"), ' ': strings.Split(a, "\n")}
	var lines []string
	for _, line := range diff {
		if line != "" && !slices.Contains(sides[line[0]], line[1:]) && slices.Contains(sides[line[0]], line[1:]+"\r") {
			line += "\r"
		}
		lines = append(lines, line)
	}
	return lines
}

// runs cuts what is long in a row, so that a side does not push the other one out.
func runs(lines []string) []string {
	var kept []string
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && sign(lines[i]) != ' ' && sign(lines[end]) == sign(lines[i]) {
			end++
		}
		run := lines[i:end]
		if len(run) > longestRun {
			kept = append(kept, run[:longestRun-1]...)
			run = []string{fmt.Sprintf("%c… %d more such lines in the log", sign(lines[i]), len(run)-longestRun+1)}
		}
		kept = append(kept, run...)
		i = end
	}
	return kept
}

// sign is - or + for a line that only one side has.
func sign(line string) byte {
	if line == "" || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++") || line[0] != '-' && line[0] != '+' {
		return ' '
	}
	return line[0]
}

var (
	zone     = regexp.MustCompile(`^[-+ ]( *)loc: \(\*time\.Location\)\(\{$`)
	zoneName = regexp.MustCompile(`^[-+ ] *name: \(string\) .*"(.*)"`)
	extended = regexp.MustCompile(`^( *ext: \(int64\) )(\d{11}),$`)
)

// withoutZones puts a zone's name in place of its whole table of rules, which takes up to a thousand lines.
func withoutZones(lines []string) []string {
	var kept []string
	for i := 0; i < len(lines); i++ {
		m := zone.FindStringSubmatch(lines[i])
		inside := 0
		if m != nil {
			for i+1+inside < len(lines) && depth(lines[i+1+inside]) > len(m[1]) {
				inside++
			}
		}
		if inside == 0 {
			kept = append(kept, lines[i])
			continue
		}
		called := ""
		if n := zoneName.FindStringSubmatch(lines[i+1]); n != nil {
			called = n[1]
		}
		kept = append(kept, fmt.Sprintf("%sloc: (*time.Location)(%q)", lines[i][:1+len(m[1])], called))
		i += inside
		if i+1 < len(lines) && strings.TrimSpace(lines[i+1][1:]) == "})" {
			i++
		}
	}
	return kept
}

// depth is how far a line of a dump is indented behind its sign. Where a dump is interrupted, it is not.
func depth(line string) int {
	if line == "" {
		return 0
	}
	return len(line[1:]) - len(strings.TrimLeft(line[1:], " "))
}

// seconds adds to the field of a time.Time that counts seconds from the year 1 the instant that it means.
func seconds(line string) string {
	m := extended.FindStringSubmatch(line)
	if m == nil {
		return line
	}
	n, err := strconv.ParseInt(m[2], 10, 64)
	at := time.Unix(n-62135596800, 0).UTC()
	if err != nil || at.Year() < 1900 || at.Year() > 2200 {
		return line // a reading of the monotonic clock, or no time at all
	}
	return line + " = " + at.Format(time.RFC3339)
}
