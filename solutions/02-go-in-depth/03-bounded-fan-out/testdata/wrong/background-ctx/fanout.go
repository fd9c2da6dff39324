// Wrong: a run needs a fresh context of its own to be cancelled on its own.
//checker:fails TestContext/values_reach_fn
//checker:fails TestContext/deadline_is_reported_as_such
//checker:hint 3

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
	runCtx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { cancel(ctx.Err()) })
	defer stop()

	out := make([]R, len(in))
	g, gctx := errgroup.WithContext(runCtx)
	g.SetLimit(limit)
	for i, item := range in {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if gctx.Err() != nil {
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
