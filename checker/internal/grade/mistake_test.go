package grade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
)

func TestRecognise(t *testing.T) {
	record := &course.Record{Mistakes: []course.Mistake{
		{Name: "lost-update", Belief: "a transaction is enough.", Hint: 2, Fails: []string{"TestA/x", "TestA/y"}},
		{Name: "no-retry", Belief: "serializable is enough.", Sign: "SQLSTATE 40001", Fails: []string{"TestA/y", "TestA/x"}},
		{Name: "twin", Belief: "so is this.", Fails: []string{"TestA/x", "TestA/y"}},
		{Name: "other", Belief: "negative amounts are fine.", Fails: []string{"TestB"}},
		{Name: "elsewhere", Belief: "of a later milestone.", Fails: []string{"TestB", "TestLater"}},
	}}
	// result fails the tests named, each with the text, and passes the others.
	result := func(text string, failed ...string) *Result {
		r := &Result{}
		for _, name := range []string{"TestA/x", "TestA/y", "TestB", "TestC"} {
			outcome := gotest.Passed
			for _, f := range failed {
				if f == name {
					outcome = gotest.Failed
				}
			}
			r.Tests = append(r.Tests, Test{Name: name, Outcome: outcome, Output: text})
			if outcome == gotest.Passed {
				r.Passed++
			}
		}
		return r
	}
	cases := map[string]struct {
		result *Result
		want   []string
	}{
		"equal failures, two alike":                       {result("balance 90", "TestA/x", "TestA/y"), []string{"lost-update", "twin"}},
		"a sign goes first":                               {result("could not serialize (SQLSTATE 40001)", "TestA/x", "TestA/y"), []string{"no-retry"}},
		"fewer failures are another mistake":              {result("", "TestA/x"), nil},
		"more failures are another mistake":               {result("", "TestA/x", "TestA/y", "TestB"), nil},
		"a later milestone is left out of the comparison": {result("", "TestB"), []string{"other", "elsewhere"}},
		"when everything fails, nothing is known":         {result("", "TestA/x", "TestA/y", "TestB", "TestC"), nil},
		"nothing failed":                                  {result(""), nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, m := range recognise(record, &course.Exercise{}, c.result) {
				names = append(names, m.Name)
			}
			require.Equal(t, c.want, names)
		})
	}
}
