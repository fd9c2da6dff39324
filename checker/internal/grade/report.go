// Package grade runs exercises against variants and says how each stands.
//
// It makes a Report and prints nothing: renderers read the report.
package grade

import (
	"strings"
	"time"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
)

// Status is how an exercise stands.
type Status string

// The statuses. Right, wrong, could not tell: Unchecked is never counted as either.
const (
	Passing    Status = "passing"     // every required test was seen to pass
	Failing    Status = "failing"     // a required test failed, was skipped, was missing, or the run ended early
	Broken     Status = "broken"      // does not compile, or go vet refuses it
	NotStarted Status = "not started" // the files to edit equal the pristine stub
	Blocked    Status = "blocked"     // an earlier exercise comes first, or the machine lacks something
	Unchecked  Status = "unchecked"   // could not be checked, through no fault of the answer
)

// Report is the result of one run over some exercises.
type Report struct {
	Version   int       `json:"version"` // of this format: 1
	Time      time.Time `json:"time"`
	Database  *Database `json:"database,omitempty"` // nil when no exercise asked for one
	Notes     []string  `json:"notes,omitempty"`
	Steps     []Step    `json:"steps,omitempty"`
	Exercises []*Result `json:"exercises"`
}

// Database says which server the tests used, or why there was none.
type Database struct {
	Source   string   `json:"source,omitempty"`   // "container", "local", "embedded", "given"
	Version  string   `json:"version,omitempty"`  // "17.2"
	Problem  string   `json:"problem,omitempty"`  // why there is none, then what would help
	Messages []string `json:"messages,omitempty"` // what was tried before it
}

// Step is the progress in one step of the course.
type Step struct {
	Number  int    `json:"number"`
	Title   string `json:"title"`
	Passing int    `json:"passing"`
	Total   int    `json:"total"`
}

// Result is how one exercise stands, with all that is needed to explain it.
type Result struct {
	ID        string    `json:"id"`
	Number    string    `json:"number"`
	Title     string    `json:"title"`
	Variant   string    `json:"variant"`
	Attempted bool      `json:"attempted"` // the files to edit are no longer the stub's
	Status    Status    `json:"status"`
	Reasons   []string  `json:"reasons,omitempty"` // why, one clear line each
	First     string    `json:"first,omitempty"`   // the exercise that this one is blocked by
	Notes     []string  `json:"notes,omitempty"`   // worth knowing, no part of the verdict
	Passed    int       `json:"passed"`            // required tests that earn and passed
	Required  int       `json:"required"`          // required tests that earn
	Tests     []Test    `json:"tests,omitempty"`   // the required tests, in the order in which they ran
	Build     string    `json:"build,omitempty"`   // what the compiler or go vet said
	Mistakes  []Mistake `json:"mistakes,omitempty"`
	Edit      []string  `json:"edit"` // files to edit, relative to the root
	Log       string    `json:"log,omitempty"`
	Suspect   bool      `json:"suspect,omitempty"` // it did what no answer does that is meant well
	Complete  bool      `json:"complete"`          // the run of the tests reached its end
	Cached    bool      `json:"cached,omitempty"`
	Seconds   float64   `json:"seconds"`
	Files     string    `json:"files,omitempty"`  // digest of the edited files
	Digest    string    `json:"digest,omitempty"` // digest of the test and given files
	Output    string    `json:"-"`                // the whole output of the tests

	Exercise *course.Exercise `json:"-"`
}

// Test is one required test.
type Test struct {
	Name     string         `json:"name"`
	Outcome  gotest.Outcome `json:"outcome"` // "missing" when it was not seen at all
	Free     bool           `json:"free,omitempty"`
	Unsteady bool           `json:"unsteady,omitempty"` // of several runs it passed some
	Output   string         `json:"output,omitempty"`
	Seconds  float64        `json:"seconds"`
}

// Missing is the outcome of a required test that was not seen at all.
const Missing gotest.Outcome = "missing"

// Mistake is a known wrong answer that the failures look like.
type Mistake struct {
	Name   string `json:"name"`
	Belief string `json:"belief"`
	Hint   int    `json:"hint,omitempty"`
}

// Result returns the result of an exercise, or nil.
func (r *Report) Result(id string) *Result {
	for _, res := range r.Exercises {
		if res.ID == id {
			return res
		}
	}
	return nil
}

// FailedTests lists the required tests that did not pass.
func (r *Result) FailedTests() []string {
	var names []string
	for _, t := range r.Tests {
		if t.Outcome != gotest.Passed {
			names = append(names, t.Name)
		}
	}
	return names
}

// FailureText is all that the failing tests printed.
func (r *Result) FailureText() string {
	var b strings.Builder
	for _, t := range r.Tests {
		if t.Outcome != gotest.Passed {
			b.WriteString(t.Output)
		}
	}
	return b.String()
}

// PassedTests lists the required tests that passed.
func (r *Result) PassedTests() []string {
	var names []string
	for _, t := range r.Tests {
		if t.Outcome == gotest.Passed {
			names = append(names, t.Name)
		}
	}
	return names
}
