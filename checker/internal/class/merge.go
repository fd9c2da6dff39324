package class

import (
	"fmt"
	"slices"
	"strings"

	"workbook/checker/internal/grade"
)

// Merge puts two gradings of one learner together, such as one in containers and one of the exercises that cannot run there.
// An exercise that one of them could not check is as the other one says; the error names one that both have settled.
func Merge(a, b *Graded) (*Graded, error) {
	out := *a
	out.Exercises = slices.Clone(a.Exercises)
	for _, r := range b.Exercises {
		i := slices.IndexFunc(out.Exercises, func(o *grade.Result) bool { return o.ID == r.ID })
		switch {
		case i < 0:
			out.Exercises = append(out.Exercises, r)
		case out.Exercises[i].Status == grade.Unchecked:
			out.Exercises[i] = r
		case r.Status != grade.Unchecked:
			return nil, fmt.Errorf("both have a result of %s for %s", a.Learner, r.ID)
		}
	}
	slices.SortStableFunc(out.Exercises, func(x, y *grade.Result) int { return compareNumbers(x.Number, y.Number) })
	if b.Time.After(out.Time) {
		out.Time = b.Time
	}
	if !strings.Contains(out.Isolation, b.Isolation) {
		out.Isolation += ", " + b.Isolation
	}
	if a.Problem == "" {
		out.Problem = b.Problem
	}
	out.Refused = union(a.Refused, b.Refused)
	out.Differences = union(a.Differences, b.Differences)
	out.Record = union(a.Record, b.Record)
	out.Met = slices.Clone(a.Met)
	for _, m := range b.Met {
		if !slices.ContainsFunc(out.Met, func(o Met) bool { return o.Exercise == m.Exercise && o.Name == m.Name }) {
			out.Met = append(out.Met, m)
		}
	}
	out.Seconds += b.Seconds
	return &out, nil
}

func union[T comparable](a, b []T) []T {
	all := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}
