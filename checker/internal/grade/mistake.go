package grade

import (
	"slices"

	"workbook/checker/internal/course"
)

// recognise compares the failures with those of the known mistakes. Equal sets of failures are a match; two mistakes that
// fail alike are both named. When everything fails there is nothing to recognise.
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
	var found []Mistake
	for _, m := range record.Mistakes {
		// Of a project's mistakes, a milestone sees what concerns the tests up to it.
		fails := slices.DeleteFunc(slices.Clone(m.Fails), func(name string) bool { return !required[name] })
		slices.Sort(fails)
		if len(fails) > 0 && slices.Equal(fails, failed) {
			found = append(found, Mistake{Name: m.Name, Belief: m.Belief, Hint: m.Hint})
		}
	}
	return found
}
