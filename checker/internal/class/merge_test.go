package class

import (
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
)

func result(number string, status grade.Status) *grade.Result {
	return &grade.Result{ID: "x/" + number, Number: number, Status: status}
}

// TestMerge: what one grading could not check, another one settles; no verdict is replaced by another.
func TestMerge(t *testing.T) {
	contained := &Graded{Learner: "ada", Isolation: "container", Seconds: 2, Exercises: []*grade.Result{
		result("1.1", grade.Passing), result("2.5", grade.Unchecked), result("3.1", grade.Unchecked), result("3.2", grade.Failing)}}
	apart := &Graded{Learner: "ada", Isolation: "limits", Seconds: 3, Refused: []string{"a link"}, Exercises: []*grade.Result{
		result("2.5", grade.Failing), result("3.1", grade.Unchecked), result("3.2", grade.Unchecked), result("1.2", grade.Passing)}}
	for _, pair := range [][2]*Graded{{contained, apart}, {apart, contained}} {
		both, err := Merge(pair[0], pair[1])
		require.NoError(t, err)
		var seen []string
		for _, r := range both.Exercises {
			seen = append(seen, r.Number+" "+string(r.Status))
		}
		require.Equal(t, []string{"1.1 passing", "1.2 passing", "2.5 failing", "3.1 unchecked", "3.2 failing"}, seen)
		require.Equal(t, []string{"a link"}, both.Refused)
		require.InDelta(t, 5, both.Seconds, 0)
		require.Contains(t, both.Isolation, "container")
		require.Contains(t, both.Isolation, "limits")
	}
	require.Len(t, contained.Exercises, 4, "the results that were put together are as they were")
	_, err := Merge(contained, &Graded{Learner: "ada", Exercises: []*grade.Result{result("1.1", grade.Failing)}})
	require.ErrorContains(t, err, "both have a result of ada for x/1.1")
}

// TestEndings: what went beyond a limit does not pass, whatever its tests say; of what could not be run nothing is known.
func TestEndings(t *testing.T) {
	report := &grade.Report{}
	for _, dir := range []string{"by-itself", "beyond", "lost"} {
		report.Exercises = append(report.Exercises, &grade.Result{Status: grade.Passing, Tests: []grade.Test{{Name: "TestA"}}, Exercise: &course.Exercise{Dir: dir}})
	}
	nameEndings(report, &Room{Ending: func(dir string) Ending {
		return map[string]Ending{"beyond": {Breach: "it printed too much"}, "lost": {Fault: "no engine"}}[dir]
	}})
	require.Equal(t, grade.Passing, report.Exercises[0].Status)
	require.Equal(t, grade.Failing, report.Exercises[1].Status)
	require.True(t, report.Exercises[1].Suspect)
	require.Equal(t, grade.Unchecked, report.Exercises[2].Status)
	require.False(t, report.Exercises[2].Suspect)
	require.Empty(t, report.Exercises[2].Tests)
	require.Equal(t, []string{"it could not be run: no engine"}, report.Exercises[2].Reasons)
}
