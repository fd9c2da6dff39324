package journal_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"workbook/checker/internal/journal"
	"workbook/checker/internal/progress"
)

var madrid = time.FixedZone("a zone", 2*3600)

func at(day, hour int) time.Time { return time.Date(2026, 5, day, hour, 0, 0, 0, time.UTC) }

var subjects = []journal.Subject{
	{ID: "a/one", Number: "1.1", Title: "One <script>alert(1)</script>", Step: 1, StepTitle: "Basics", Point: "Counting", Minutes: 30, Hints: 3, Status: "passing", Beliefs: map[string]string{"off-by-one": "The last one is not counted."}},
	{ID: "a/two", Number: "1.2", Title: "Two", Step: 1, StepTitle: "Basics", Point: "Counting", Minutes: 60, Hints: 2, Status: "failing"},
	{ID: "b/three", Number: "2.1", Title: "Three", Step: 2, StepTitle: "More", Minutes: 45, Hints: 2, Status: "not started"},
}

var entries = []progress.Entry{
	{Event: progress.Check, Exercise: "a/one", Status: "failing", Time: at(1, 9), Mistakes: []string{"off-by-one"}},
	{Event: progress.Check, Exercise: "a/one", Status: "failing", Time: at(1, 10), Mistakes: []string{"off-by-one"}},
	{Event: progress.Hint, Exercise: "a/one", Hints: 1, Time: at(1, 10)},
	{Event: progress.Check, Exercise: "a/one", Status: "passing", Time: at(1, 23)}, // the next day, where the learner is
	{Event: progress.Solution, Exercise: "a/one", Time: at(2, 8)},
	{Event: progress.Hint, Exercise: "a/two", Hints: 9, Time: at(2, 9)},
	{Event: progress.Solution, Exercise: "a/two", Time: at(2, 9)},
	{Event: progress.Check, Exercise: "a/two", Status: "failing", Time: at(2, 9), Mistakes: []string{"gone"}},
	{Event: progress.Check, Exercise: "renamed/since", Status: "passing", Time: at(3, 9)},
}

func made(t *testing.T) *journal.Journal {
	t.Helper()
	return journal.Sum(subjects, entries, []progress.Fault{{Line: 3, Text: "the line cannot be read"}}, at(4, 12).In(madrid))
}

func TestSum(t *testing.T) {
	j := made(t)
	require.Equal(t, journal.Totals{Exercises: 3, Passing: 1, Checks: 4, Hints: 3, Solutions: 1, MinutesDone: 30, MinutesLeft: 105}, j.Totals)
	require.Equal(t, []journal.Day{{"2026-05-01", 2, 0}, {"2026-05-02", 2, 1}, {"2026-05-03", 1, 1}}, j.Days)

	one := j.Steps[0].Points[0].Exercises[0]
	require.Equal(t, 3, one.Checks)
	require.False(t, one.SolutionSeen, "it was seen after it had passed")
	require.Equal(t, at(1, 9), *one.Begun)
	require.Equal(t, at(1, 23), *one.Passed)
	two := j.Steps[0].Points[0].Exercises[1]
	require.True(t, two.SolutionSeen)
	require.Equal(t, 2, two.Hints, "not more than there are")
	require.Nil(t, two.Passed)

	require.Len(t, j.Mistakes, 2)
	require.Equal(t, "gone", j.Mistakes[0].Name)
	require.False(t, j.Mistakes[0].Overcome)
	ended := at(1, 23)
	require.Equal(t, journal.Mistake{Exercise: "a/one", Number: "1.1", Name: "off-by-one", Belief: "The last one is not counted.", Times: 2, First: at(1, 9), Last: at(1, 10), Overcome: true, Ended: &ended}, j.Mistakes[1])
}

// A mistake that is made again after the exercise passed is open again.
func TestMistakeThatComesBack(t *testing.T) {
	j := journal.Sum(subjects, append(entries, progress.Entry{Event: progress.Check, Exercise: "a/one", Status: "failing", Time: at(3, 9), Mistakes: []string{"off-by-one"}}), nil, at(4, 12))
	require.Equal(t, "off-by-one", j.Mistakes[0].Name)
	require.False(t, j.Mistakes[0].Overcome)
}

func TestText(t *testing.T) {
	text := string(made(t).Text())
	require.Contains(t, text, "1 of 3 exercises pass. 4 checks, 3 hints, 1 solutions seen before. 30 minutes done, about 2 hours left.")
	require.Contains(t, text, "1.2    Two                                          failing                  1 check, 2 hints, solution seen\n")
	require.Contains(t, text, "1.1    “The last one is not counted” (2 times, overcome)")
	require.Contains(t, text, "attempts.jsonl:3: the line cannot be read")
	for line := range strings.Lines(text) {
		require.Equal(t, strings.TrimRight(line, " \n")+"\n", line)
	}
}

func TestMarkdown(t *testing.T) {
	text := string(made(t).Markdown())
	require.Contains(t, text, "| 1.1 One &lt;script>alert(1)&lt;/script> | passing | 3 | 1 of 3 | 2026-05-01 |")
	require.Contains(t, text, "* 1.2: gone (once, open)")
}

func TestJSON(t *testing.T) {
	text, err := made(t).JSON()
	require.NoError(t, err)
	var back journal.Journal
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, 1, back.Version)
	require.Len(t, back.Steps, 2)
	empty, err := journal.Sum(nil, nil, nil, at(1, 1)).JSON()
	require.NoError(t, err)
	require.NotContains(t, string(empty), "null")
}

func TestHTML(t *testing.T) {
	text, err := made(t).HTML()
	require.NoError(t, err)
	doc, err := html.Parse(strings.NewReader(string(text)))
	require.NoError(t, err)
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		require.NotEqual(t, "script", n.Data, "the page needs no script")
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				require.False(t, ids[a.Val], "two elements are called %q", a.Val)
				ids[a.Val] = true
			case "src", "srcset":
				t.Fatalf("<%s> fetches %s", n.Data, a.Val)
			}
		}
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" {
				require.True(t, ids[strings.TrimPrefix(a.Val, "#")], "%s leads nowhere", a.Val)
			}
		}
	}
	require.Contains(t, string(text), "One &lt;script&gt;alert(1)&lt;/script&gt;")
	none, err := journal.Sum(nil, nil, nil, at(1, 1)).HTML()
	require.NoError(t, err)
	require.Contains(t, string(none), "No check yet.")
}

func TestBars(t *testing.T) {
	var many []progress.Entry
	for day := range 400 {
		many = append(many, progress.Entry{Event: progress.Check, Exercise: "a/one", Status: "failing", Time: at(1, 1).AddDate(0, 0, day)})
	}
	bars := journal.Sum(subjects, many, nil, at(1, 1).AddDate(2, 0, 0)).Bars()
	require.NotEmpty(t, bars)
	last := bars[len(bars)-1]
	require.LessOrEqual(t, last.X+last.Width, 720)
	require.Equal(t, "2027-06-04", last.Date)
}
