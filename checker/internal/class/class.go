// Package class grades what the learners of a class have handed in.
//
// The tests, the given files and the list of required tests are the instructor's; of a submission nothing is used but the
// files to edit, and new files beside them that are no tests. What a learner's own record claims is compared with what the
// tests say, and never believed.
package class

import (
	"time"

	"workbook/checker/internal/grade"
)

// Graded is how one submission stands. It is what `checker grade` writes for each learner, and `checker class` reads.
type Graded struct {
	Version     int             `json:"version"` // of this format: 1
	Learner     string          `json:"learner"`
	Submission  string          `json:"submission"`        // where it lay
	Digest      string          `json:"digest"`            // of all that was graded, and of what it was graded by
	Time        time.Time       `json:"time"`              // when, UTC
	Isolation   string          `json:"isolation"`         // how its code was kept apart: "container" or "limits"
	Problem     string          `json:"problem,omitempty"` // why nothing of it could be graded; all is unchecked then
	Refused     []string        `json:"refused,omitempty"` // what was not taken of it, and why
	Exercises   []*grade.Result `json:"exercises"`
	Differences []Difference    `json:"differences,omitempty"` // between what its record claims and this
	Record      []string        `json:"record,omitempty"`      // what is wrong with the record itself
	Met         []Met           `json:"met,omitempty"`         // known mistakes that its record tells of: as credible as that
	Seconds     float64         `json:"seconds"`
}

// Difference is an exercise of which a learner's own record says something else than the tests.
type Difference struct {
	Exercise string       `json:"exercise"`      // identity
	Claimed  string       `json:"claimed"`       // status
	Graded   grade.Status `json:"graded"`        //
	Why      string       `json:"why,omitempty"` // what explains it, as far as that can be told
}

// Met is a known mistake that a learner's checks looked like, by the learner's own record.
type Met struct {
	Exercise string     `json:"exercise"` // identity
	Name     string     `json:"name"`
	Belief   string     `json:"belief"`
	Times    int        `json:"times"` // checks that looked like it
	First    time.Time  `json:"first"`
	Ended    *time.Time `json:"ended,omitempty"` // when the exercise first passed after it
}

// Totals counts the exercises by status, and the points that they earned: one for each required test that is not free.
type Totals struct {
	By     map[grade.Status]int
	Passed int
	Earned float64 // sum over the exercises of the share of their tests that pass: at most one for each
	Of     int     // exercises
}

// Totals sums the exercises up.
func (g *Graded) Totals() Totals {
	t := Totals{By: map[grade.Status]int{}, Of: len(g.Exercises)}
	for _, r := range g.Exercises {
		t.By[r.Status]++
		t.Earned += Share(r)
	}
	t.Passed = t.By[grade.Passing]
	return t
}

// Share is the part of an exercise's tests that pass, from 0 to 1. What was not checked, or not begun, has none.
func Share(r *grade.Result) float64 {
	switch {
	case r.Status == grade.Passing:
		return 1
	case r.Status != grade.Failing || r.Required == 0:
		return 0
	}
	return float64(r.Passed) / float64(r.Required)
}
