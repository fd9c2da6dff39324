package render

import "strings"

// failure is what an assertion of testify says of itself, in parts.
type failure struct {
	head             []string // the sentence: "Not equal:", or all of it
	expected, actual []string // as printed, without their labels
	label            string   // of actual; "" when there is no such pair
	diff             []string // what follows "Diff:"
}

// labels of what was found, each with the name for it.
var labels = map[string]string{"actual  : ": "actual", "in chain: ": "in chain"}

func readFailure(lines []string) failure {
	var f failure
	into := &f.head
	for _, line := range lines {
		switch rest, label := unlabelled(line); {
		case into == &f.diff:
		case line == "Diff:":
			into = &f.diff
			continue
		case into == &f.head && label == "expected: ":
			into, line = &f.expected, rest
		case into == &f.expected && labels[label] != "":
			into, line, f.label = &f.actual, rest, label
		}
		*into = append(*into, line)
	}
	f.actual = trimBlank(f.actual)
	f.diff = trimBlank(f.diff)
	if f.label == "" { // something was expected, and nothing is said to be there
		if len(f.expected) > 0 {
			f.expected[0] = "expected: " + f.expected[0]
		}
		f.head, f.expected = append(f.head, f.expected...), nil
	}
	return f
}

// unlabelled takes the label from the first line of a value.
func unlabelled(line string) (rest, label string) {
	for _, label := range []string{"expected: ", "actual  : ", "in chain: "} {
		if rest, ok := strings.CutPrefix(line, label); ok {
			return rest, label
		}
	}
	return line, ""
}

func trimBlank(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// lines are what a learner reads. The two values are cut to where they differ, and the difference to its beginning, so that
// neither pushes anything out.
func (f failure) lines() []string {
	if f.label == "" {
		return append(f.sentence(16), f.difference()...)
	}
	p := pair{
		expected: strings.Join(f.expected, "\n"), actual: strings.Join(f.actual, "\n"),
		names: [2]string{"expected", labels[f.label]}, diff: f.diff,
	}
	e, a, cut := window(p.expected, p.actual)
	lines := f.sentence(8)
	lines = append(lines, labelled("expected: ", e)...)
	lines = append(lines, labelled(f.label, a)...)
	switch {
	case cut && e == a:
		lines = append(lines, "(cut; the log has all of it)")
	case cut:
		lines = append(lines, "(cut to where they differ; the log has all of it)")
	}
	for _, n := range p.notes() {
		lines = append(lines, strings.Split(wrap(n), "\n")...)
	}
	if oneLine(p.expected) && oneLine(p.actual) {
		return lines // the difference would only say it again
	}
	f.diff = returned(f.diff, p)
	return append(lines, f.difference()...)
}

// sentence is the head, with a word on the error that prints as no error.
func (f failure) sentence(keep int) []string {
	lines := make([]string, 0, len(f.head)+1)
	for i, line := range f.head {
		lines = append(lines, Visible(line))
		if line == "<nil>" && i > 0 && strings.HasPrefix(f.head[i-1], "Received unexpected error") {
			lines = append(lines, strings.Split(wrap("It prints as <nil> and yet is not nil: an error that holds a nil pointer of some type."), "\n")...)
		}
	}
	return head(lines, keep, "lines")
}

func labelled(label, value string) []string {
	lines := strings.Split(value, "\n")
	for i, line := range lines {
		lines[i] = exact(line)
	}
	lines[0] = label + lines[0]
	return head(lines, 4, "lines of this")
}

// oneLine reports whether a print is that of a string of one line.
func oneLine(print string) bool {
	value, _, whole := values(print, print)
	return whole && quoted(print) && !strings.Contains(value, "\n")
}
