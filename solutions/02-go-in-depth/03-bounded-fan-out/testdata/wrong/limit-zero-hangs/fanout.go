// Wrong: a channel of size limit is all the checking that limit needs.
//checker:fails TestMisuse/limit_0_with_0_items
//checker:fails TestMisuse/limit_0_with_3_items
//checker:fails TestMisuse/limit_-1_with_0_items
//checker:fails TestMisuse/limit_-1_with_3_items
//checker:hint 1

package boundedfanout

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := make([]R, len(in))
	places := make(chan struct{}, limit)
	var wg sync.WaitGroup
	for i, item := range in {
		places <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-places }()
			var err error
			if out[i], err = protect(ctx, item, fn); err != nil {
				cancel(err)
			}
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
