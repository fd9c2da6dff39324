package grade

import (
	"slices"
	"strings"

	"workbook/checker/internal/course"
)

// recognise compares the failures with those of the known mistakes. Equal sets of failures are a match. Of mistakes that
// fail alike, one whose sign the tests print goes before those without; what is left is named together. When everything
// fails there is nothing to recognise.
func recognise(record *course.Record, e *course.Exercise, r *Result) []Mistake {
	if r.Passed == 0 {
		return nil
	}
	required := map[string]bool{}
	for _, t := range r.Tests {
		required[t.Name] = true
	}
	failed := r.FailedTests()
	slices.Sort(failed)
	text := r.FailureText()
	var signed, unsigned []Mistake
	for _, m := range record.Mistakes {
		// Of a project's mistakes, a milestone sees what concerns the tests up to it.
		fails := slices.DeleteFunc(slices.Clone(m.Fails), func(name string) bool { return !required[name] })
		slices.Sort(fails)
		if len(fails) == 0 || !slices.Equal(fails, failed) {
			continue
		}
		alike := Mistake{Name: m.Name, Belief: m.Belief, Hint: m.Hint}
		switch {
		case m.Sign == "":
			unsigned = append(unsigned, alike)
		case strings.Contains(text, m.Sign):
			signed = append(signed, alike)
		}
	}
	if len(signed) > 0 {
		return signed
	}
	return unsigned
}
