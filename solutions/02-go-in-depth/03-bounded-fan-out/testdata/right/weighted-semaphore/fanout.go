// Right: every item has its goroutine from the start, and a weighted semaphore lets limit of them through.

package boundedfanout

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"
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
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	fail := func(err error) {
		once.Do(func() {
			first = err
			cancel()
		})
	}
	places := semaphore.NewWeighted(int64(limit))
	out := make([]R, len(in))
	for i, item := range in {
		wg.Go(func() {
			if err := places.Acquire(ctx, 1); err != nil {
				fail(err)
				return
			}
			defer places.Release(1)
			if err := ctx.Err(); err != nil { // Acquire may succeed although ctx is done
				fail(err)
				return
			}
			r, err := protect(ctx, item, fn)
			if err != nil {
				fail(err)
				return
			}
			out[i] = r
		})
	}
	wg.Wait()
	if first != nil {
		return nil, first
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
