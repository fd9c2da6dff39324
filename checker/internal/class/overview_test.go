package class_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/class"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
)

var began = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func after(d time.Duration) *time.Time { at := began.Add(d); return &at }

// row is a learner with one exercise.
func row(learner string, r grade.Result, met ...class.Met) class.Row {
	r.ID, r.Number = "a/one", "1.1"
	return class.Row{Member: class.Member{Learner: learner}, Graded: &class.Graded{Learner: learner, Time: began, Exercises: []*grade.Result{&r}, Met: met}}
}

func outcomes(one, two gotest.Outcome) []grade.Test {
	return []grade.Test{{Name: "TestA/one", Outcome: one}, {Name: "TestA/two", Outcome: two}}
}

func met(times int, ended *time.Time) class.Met {
	return class.Met{Exercise: "a/one", Name: "m", Belief: "Five.", Times: times, First: began, Ended: ended}
}

func TestSurvey(t *testing.T) {
	five := []grade.Mistake{{Name: "m", Belief: "Five."}}
	o := class.Survey([]class.Row{
		row("ada", grade.Result{Status: grade.Passing, Tests: outcomes(gotest.Passed, gotest.Passed)}, met(9, after(time.Hour))),
		row("bob", grade.Result{Status: grade.Failing, Tests: outcomes(gotest.Passed, gotest.Failed), Mistakes: five}, met(3, nil)),
		row("cleo", grade.Result{Status: grade.Failing, Tests: outcomes(grade.Missing, gotest.Failed)}, met(4, after(48*time.Hour))),
		row("dan", grade.Result{Status: grade.Broken}),
		row("eve", grade.Result{Status: grade.Unchecked, Tests: outcomes(gotest.Failed, gotest.Failed)}),
		row("finn", grade.Result{Status: grade.NotStarted}),
		{Member: class.Member{Learner: "gil"}},
	})
	require.Equal(t, map[grade.Status]int{grade.Passing: 1, grade.Failing: 2, grade.Broken: 1, grade.Unchecked: 1, grade.NotStarted: 1}, o.Exercises[0].By)
	require.Equal(t, 1, o.Exercises[0].Missing)
	require.Equal(t, []string{"gil"}, learners(o.Absent))
	require.Equal(t, []string{"finn"}, learners(o.NotBegun))

	require.Len(t, o.Blocking, 3, "what could not be checked blocks nobody")
	require.Equal(t, class.Blocking{Exercise: &o.Exercises[0], Test: "TestA/two", Learners: []string{"bob", "cleo"}, Tried: 4}, o.Blocking[0])
	require.Equal(t, []string{"dan"}, o.Blocking[1].Learners)
	require.Equal(t, []string{"cleo"}, o.Blocking[2].Learners, "a test that was not seen did not pass")

	require.Equal(t, []class.Beliefs{{
		Exercise: &o.Exercises[0], Name: "m", Belief: "Five.", Now: []string{"bob"}, Met: []string{"ada", "bob", "cleo"}, Overcome: 2, Checks: 4, Lasted: time.Hour,
	}}, o.Mistakes)
	require.Equal(t, 3, o.Mistakes[0].Learners(), "bob counts once")
}

// Exercises come in their order, whoever has handed in first.
func TestSurveyOrder(t *testing.T) {
	graded := func(numbers ...string) class.Row {
		g := &class.Graded{}
		for _, n := range numbers {
			g.Exercises = append(g.Exercises, &grade.Result{ID: n, Number: n, Status: grade.Passing})
		}
		return class.Row{Graded: g}
	}
	o := class.Survey([]class.Row{graded("3.10", "7.1.2"), graded("3.9", "3.10", "1.1")})
	var order []string
	for _, c := range o.Exercises {
		order = append(order, c.ID)
	}
	require.Equal(t, []string{"1.1", "3.9", "3.10", "7.1.2"}, order)
	require.Equal(t, 1, o.Exercises[1].Missing)
}

func learners(rows []class.Row) []string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Learner)
	}
	return names
}
