// Wrong: a select looks at its cases from top to bottom, so Done comes first.
//checker:fails TestContext/done_before_the_call_starts_nothing
//checker:hint 3

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
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := make([]R, len(in))
	places := make(chan struct{}, limit)
	var wg sync.WaitGroup
loop:
	for i, item := range in {
		select {
		case <-ctx.Done():
			break loop
		case places <- struct{}{}:
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
