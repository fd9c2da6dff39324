// Wrong: a mutex around looking, loading and storing lets one caller load, and the others find the value.
//checker:fails TestCaller/can_leave/a_later_one
//checker:fails TestCaller/can_leave/the_first
//checker:fails TestCaller/gives_its_values_to_load
//checker:fails TestCaller/leaves_the_others_with_their_load/a_later_one
//checker:fails TestCaller/leaves_the_others_with_their_load/the_first
//checker:fails TestCaller/who_comes_after_all_have_left_gets_a_value
//checker:fails TestCaller/with_a_deadline_has_it_alone
//checker:fails TestClose/ends_the_ctx_of_a_load_that_nobody_waits_for_any_more
//checker:fails TestClose/ends_the_ctx_of_a_load_that_somebody_waits_for
//checker:fails TestClose/ends_the_ctx_of_a_load_that_was_invalidated
//checker:fails TestClose/leaves_nothing_behind
//checker:fails TestClose/refuses_every_Get_from_its_start
//checker:fails TestClose/waits_for_a_load_that_nobody_waits_for_any_more
//checker:fails TestClose/waits_for_a_load_that_somebody_waits_for
//checker:fails TestClose/waits_for_a_load_that_was_invalidated
//checker:fails TestError/goes_to_everybody_who_waited
//checker:fails TestInvalidate/drops_nothing_of_another_key
//checker:fails TestInvalidate/drops_what_a_load_under_way_gives
//checker:fails TestInvalidate/gives_the_next_caller_a_load_of_its_own
//checker:fails TestInvalidate/leaves_who_waited_with_a_value
//checker:fails TestInvalidate/lets_no_late_load_end_the_sharing_of_the_new_one
//checker:fails TestInvalidate/lets_no_late_value_replace_the_new_one
//checker:fails TestLimit/is_never_exceeded_by_loads_at_once
//checker:fails TestLimit/is_no_limit_on_loads
//checker:fails TestPanic/is_an_error_for_everybody_who_waited
//checker:fails TestStampede/a_hundred_callers_share_one_load
//checker:fails TestStampede/a_hundred_callers_share_one_load_when_a_value_has_expired
//checker:fails TestStampede/keys_that_print_alike_are_not_one
//checker:fails TestStampede/one_key_keeps_no_other_waiting
//checker:fails TestTogether/those_who_look_at_the_same_moment_share_one_load
//checker:hint 2

// Package cache keeps what was slow to load.
package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// ErrClosed is what Get returns once Close has been called.
var ErrClosed = errors.New("cache is closed")

// Options say how much a cache keeps, and how long. Both are above zero.
type Options struct {
	TTL        time.Duration // how long a value is kept after its load has ended
	MaxEntries int           // the most values that are kept at a time
}

// A Cache keeps values that its load function has got. Its methods may be called
// from many goroutines at once.
type Cache[K comparable, V any] struct {
	options Options
	load    func(context.Context, K) (V, error)

	open context.Context // ends with Close
	end  context.CancelFunc

	mu   sync.Mutex
	kept map[K]entry[V]
}

type entry[V any] struct {
	value V
	until time.Time
}

// NewCache makes an empty cache that gets its values from load.
func NewCache[K comparable, V any](o Options, load func(context.Context, K) (V, error)) *Cache[K, V] {
	open, end := context.WithCancel(context.Background())
	return &Cache[K, V]{options: o, load: load, open: open, end: end, kept: map[K]entry[V]{}}
}

// Get returns the value of key: the one that is kept, or else that of a load.
//
// Errors: the end of ctx; the error of the load; a panic of the load; ErrClosed.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	var none V
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open.Err() != nil {
		return none, ErrClosed
	}
	if e, ok := c.kept[key]; ok && time.Now().Before(e.until) {
		return e.value, nil
	}
	value, err := c.protect(ctx, key)
	if err == nil {
		c.keep(key, value)
	}
	return value, err
}

func (c *Cache[K, V]) keep(key K, value V) {
	delete(c.kept, key)
	for other := range c.kept {
		if len(c.kept) < c.options.MaxEntries {
			break
		}
		delete(c.kept, other)
	}
	c.kept[key] = entry[V]{value, time.Now().Add(c.options.TTL)}
}

// protect calls load and turns a panic into an error.
func (c *Cache[K, V]) protect(ctx context.Context, key K) (v V, err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(c.open, cancel)()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("load %v: panic: %v\n\n%s", key, p, debug.Stack())
		}
	}()
	return c.load(ctx, key)
}

// Invalidate makes the cache forget key, and what a load under way will say of it.
func (c *Cache[K, V]) Invalidate(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, key)
}

// Close ends the contexts of all loads under way, and returns when they have ended.
func (c *Cache[K, V]) Close() {
	c.end()
	c.mu.Lock() // the load under way has it
	defer c.mu.Unlock()
}
