// Package boundedfanout runs one function over many items, a few at a time.
package boundedfanout

import "context"

// FetchAll calls fn once for each item of in, with at most limit calls running
// at the same time, and returns the results in the order of in.
//
// The ctx that fn gets carries the values of the caller's ctx. It ends when the
// caller's ctx ends and when a call of fn fails.
//
// Errors: a limit below 1; a nil fn; the end of ctx; the first error of fn; a
// panic of fn. With an error there are no results.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	// TODO: write this.
	return nil, nil
}
