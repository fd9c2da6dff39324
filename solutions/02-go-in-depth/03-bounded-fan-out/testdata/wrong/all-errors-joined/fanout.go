// Wrong: the caller is best served with every error that happened.
//checker:fails TestStop/the_first_error_in_time_wins
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg     sync.WaitGroup
		out    = make([]R, len(in))
		errs   = make([]error, len(in))
		places = make(chan struct{}, limit)
	)
	for i, item := range in {
		places <- struct{}{}
		if err := ctx.Err(); err != nil {
			errs[i] = err
			<-places
			break
		}
		wg.Go(func() {
			defer func() { <-places }()
			if out[i], errs[i] = protect(ctx, item, fn); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
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
