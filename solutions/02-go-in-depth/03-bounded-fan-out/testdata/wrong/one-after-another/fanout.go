// Wrong: a loop never has more than limit calls, keeps the order and stops at the first error.
//checker:fails TestResults/are_in_input_order_when_calls_end_in_another_order
//checker:fails TestResults/of_few_items_need_no_full_house
//checker:fails TestLimit/is_used_in_full
//checker:fails TestLimit/gives_a_free_place_to_the_next_item_at_once
//checker:fails TestStop
//checker:hint 1

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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := make([]R, 0, len(in))
	for _, item := range in {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := protect(ctx, item, fn)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
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
