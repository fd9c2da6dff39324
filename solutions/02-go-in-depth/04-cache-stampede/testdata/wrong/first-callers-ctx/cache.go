// Wrong: a load belongs to the request that began it, so it runs with the ctx of that request.
//checker:fails TestCaller/leaves_the_others_with_their_load/the_first
//checker:fails TestCaller/who_comes_after_all_have_left_gets_a_value
//checker:fails TestCaller/with_a_deadline_has_it_alone
//checker:hint 3

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

	open    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup // all loads, also those that nobody will hear of

	mu    sync.Mutex // never held while a load runs
	kept  map[K]entry[V]
	calls map[K]*call[V] // what a Get of now may join
}

type entry[V any] struct {
	value V
	until time.Time
}

// A call is one load. The results are set before done is closed.
type call[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// NewCache makes an empty cache that gets its values from load.
func NewCache[K comparable, V any](o Options, load func(context.Context, K) (V, error)) *Cache[K, V] {
	open, end := context.WithCancel(context.Background())
	return &Cache[K, V]{options: o, load: load, open: open, end: end, kept: map[K]entry[V]{}, calls: map[K]*call[V]{}}
}

// Get returns the value of key: the one that is kept, or else that of a load.
//
// Errors: the end of ctx; the error of the load; a panic of the load; ErrClosed.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	var none V
	c.mu.Lock()
	if c.open.Err() != nil {
		c.mu.Unlock()
		return none, ErrClosed
	}
	if e, ok := c.kept[key]; ok && time.Now().Before(e.until) {
		c.mu.Unlock()
		return e.value, nil
	}
	current, ok := c.calls[key]
	if !ok {
		current = &call[V]{done: make(chan struct{})}
		c.calls[key] = current
		c.running.Go(func() { c.run(ctx, key, current) })
	}
	c.mu.Unlock()

	select {
	case <-current.done:
		return current.value, current.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-c.open.Done():
		return none, ErrClosed
	}
}

// run loads on nobody's behalf, so the end of no caller's ctx may reach it.
func (c *Cache[K, V]) run(ctx context.Context, key K, current *call[V]) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.open, cancel)()
	defer close(current.done)
	current.value, current.err = c.protect(ctx, key)

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls[key] != current {
		return // invalidated meanwhile: not ours to keep, nor to remove
	}
	delete(c.calls, key)
	if current.err == nil {
		c.keep(key, current.value)
	}
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
	delete(c.calls, key)
}

// Close ends the contexts of all loads under way, and returns when they have ended.
func (c *Cache[K, V]) Close() {
	c.mu.Lock()
	c.end() // under the lock: a Get either has counted its load in running, or sees the end
	c.mu.Unlock()
	c.running.Wait()
}
