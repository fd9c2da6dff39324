// Right: one loop owns all state: it starts calls, receives what they return and decides what is next.

package boundedfanout

import (
	"context"
	"errors"
	"fmt"
)

// FetchAll calls fn for each item of in, at most limit at a time.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if limit < 1 {
		return nil, fmt.Errorf("limit must be at least 1, got %d", limit)
	}
	if fn == nil {
		return nil, errors.New("fn is nil")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	callCtx, cancel := context.WithCancel(ctx)
	defer cancel()

	type end struct {
		i   int
		r   R
		err error
	}
	ends := make(chan end)
	out := make([]R, len(in))
	var first error
	for next, running := 0, 0; running > 0 || next < len(in) && first == nil; {
		if first == nil && next < len(in) && running < limit {
			go func(i int) {
				r, err := protect(callCtx, in[i], fn)
				ends <- end{i, r, err}
			}(next)
			next, running = next+1, running+1
			continue
		}
		e := <-ends
		running--
		out[e.i] = e.r
		if first == nil && e.err != nil {
			first = e.err
		}
		if first == nil && next < len(in) {
			first = ctx.Err()
		}
		if first != nil {
			cancel()
		}
	}
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
