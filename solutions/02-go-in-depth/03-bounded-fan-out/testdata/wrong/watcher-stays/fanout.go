// Wrong: a goroutine that waits for ctx costs nothing and ends with the request.
//checker:fails TestResults/leave_no_goroutine_behind
//checker:hint 2

package boundedfanout

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

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
	var stopped atomic.Bool
	go func() {
		<-ctx.Done()
		stopped.Store(true)
	}()
	out := make([]R, len(in))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(limit)
	for i, item := range in {
		g.Go(func() error {
			if stopped.Load() || gctx.Err() != nil {
				return gctx.Err()
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
