// Wrong: the calls that run already may as well finish their work.
//checker:fails TestStop/after_an_error/other_calls_see_their_ctx_end
//checker:fails TestStop/after_a_panic/other_calls_see_their_ctx_end
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
	var (
		wg     sync.WaitGroup
		once   sync.Once
		failed = make(chan struct{})
		first  error
		out    = make([]R, len(in))
		places = make(chan struct{}, limit)
	)
	fail := func(err error) { once.Do(func() { first = err; close(failed) }) }
	for i, item := range in {
		places <- struct{}{}
		if err := ctx.Err(); err != nil {
			fail(err)
		}
		select {
		case <-failed:
			<-places
			continue
		default:
		}
		wg.Go(func() {
			defer func() { <-places }()
			var err error
			if out[i], err = protect(ctx, item, fn); err != nil {
				fail(err)
			}
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
