// Package boundedfanout runs one function over many items, a few at a time.
package boundedfanout

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// FetchAll calls fn once for each item of in, with at most limit calls running
// at the same time, and returns the results in the order of in.
//
// The ctx that fn gets carries the values of the caller's ctx. It ends when the
// caller's ctx ends and when a call of fn fails.
//
// Errors: a limit below 1; a nil fn; the end of ctx; the first error of fn; a
// panic of fn, as a [PanicError]. With an error there are no results.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if limit < 1 {
		return nil, fmt.Errorf("fetch all: limit is %d, must be at least 1", limit)
	}
	if fn == nil {
		return nil, errors.New("fetch all: fn is nil")
	}

	out := make([]R, len(in))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(limit)
	for i, item := range in {
		g.Go(func() error {
			// Go may have waited a long time for a free place. An item that is
			// turned away here reports why, so a cancelled run is never a success.
			if err := gctx.Err(); err != nil {
				return err
			}
			var err error
			out[i], err = protect(gctx, item, fn)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// A PanicError is a panic of fn, with the stack of the goroutine that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n\n%s", e.Value, e.Stack) }

// protect calls fn and turns a panic into an error. It must run in fn's own
// goroutine: recover sees no other.
func protect[T, R any](ctx context.Context, item T, fn func(context.Context, T) (R, error)) (r R, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn(ctx, item)
}
