package render_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o666))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "`go test -update` writes it")
	require.Equal(t, string(want), got)
}

// TestStory: what tests print (*.in) becomes what a learner reads (*.golden).
func TestStory(t *testing.T) {
	files, err := filepath.Glob("testdata/story/*.in")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".in"), func(t *testing.T) {
			in, err := os.ReadFile(file)
			require.NoError(t, err)
			golden(t, strings.TrimSuffix(file, ".in")+".golden", render.Story(string(in))+"\n")
		})
	}
}

// report has every status and every part of a result in it.
func report() *grade.Report {
	e := &course.Exercise{Dir: "exercises/03-databases/06-move-money"}
	edit := []string{"exercises/03-databases/06-move-money/transfer.go"}
	result := func(number, title string, status grade.Status) *grade.Result {
		return &grade.Result{ID: "databases/" + title, Number: number, Title: title, Variant: "yours", Status: status, Edit: edit, Exercise: e}
	}
	passing := result("1.0", "First query", grade.Passing)
	passing.Passed, passing.Required = 5, 5
	failing := result("3.6", "Move money", grade.Failing)
	failing.Passed, failing.Required = 4, 6
	failing.Reasons = []string{"2 tests failed, the first is TestTransfer/at_once"}
	failing.Notes = []string{"race detector not run: no C compiler: gcc is not on the path"}
	failing.Log = ".workbook/logs/databases/move-money.log"
	failing.Tests = []grade.Test{
		{Name: "TestTransfer/moves", Outcome: gotest.Passed},
		{Name: "TestTransfer/at_once", Outcome: gotest.Failed, Output: "    transfer_test.go:33: A read 100, B read 100, both wrote 90\n"},
		{Name: "TestTransfer/sum", Outcome: gotest.Failed, Output: "    transfer_test.go:40: 10 are gone\n"},
	}
	failing.Mistakes = []grade.Mistake{{Name: "lost-update", Belief: "a transaction is enough.", Hint: 2}, {Name: "other", Belief: "or this."}}
	broken := result("4.6", "Errors", grade.Broken)
	broken.Reasons = []string{"it does not compile, or go vet refuses it"}
	broken.Build = "# workbook/exercises/x\nexercises/x/problem.go:3:1: undefined: y\n"
	blocked := result("6.3", "Read the logs", grade.Blocked)
	blocked.Reasons = []string{"bash is not on the path"}
	unchecked := result("3.7", "Doctor", grade.Unchecked)
	unchecked.Reasons = []string{"the database went away during the check: check again"}
	fresh := result("5.3", "Tokens", grade.NotStarted)
	fresh.Required = 9
	fresh.Tests = []grade.Test{{Name: "TestIssue/round_trip", Outcome: gotest.Failed, Output: "    t_test.go:5: Issue returns a token\n"}}
	return &grade.Report{
		Version:  1,
		Database: &grade.Database{Source: "local", Version: "17.2", Messages: []string{"container: no engine answers"}},
		Notes:    []string{"attempts.jsonl:2: the line does not follow the one before it"},
		Steps: []grade.Step{
			{Number: 1, Title: "What backend development is", Passing: 9, Total: 9},
			{Number: 3, Title: "Databases", Passing: 1, Total: 11},
			{Number: 7, Title: "Projects"},
		},
		Exercises: []*grade.Result{passing, failing, broken, blocked, unchecked, fresh},
	}
}

func TestText(t *testing.T) {
	cases := map[string]render.Options{
		"text.golden":        {Next: "databases/Move money"},
		"text-all.golden":    {All: true, Asked: true},
		"text-colour.golden": {Colour: true},
	}
	for file, opts := range cases {
		t.Run(file, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, render.Text(&out, report(), opts))
			golden(t, filepath.Join("testdata", file), out.String())
		})
	}
}

func TestTextSaysWhenAllIsDone(t *testing.T) {
	r := report()
	r.Exercises = r.Exercises[:1]
	var out bytes.Buffer
	require.NoError(t, render.Text(&out, r, render.Options{}))
	require.Contains(t, out.String(), "Every exercise passes")
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, render.JSON(&out, report()))
	var back grade.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, 1, back.Version)
	require.Len(t, back.Exercises, 6)
	require.Equal(t, grade.Failing, back.Exercises[1].Status)
	require.Equal(t, "a transaction is enough.", back.Exercises[1].Mistakes[0].Belief)
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteErrorsAreReturned(t *testing.T) {
	require.ErrorIs(t, render.Text(brokenPipe{}, report(), render.Options{}), os.ErrClosed)
	require.ErrorIs(t, render.JSON(brokenPipe{}, report()), os.ErrClosed)
}
