// Wrong: whoever is still running sends its result later, and nobody has to read it.
//checker:fails TestStop/after_an_error
//checker:fails TestStop/after_a_panic
//checker:fails TestStop/after_cancellation/nothing_new_starts
//checker:fails TestStop/after_cancellation/the_error_says_why
//checker:fails TestStop/the_first_error_in_time_wins
//checker:fails TestContext/done_before_the_call_starts_nothing
//checker:hint 2

package boundedfanout

import (
	"context"
	"errors"
	"fmt"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if limit < 1 {
		return nil, fmt.Errorf("limit must be at least 1, got %d", limit)
	}
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	type result struct {
		i   int
		r   R
		err error
	}
	results := make(chan result)
	places := make(chan struct{}, limit)
	go func() {
		for i, item := range in {
			places <- struct{}{}
			go func() {
				defer func() { <-places }()
				if err := ctx.Err(); err != nil {
					results <- result{i: i, err: err}
					return
				}
				r, err := protect(ctx, item, fn)
				if err != nil {
					cancel()
				}
				results <- result{i, r, err}
			}()
		}
	}()

	out := make([]R, len(in))
	for range in {
		res := <-results
		if res.err != nil {
			return nil, res.err
		}
		out[res.i] = res.r
	}
	return out, nil
}

func protect[T, R any](ctx context.Context, item T, fn func(context.Context, T) (R, error)) (r R, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return fn(ctx, item)
}
