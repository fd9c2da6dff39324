// Wrong: a panic that was recovered is dealt with; it must be reported at the end, but it is no reason to disturb the calls still running.
//checker:fails TestStop/after_a_panic/other_calls_see_their_ctx_end

// Package boundedfanout runs one function over many items, a few at a time.
package boundedfanout

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// FetchAll calls fn once for each item of in, with at most limit calls running
// at the same time, and returns the results in the order of in.
//
// The ctx that fn gets carries the values of the caller's ctx. It ends when the
// caller's ctx ends and when a call of fn fails.
//
// Errors: a limit below 1; a nil fn; the end of ctx; the first error of fn; a
// panic of fn. With an error there are no results.
func FetchAll[T, R any](ctx context.Context, in []T, limit int, fn func(context.Context, T) (R, error)) ([]R, error) {
	if limit < 1 {
		return nil, fmt.Errorf("fan-out: limit %d is below 1", limit)
	}
	if fn == nil {
		return nil, errors.New("fan-out: fn is nil")
	}
	if len(in) == 0 {
		return nil, nil
	}

	callCtx, cancel := context.WithCancel(ctx)
	defer cancel()

	var (
		mu    sync.Mutex
		next  int   // first item that has not started
		first error // why we stopped; set once
		out   = make([]R, len(in))
	)

	// stopped reports whether the run is over. If the caller's ctx has ended
	// and nothing failed before, that is the reason. Needs mu.
	stopped := func() bool {
		if first == nil && ctx.Err() != nil {
			first = ctx.Err()
		}
		return first != nil
	}
	// claim hands out the next item, if there is one and the run goes on.
	claim := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if stopped() || next == len(in) {
			return 0, false
		}
		i := next
		next++
		return i, true
	}
	// finish records how a call ended. The end of ctx is looked at here too,
	// so a success after it does not count.
	finish := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if !stopped() && err != nil {
			first = err
			cancel()
		}
	}

	call := func(i int) {
		// Overwritten by a return; stays when fn ends its goroutine.
		err := errors.New("fan-out: fn called runtime.Goexit")
		defer func() {
			if p := recover(); p != nil {
				mu.Lock()
				defer mu.Unlock()
				if !stopped() {
					first = panicError(p)
				}
				return
			}
			finish(err)
		}()
		out[i], err = fn(callCtx, in[i])
	}

	var wg sync.WaitGroup
	for range min(limit, len(in)) {
		wg.Go(func() {
			for {
				i, ok := claim()
				if !ok {
					return
				}
				call(i)
			}
		})
	}
	wg.Wait()

	if first != nil {
		return nil, first
	}
	return out, nil
}

func panicError(p any) error {
	if err, ok := p.(error); ok {
		return fmt.Errorf("fan-out: fn panicked: %w", err)
	}
	return fmt.Errorf("fan-out: fn panicked: %v", p)
}
