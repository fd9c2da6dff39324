// Wrong: the first limit items start together, and each that ends starts one more.
//checker:fails TestResults/of_few_items_need_no_full_house
//checker:hint 1

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
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(in) == 0 {
		return nil, nil
	}
	out := make([]R, len(in))
	done := make(chan struct{})
	start := func(i int) {
		item := in[i]
		go func() {
			var err error
			if out[i], err = protect(ctx, item, fn); err != nil {
				cancel(err)
			}
			done <- struct{}{}
		}()
	}
	for i := range limit {
		start(i)
	}
	running, next := limit, limit
	for ; running > 0; running-- {
		<-done
		if next < len(in) && ctx.Err() == nil {
			start(next)
			next++
			running++
		}
	}
	if err := context.Cause(ctx); err != nil {
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
