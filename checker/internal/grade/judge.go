package grade

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/variant"
)

// noDatabase begins the message of a test that did not get a database; package dbtest prints it.
const noDatabase = "workbook: no database:"

// judge fills in the result. The order of the questions is the order of trust: first whether anything can be said at
// all, then whether the answer compiles, then what its tests showed.
func (s *subject) judge(req Request, gone error) {
	r := s.result
	switch {
	case s.lacks != "":
		r.set(Blocked, s.lacks)
		return
	case slices.Contains(s.Exercise.Needs, "postgres") && req.Server == nil:
		r.set(Unchecked, "there is no database: "+req.NoneWhy)
		return
	case s.runErr != nil:
		r.set(Unchecked, s.runErr.Error())
		return
	}
	r.Output, r.Seconds, r.Cached = s.pkg.Output, s.pkg.Elapsed, s.pkg.Cached
	if !s.pkg.Built {
		r.Build, r.Output = s.pkg.BuildText, s.pkg.BuildText
		r.set(Broken, "it does not compile, or go vet refuses it")
		return
	}
	if s.record == nil && !req.Authors {
		r.set(Unchecked, course.ErrNoRecord.Error())
		return
	}
	if req.Authors {
		s.observe(req)
	} else {
		s.count()
	}
	if s.databaseLost(gone) {
		r.set(Unchecked, "the database went away during the check: check again")
		if gone == nil {
			gone = errors.New(lineWith(s.pkg.Output, noDatabase))
		}
		r.Reasons = append(r.Reasons, gone.Error())
		return
	}
	s.verdict(req)
}

// count compares the required tests with what was seen.
func (s *subject) count() {
	for _, want := range s.record.Required(s.Exercise) {
		t := Test{Name: want.Name, Free: want.Free, Outcome: Missing}
		if seen := s.pkg.Test(want.Name); seen != nil {
			t.Outcome, t.Output, t.Seconds, t.Unsteady = seen.Outcome, seen.Output, seen.Elapsed, seen.Unsteady()
		}
		s.result.Tests = append(s.result.Tests, t)
		if want.Free {
			continue
		}
		s.result.Required++
		if t.Outcome == gotest.Passed {
			s.result.Passed++
		}
	}
	// In the order in which they ran, those that did not run at the end: the first failure is the one to begin with.
	position := func(t Test) int {
		i := slices.IndexFunc(s.pkg.Tests, func(seen *gotest.Test) bool { return seen.Name == t.Name })
		if i < 0 {
			return len(s.pkg.Tests)
		}
		return i
	}
	slices.SortStableFunc(s.result.Tests, func(a, b Test) int { return position(a) - position(b) })
}

// observe is the judgement where there is no record: each leaf test that was seen is required.
func (s *subject) observe(req Request) {
	r := s.result
	for _, t := range s.pkg.Leaves() {
		if t.Name == req.Seal {
			continue
		}
		r.Tests = append(r.Tests, Test{Name: t.Name, Outcome: t.Outcome, Output: t.Output, Seconds: t.Elapsed, Unsteady: t.Unsteady()})
		r.Required++
		if t.Outcome == gotest.Passed {
			r.Passed++
		}
	}
	if len(r.Tests) == 0 {
		r.Reasons = append(r.Reasons, "there are no tests")
	}
}

func (s *subject) databaseLost(gone error) bool {
	if s.pkg.Outcome == gotest.Passed || !slices.Contains(s.Exercise.Needs, "postgres") {
		return false
	}
	return gone != nil || strings.Contains(s.pkg.Output, noDatabase)
}

// lineWith is the line of a text that holds some words, from those on.
func lineWith(text, words string) string {
	line := text[strings.Index(text, words):]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	return line
}

// verdict decides between passing, failing and not started.
func (s *subject) verdict(req Request) {
	r := s.result
	for _, name := range s.changed {
		r.Reasons = append(r.Reasons, fmt.Sprintf("tests differ from the original: %s; bring it back with `git checkout -- %s/%s`",
			name, s.Exercise.Dir, strings.TrimSuffix(name, " (missing)")))
	}
	r.Reasons = append(r.Reasons, s.runReasons(req)...)
	r.Reasons = append(r.Reasons, s.testReasons()...)
	switch {
	case s.Variant.Learners() && !s.touched && len(s.changed) == 0:
		r.Status = NotStarted
	case len(r.Reasons) > 0:
		r.Status = Failing
		if s.record != nil && len(s.changed) == 0 {
			r.Mistakes = recognise(s.record, s.Exercise, r)
		}
	default:
		r.Status = Passing
	}
}

// runReasons says what is wrong with the run as a whole: it ended before its end, or its output was tampered with.
func (s *subject) runReasons(req Request) []string {
	var reasons []string
	if s.pkg.TimedOut {
		reasons = append(reasons, fmt.Sprintf("it ran past its limit of %s%s", req.Limit, s.during()))
	}
	if len(s.pkg.Violations) > 0 {
		s.result.Suspect = true
		reasons = append(reasons, "the program prints lines made to look like test results: "+s.pkg.Violations[0])
	}
	seal := s.pkg.Test(req.Seal)
	sealed := seal != nil && seal.Outcome == gotest.Passed
	s.result.Complete = sealed
	switch {
	case s.pkg.TimedOut:
	case !sealed && s.pkg.Panic != "":
		reasons = append(reasons, fmt.Sprintf("a panic ended the run early%s: %s", s.during(), s.pkg.Panic))
	case !sealed && s.pkg.Outcome == gotest.Passed:
		s.result.Suspect = true
		reasons = append(reasons, "the run ended early: the process was left before all tests had run (os.Exit?)")
	case !sealed:
		reasons = append(reasons, "the run ended early"+s.during())
	case s.pkg.Outcome != gotest.Passed && !s.anyFailed():
		reasons = append(reasons, "all tests passed, and yet the run failed: "+lastLine(s.pkg.Output))
	}
	return reasons
}

// during names the test that was running when the run ended.
func (s *subject) during() string {
	for _, t := range slices.Backward(s.pkg.Leaves()) {
		if t.Outcome == gotest.Unfinished || t.Outcome == gotest.Failed {
			return ", in " + t.Name
		}
	}
	return ""
}

func (s *subject) anyFailed() bool {
	return slices.ContainsFunc(s.pkg.Tests, func(t *gotest.Test) bool { return t.Outcome != gotest.Passed })
}

// testReasons sums up the required tests that did not pass.
func (s *subject) testReasons() []string {
	by := map[gotest.Outcome][]string{}
	for _, t := range s.result.Tests {
		by[t.Outcome] = append(by[t.Outcome], t.Name)
	}
	var reasons []string
	say := func(outcome gotest.Outcome, words string) {
		names := by[outcome]
		switch len(names) {
		case 0:
		case 1:
			reasons = append(reasons, fmt.Sprintf("1 test %s: %s", words, names[0]))
		default:
			reasons = append(reasons, fmt.Sprintf("%d tests %s, the first is %s", len(names), words, names[0]))
		}
	}
	say(gotest.Failed, "failed")
	say(gotest.Skipped, "skipped")
	say(gotest.Unfinished, "began and did not end")
	say(Missing, "did not run")
	return reasons
}

// order settles what depends on other exercises: an untouched one whose earlier exercise does not pass is blocked. What a
// learner has begun is never hidden behind that.
func order(req Request, subjects []*subject) {
	passing := func(id string) bool {
		for _, s := range subjects {
			if s.Exercise.ID == id {
				return s.result.Status == Passing
			}
		}
		return req.Passing != nil && req.Passing(id)
	}
	for _, s := range subjects {
		if !s.Variant.Learners() {
			continue
		}
		if s.laterMilestone() && s.result.Status == Failing && s.nothingEarned() {
			s.result.Status = NotStarted // the files were edited for the milestones before it
		}
		if s.result.Status != NotStarted || s.Variant.Kind == variant.HandedIn { // nobody tells a class what comes next
			continue
		}
		for _, id := range s.Exercise.After {
			if !passing(id) {
				s.result.Status, s.result.First = Blocked, id
				s.result.Reasons = []string{"solve " + id + " first"}
				break
			}
		}
	}
}

func (s *subject) laterMilestone() bool {
	return s.Exercise.Milestone != nil && s.Exercise.Milestone.Before != nil
}

// nothingEarned reports whether a milestone's own tests show nothing of it yet: the files were edited for an earlier one.
func (s *subject) nothingEarned() bool {
	if s.record == nil {
		return false
	}
	for _, want := range s.record.Required(s.Exercise) {
		if want.Milestone != s.Exercise.Slug || want.Free {
			continue
		}
		if seen := s.pkg.Test(want.Name); seen != nil && seen.Outcome == gotest.Passed {
			return false
		}
	}
	return true
}

func (r *Result) set(status Status, reason string) {
	r.Status = status
	r.Reasons = append(r.Reasons, reason)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
