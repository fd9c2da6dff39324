package render_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
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

// TestStoryOfALongOutput: whatever a program prints, what the test says is there, and so is the beginning.
func TestStoryOfALongOutput(t *testing.T) {
	said := "    a_test.go:7: it promises 1: got 2, want 1\n"
	for name, out := range map[string]string{
		"many lines":    strings.Repeat("printed\n", 1<<18),
		"one long line": "printed " + strings.Repeat("x", 1<<21) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			story := render.Story(out + said)
			require.Contains(t, story, "it promises 1: got 2, want 1\n(a_test.go:7)")
			require.Less(t, len(story), 2000)
			if name == "many lines" {
				require.True(t, strings.HasPrefix(story, "printed\n"))
			}
		})
	}
	story := render.Story("    a_test.go:7: " + strings.Repeat("x", 5000) + "\n")
	require.Equal(t, strings.Repeat("x", 1000)+"…\n(a_test.go:7)", story)
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

// hostile is what a program may print to make a terminal do something, or to hide something from its reader.
const hostile = "a\x1b[31m\x00\r\b\u009b2J\u202e\u200b\ufeff\u00a0\u3164\U000e0041z"

// poison puts hostile text into every text of a value.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Status" && v.Type().Field(i).Name != "Outcome" { // these are the checker's own words
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(v.String() + hostile)
		}
	}
}

// terminal finds what a terminal obeys or hides.
var terminal = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x{a0}\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202f}\x{2060}-\x{206f}\x{3164}\x{feff}\x{e0000}-\x{e01ef}]`)

func TestNothingOfAReportReachesTheTerminal(t *testing.T) {
	r := report()
	poison(reflect.ValueOf(r))
	problem := report()
	problem.Database.Problem = "x"
	poison(reflect.ValueOf(problem))
	for name, opts := range map[string]render.Options{"all": {All: true}, "first": {}} {
		for _, r := range []*grade.Report{r, problem} {
			var out bytes.Buffer
			require.NoError(t, render.Text(&out, r, opts))
			require.Empty(t, terminal.FindAllString(out.String(), -1), name)
			require.Contains(t, out.String(), "a‹ESC›[31m‹NUL›‹CR›‹BS›‹U+009B›2J‹U+202E›‹U+200B›‹U+FEFF›‹U+00A0›‹U+3164›‹U+E0041›z")

			out.Reset()
			require.NoError(t, render.Text(&out, r, render.Options{All: opts.All, Colour: true}))
			ours := regexp.MustCompile(`\x1b\[(1|2|31|32|33|36|0)m`).ReplaceAllString(out.String(), "")
			require.Empty(t, terminal.FindAllString(ours, -1), name)
		}
	}
	var out bytes.Buffer
	require.NoError(t, render.JSON(&out, r))
	require.Empty(t, terminal.FindAllString(out.String(), -1))
	var back grade.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, r.Exercises[1].Tests[1].Output, back.Exercises[1].Tests[1].Output, "and yet nothing is lost")
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteErrorsAreReturned(t *testing.T) {
	require.ErrorIs(t, render.Text(brokenPipe{}, report(), render.Options{}), os.ErrClosed)
	require.ErrorIs(t, render.JSON(brokenPipe{}, report()), os.ErrClosed)
}
