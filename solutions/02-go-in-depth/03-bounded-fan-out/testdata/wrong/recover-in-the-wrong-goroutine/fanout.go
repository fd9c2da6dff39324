// Wrong: a deferred recover at the top of FetchAll covers everything that it starts.
//checker:fails TestStop/after_a_panic
//checker:hint 4

package boundedfanout

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) (out []R, err error) {
	if limit < 1 {
		return nil, fmt.Errorf("limit must be at least 1, got %d", limit)
	}
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	defer func() {
		if v := recover(); v != nil {
			out, err = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	out = make([]R, len(in))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(limit)
	for i, item := range in {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			var err error
			out[i], err = fn(gctx, item)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}
