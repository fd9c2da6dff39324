// Wrong: a limit of zero or less means that there is no limit, as in other libraries.
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

	"golang.org/x/sync/errgroup"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	if limit < 1 {
		limit = max(1, len(in))
	}
	out := make([]R, len(in))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(limit)
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
