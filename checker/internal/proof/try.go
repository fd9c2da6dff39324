package proof

import (
	"context"
	"fmt"
	"slices"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/variant"
)

// Trial is what the tests did with one answer, for an author who is still at work on it.
type Trial struct {
	Result   *grade.Result
	Surprise []string // where it differs from what the answer says of itself, one line each; none when it agrees
}

// Try runs one answer, once, and holds it against its header. Nothing is derived from it and nothing is recorded.
func Try(ctx context.Context, req Request, e *course.Exercise, v variant.Variant, race bool) (Trial, error) {
	report, err := runRound(ctx, req, []grade.Item{{Exercise: e, Variant: v}}, grade.Request{Race: race})
	if err != nil {
		return Trial{}, err
	}
	t := Trial{Result: report.Result(e.ID)}
	switch v.Kind {
	case variant.Wrong:
		header, err := variant.ReadHeader(req.Course, v)
		if err != nil {
			return Trial{}, err
		}
		t.Surprise = surprises(t.Result, header.Fails)
	case variant.Stub:
		if t.Result.Status != grade.Failing {
			t.Surprise = []string{fmt.Sprintf("the stub is %s, and should fail", t.Result.Status)}
		}
	default:
		if t.Result.Status != grade.Passing {
			t.Surprise = append([]string{"it should pass"}, t.Result.Reasons...)
		}
	}
	return t, nil
}

// surprises compares the tests that a wrong answer fails with those that it names.
func surprises(r *grade.Result, named []string) []string {
	var lines []string
	if !r.Complete {
		lines = append(lines, "the run did not reach its end")
	}
	named = slices.Clone(named)
	seen := map[string]bool{}
	for _, test := range r.Tests {
		i := slices.IndexFunc(named, func(n string) bool { return covers(n, test.Name) })
		switch {
		case test.Outcome != gotest.Passed && i < 0:
			lines = append(lines, "fails "+test.Name+", which it does not name")
		case test.Outcome == gotest.Passed && i >= 0:
			lines = append(lines, "names "+test.Name+" and passes it")
		}
		if i >= 0 {
			seen[named[i]] = true
		}
	}
	for _, n := range named {
		if !seen[n] {
			lines = append(lines, "names "+n+", which is no test")
		}
	}
	return lines
}
