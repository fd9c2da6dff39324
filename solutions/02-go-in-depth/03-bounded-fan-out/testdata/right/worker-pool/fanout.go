// Right: limit workers take the next index from a channel.

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

	indexes := make(chan int)
	out := make([]R, len(in))
	var workers sync.WaitGroup
	for range min(limit, len(in)) {
		workers.Go(func() {
			for i := range indexes {
				if ctx.Err() != nil {
					continue // drain, so that the sender below never waits for ever
				}
				r, err := protect(ctx, in[i], fn)
				if err != nil {
					cancel(err) // the first cause stays
					continue
				}
				out[i] = r
			}
		})
	}
	for i := range in {
		indexes <- i
	}
	close(indexes)
	workers.Wait()

	if len(in) > 0 && ctx.Err() != nil {
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
