// Right: workers take the next index from an atomic counter, and a mutex guards the first error.

package boundedfanout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if limit < 1 {
		return nil, fmt.Errorf("limit must be at least 1, got %d", limit)
	}
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	callCtx, cancel := context.WithCancel(ctx)
	defer cancel()

	var (
		next  atomic.Int64
		mu    sync.Mutex
		first error
		wg    sync.WaitGroup
	)
	record := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		cancel()
	}
	out := make([]R, len(in))
	work := func() {
		defer wg.Done()
		for {
			i := int(next.Add(1)) - 1
			if i >= len(in) {
				return
			}
			if err := callCtx.Err(); err != nil {
				record(err)
				return
			}
			r, err := protect(callCtx, in[i], fn)
			if err != nil {
				record(err)
				return
			}
			out[i] = r
		}
	}
	n := min(limit, len(in))
	wg.Add(n)
	for range n {
		go work()
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
