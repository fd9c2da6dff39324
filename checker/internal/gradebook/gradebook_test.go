package gradebook_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"workbook/checker/internal/class"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/gradebook"
)

// hostile is what a learner's program may print, or what a file may be called.
const hostile = "\x1b[31m<script>alert(1)</script> ]]> & | `code` *bold* \x00 \u202e \xff"

// graded has an exercise of every status.
func graded() *class.Graded {
	return &class.Graded{
		Version: 1, Learner: "ada", Submission: "ada.zip", Digest: "sha256:1", Isolation: "limits", Seconds: 12.3456,
		Time:    time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
		Refused: []string{"exercises/x: is a link: only files count"},
		Exercises: []*grade.Result{
			{ID: "a/passes", Number: "1.1", Title: "Passes", Status: grade.Passing, Passed: 2, Required: 2, Seconds: 0.5,
				Tests: []grade.Test{{Name: "TestA/one", Outcome: gotest.Passed}, {Name: "TestA/two", Outcome: gotest.Passed}}},
			{ID: "a/fails", Number: "1.2", Title: "Fails", Status: grade.Failing, Passed: 2, Required: 3, Reasons: []string{"1 test failed: TestB/" + hostile},
				Tests: []grade.Test{{Name: "TestB/one", Outcome: gotest.Passed}, {Name: "TestB/two", Outcome: gotest.Passed}, {Name: "TestB/three", Outcome: gotest.Failed, Output: hostile}}},
			{ID: "a/leaves", Number: "1.3", Title: "Leaves", Status: grade.Failing, Suspect: true, Passed: 1, Required: 1, Reasons: []string{"the run ended early"},
				Tests: []grade.Test{{Name: "TestC", Outcome: gotest.Passed}}},
			{ID: "a/breaks", Number: "1.4", Title: "Breaks", Status: grade.Broken, Reasons: []string{"it does not compile"}, Build: hostile},
			{ID: "a/not-begun", Number: "1.5", Title: "Not begun", Status: grade.NotStarted},
			{ID: "a/unknown", Number: "1.6", Title: "Unknown", Status: grade.Unchecked, Reasons: []string{"there is no database"}},
		},
		Differences: []class.Difference{{Exercise: "a/fails", Claimed: "passing", Graded: grade.Failing, Why: "the files were changed after that check"}},
	}
}

// keys fails the test when an object has a key that its format does not know.
func keys(t *testing.T, object map[string]any, known string) {
	t.Helper()
	for key := range object {
		assert.Contains(t, strings.Fields(known), key)
	}
}

func decoded(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal(text, &object))
	return object
}

// TestGradescope holds the file against the published list of keys.
func TestGradescope(t *testing.T) {
	text, err := gradebook.Gradescope(graded())
	require.NoError(t, err)
	out := decoded(t, text)
	keys(t, out, "execution_time output output_format test_output_format test_name_format visibility stdout_visibility extra_data tests leaderboard")
	assert.NotContains(t, out, "score", "a score at the top would override the sum of the tests")
	sum, status := 0.0, map[any]int{}
	for _, test := range out["tests"].([]any) {
		test := test.(map[string]any)
		keys(t, test, "score max_score status name name_format number output output_format tags visibility extra_data")
		assert.EqualValues(t, 1, test["max_score"])
		sum += test["score"].(float64)
		status[test["status"]]++
	}
	assert.InDelta(t, 1+2.0/3+1, sum, 0.001)
	assert.Equal(t, map[any]int{"passed": 1, "failed": 3, nil: 2}, status, "what is not begun or not known has no status")
	assert.Contains(t, out["output"], "a/unknown is unchecked: there is no database")
}

// TestClassroom50 holds the file against the shape of version 1.
func TestClassroom50(t *testing.T) {
	for name, value := range map[string]string{"CLASSROOM": "backend", "ASSIGNMENT": "step-3", "OWNER": "ada-l"} {
		t.Setenv(name, value)
	}
	text, err := gradebook.Classroom50(graded())
	require.NoError(t, err)
	out := decoded(t, text)
	keys(t, out, "schema classroom assignment assignment_type owner submission commit release review datetime graded_at score max-score tests submitted_by")
	assert.Equal(t, []any{"classroom50/result/v1", "backend", "step-3", "ada-l", "2026-03-01T09:30:00Z"},
		[]any{out["schema"], out["classroom"], out["assignment"], out["owner"], out["datetime"]})
	sum := 0
	for _, test := range out["tests"].([]any) {
		test := test.(map[string]any)
		for _, key := range []string{"test-name", "passed", "score", "max-score"} {
			assert.Contains(t, test, key)
		}
		score, err := strconv.Atoi(strconv.FormatFloat(test["score"].(float64), 'f', -1, 64))
		require.NoError(t, err, "scores are whole numbers")
		sum += score
	}
	assert.EqualValues(t, sum, out["score"])
	assert.EqualValues(t, 600, out["max-score"])
}

// TestJUnit reads the file as an XML reader would, and counts.
func TestJUnit(t *testing.T) {
	text, err := gradebook.JUnit(graded())
	require.NoError(t, err)
	counted, depth, claimed := map[string]int{}, []string{}, map[string]int{}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			depth = append(depth, token.Name.Local)
			counted[token.Name.Local]++
			for _, a := range token.Attr {
				if n, err := strconv.Atoi(a.Value); err == nil && token.Name.Local == "testsuites" {
					claimed[a.Name.Local] = n
				}
			}
		case xml.EndElement:
			require.Equal(t, depth[len(depth)-1], token.Name.Local)
			depth = depth[:len(depth)-1]
		}
	}
	assert.Equal(t, map[string]int{"tests": counted["testcase"], "failures": counted["failure"], "errors": counted["error"], "skipped": counted["skipped"]}, claimed)
	assert.Equal(t, []int{6, 3, 1, 1}, []int{counted["testsuite"], counted["failure"], counted["error"], counted["skipped"]},
		"one test, one run and one build failed; one exercise is unknown, one is not begun")
}

// TestMarkdown renders the page: nothing that a learner wrote becomes markup.
func TestMarkdown(t *testing.T) {
	text, err := gradebook.Markdown(graded())
	require.NoError(t, err)
	var html bytes.Buffer
	require.NoError(t, goldmark.New(goldmark.WithExtensions(extension.Table)).Convert(text, &html))
	assert.NotContains(t, html.String(), "<script")
	assert.NotContains(t, html.String(), "<em>")
	assert.NotContains(t, html.String(), "<code>")
	assert.Contains(t, html.String(), "1 of 6 exercises pass")
	assert.Equal(t, 5, strings.Count(html.String(), "<tr>")-1, "a row for each exercise that was begun or is unknown")
	assert.Contains(t, html.String(), "Not started: 1.")
}

// TestText shows no character that a terminal obeys.
func TestText(t *testing.T) {
	g := graded()
	g.Learner, g.Refused = hostile, []string{hostile}
	var out bytes.Buffer
	require.NoError(t, gradebook.Text(&out, []*class.Graded{g}))
	assert.False(t, strings.ContainsAny(out.String(), "\x1b\x00\u202e"), out.String())
	assert.Contains(t, out.String(), "a/leaves: the run ended early")
}

// TestJSON comes back as it was.
func TestJSON(t *testing.T) {
	text, err := gradebook.JSON(graded())
	require.NoError(t, err)
	var back class.Graded
	require.NoError(t, json.Unmarshal(text, &back))
	want := graded()
	same := slices.EqualFunc(want.Exercises, back.Exercises, func(a, b *grade.Result) bool {
		return a.ID == b.ID && a.Status == b.Status && a.Passed == b.Passed && a.Suspect == b.Suspect && len(a.Tests) == len(b.Tests)
	})
	assert.True(t, same)
	assert.Equal(t, want.Differences, back.Differences)
}
