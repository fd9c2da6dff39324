// Wrong: the slice has room for every result, so append only writes to a free place.
//checker:fails TestResults/are_in_input_order_when_calls_end_in_another_order
//checker:fails TestResults/are_complete_when_all_calls_end_at_once
//checker:hint 2

package boundedfanout

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if limit < 1 {
		return nil, fmt.Errorf("limit must be at least 1, got %d", limit)
	}
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	var (
		wg     sync.WaitGroup
		out    = make([]R, 0, len(in))
		places = make(chan struct{}, limit)
	)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, item := range in {
		places <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-places }()
			r, err := protect(ctx, item, fn)
			if err != nil {
				cancel(err)
				return
			}
			out = append(out, r)
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
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
