package gradebook

import (
	"fmt"
	"math"
	"strings"

	"workbook/checker/internal/class"
	"workbook/checker/internal/grade"
)

// The shape of Gradescope's results.json: https://gradescope-autograders.readthedocs.io/en/latest/specs/
type gradescopeResults struct {
	ExecutionTime    float64          `json:"execution_time"`
	Output           string           `json:"output,omitempty"`
	OutputFormat     string           `json:"output_format"`
	TestOutputFormat string           `json:"test_output_format"`
	TestNameFormat   string           `json:"test_name_format"`
	Visibility       string           `json:"visibility"`
	StdoutVisibility string           `json:"stdout_visibility"`
	Tests            []gradescopeTest `json:"tests"`
	ExtraData        map[string]any   `json:"extra_data"`
}

type gradescopeTest struct {
	Score     float64        `json:"score"`
	MaxScore  float64        `json:"max_score"`
	Status    string         `json:"status,omitempty"` // left out where nothing can be said
	Name      string         `json:"name"`
	Number    string         `json:"number"`
	Output    string         `json:"output,omitempty"`
	Tags      []string       `json:"tags"`
	ExtraData map[string]any `json:"extra_data"`
}

// Gradescope is what an autograder of Gradescope writes into results.json: a test for each exercise, worth one point, of
// which the share of its tests that pass is earned. There is no top-level score: it would override the sum.
func Gradescope(g *class.Graded) ([]byte, error) {
	out := gradescopeResults{
		ExecutionTime: math.Round(g.Seconds*1000) / 1000, OutputFormat: "text", TestOutputFormat: "text", TestNameFormat: "text",
		Visibility: "visible", StdoutVisibility: "hidden", Output: strings.Join(notable(g), "\n"),
		Tests: []gradescopeTest{}, ExtraData: map[string]any{"learner": g.Learner, "digest": g.Digest, "isolation": g.Isolation},
	}
	for _, r := range g.Exercises {
		t := gradescopeTest{
			Score: math.Round(class.Share(r)*1000) / 1000, MaxScore: 1, Name: r.Title, Number: r.Number, Output: told(r),
			Tags: []string{string(r.Status)}, ExtraData: map[string]any{"id": r.ID, "passed": r.Passed, "required": r.Required},
		}
		switch r.Status {
		case grade.Passing:
			t.Status = "passed"
		case grade.Failing, grade.Broken:
			t.Status = "failed"
		}
		out.Tests = append(out.Tests, t)
	}
	return indented(out)
}

// told is what a learner reads of an exercise: how it stands, why, and the first failing test's story.
func told(r *grade.Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.TrimSuffix(fmt.Sprintf("%s, %s", r.Status, score(r)), ", "+none))
	for _, reason := range r.Reasons {
		fmt.Fprintln(&b, reason)
	}
	for _, note := range r.Notes {
		fmt.Fprintln(&b, note)
	}
	for _, m := range r.Mistakes {
		fmt.Fprintf(&b, "It looks like this belief: %s\n", m.Belief)
	}
	if r.Build != "" {
		fmt.Fprintf(&b, "\n%s\n", r.Build)
	}
	for _, t := range r.Tests {
		if failed(t) && t.Output != "" {
			fmt.Fprintf(&b, "\n%s\n%s\n", t.Name, t.Output)
			break
		}
	}
	return strings.TrimSpace(b.String())
}
