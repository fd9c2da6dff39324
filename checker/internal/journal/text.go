package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// JSON is the journal for another program.
func (j *Journal) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode journal: %w", err)
	}
	return append(text, '\n'), nil
}

// Text is the journal for a terminal, plain.
func (j *Journal) Text() []byte {
	var b bytes.Buffer
	t := j.Totals
	fmt.Fprintf(&b, "%d of %d exercises pass. %d checks, %d hints, %d solutions seen before. %s done, %s left.\n",
		t.Passing, t.Exercises, t.Checks, t.Hints, t.Solutions, hours(t.MinutesDone), hours(t.MinutesLeft))
	for _, s := range j.Steps {
		fmt.Fprintf(&b, "\n%d  %s  %d of %d\n", s.Number, s.Title, s.Passing, s.Total)
		for _, p := range s.Points {
			for _, e := range p.Exercises {
				fmt.Fprintf(&b, "   %-6s %-44s %-24s %s\n", e.Number, e.Title, e.Status, e.went())
			}
		}
	}
	if len(j.Mistakes) > 0 {
		fmt.Fprintf(&b, "\nMistakes met\n")
		for _, m := range j.Mistakes {
			fmt.Fprintf(&b, "   %-6s %s (%s, %s)\n", m.Number, m.said(), times(m.Times), m.end())
		}
	}
	for _, f := range j.Faults {
		fmt.Fprintf(&b, "\nnote: %s", f)
	}
	return append(bytes.TrimRight(lines(b.Bytes()), "\n"), '\n')
}

// Markdown is the journal for a page.
func (j *Journal) Markdown() []byte {
	var b bytes.Buffer
	t := j.Totals
	fmt.Fprintf(&b, "# Backend Workbook\n\n%s\n\n", j.Made.Format("2 January 2006"))
	fmt.Fprintf(&b, "%d of %d exercises pass. %d checks, %d hints, %d solutions seen before. %s done, %s left.\n",
		t.Passing, t.Exercises, t.Checks, t.Hints, t.Solutions, hours(t.MinutesDone), hours(t.MinutesLeft))
	for _, s := range j.Steps {
		fmt.Fprintf(&b, "\n## %d %s: %d of %d\n\n| exercise | status | checks | hints | passed |\n| --- | --- | --- | --- | --- |\n", s.Number, s.Title, s.Passing, s.Total)
		for _, p := range s.Points {
			for _, e := range p.Exercises {
				fmt.Fprintf(&b, "| %s %s | %s | %d | %d of %d | %s |\n", e.Number, escaped(e.Title), e.Status, e.Checks, e.Hints, e.HintsThere, e.passedOn())
			}
		}
	}
	if len(j.Mistakes) > 0 {
		fmt.Fprintf(&b, "\n## Mistakes met\n\n")
		for _, m := range j.Mistakes {
			fmt.Fprintf(&b, "* %s: %s (%s, %s)\n", m.Number, escaped(m.said()), times(m.Times), m.end())
		}
	}
	for _, f := range j.Faults {
		fmt.Fprintf(&b, "\nNote: %s\n", escaped(f))
	}
	return b.Bytes()
}

// lines takes the spaces at the ends of lines away.
func lines(text []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		b.Write(bytes.TrimRight(line, " \n"))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// went says how an exercise went, in a few words.
func (e Exercise) went() string {
	var parts []string
	if e.Checks > 0 {
		parts = append(parts, count(e.Checks, "check"))
	}
	if e.Hints > 0 {
		parts = append(parts, count(e.Hints, "hint"))
	}
	if e.SolutionSeen {
		parts = append(parts, "solution seen")
	}
	return strings.Join(parts, ", ")
}

func (e Exercise) passedOn() string {
	if e.Passed == nil {
		return ""
	}
	return e.Passed.Format("2006-01-02")
}

func (m Mistake) said() string {
	if m.Belief == "" {
		return m.Name
	}
	return "“" + strings.TrimSuffix(m.Belief, ".") + "”"
}

func (m Mistake) end() string {
	if m.Overcome {
		return "overcome"
	}
	return "open"
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func hours(minutes int) string {
	if minutes < 90 {
		return count(minutes, "minute")
	}
	return "about " + count((minutes+30)/60, "hour")
}

// escaped keeps text from being read as Markdown.
func escaped(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`", "\n", " ").Replace(text)
}
