// Wrong: a goroutine is cheap, so the runtime may as well have all of them at once.
//checker:fails TestLimit/is_never_exceeded
//checker:fails TestStop/after_an_error/nothing_new_starts
//checker:fails TestStop/after_a_panic/nothing_new_starts
//checker:fails TestStop/after_cancellation/nothing_new_starts
//checker:fails TestStop/after_an_error/the_error_says_why
//checker:fails TestStop/after_a_panic/the_error_says_why
//checker:fails TestStop/after_cancellation/the_error_says_why
//checker:fails TestLimit/gives_a_free_place_to_the_next_item_at_once
//checker:hint 1

package boundedfanout

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if limit < 1 {
		return nil, fmt.Errorf("limit must be at least 1, got %d", limit)
	}
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	out := make([]R, len(in))
	g, gctx := errgroup.WithContext(ctx)
	for i, item := range in {
		g.Go(func() error {
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

func protect[T, R any](ctx context.Context, item T, fn func(context.Context, T) (R, error)) (r R, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return fn(ctx, item)
}
