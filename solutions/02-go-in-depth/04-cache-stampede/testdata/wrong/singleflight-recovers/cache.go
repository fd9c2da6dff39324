// Wrong: singleflight recovers a panic and gives it to everybody who waits.
//checker:fails TestPanic/is_an_error_for_everybody_who_waited
//checker:fails TestPanic/is_not_kept
//checker:fails TestPanic/with_nobody_waiting_ends_no_program
//checker:sign ended the whole program
//checker:hint 6

package cache

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// ErrClosed is what Get returns once Close has been called.
var ErrClosed = errors.New("cache is closed")

// Options say how much a cache keeps, and how long. Both are above zero.
type Options struct {
	TTL        time.Duration
	MaxEntries int
}

// A Cache keeps values that its load function has got.
type Cache[K comparable, V any] struct {
	o       Options
	load    func(context.Context, K) (V, error)
	group   singleflight.Group
	closing chan struct{}
	loads   sync.WaitGroup

	mu         sync.RWMutex
	closed     bool
	values     map[K]stored[V]
	generation map[K]uint64 // of keys that are being loaded
	last       uint64
}

type stored[V any] struct {
	v      V
	loaded time.Time
}

// NewCache makes an empty cache that gets its values from load.
func NewCache[K comparable, V any](o Options, load func(context.Context, K) (V, error)) *Cache[K, V] {
	return &Cache[K, V]{
		o: o, load: load, closing: make(chan struct{}),
		values: make(map[K]stored[V]), generation: make(map[K]uint64),
	}
}

func (c *Cache[K, V]) fresh(key K) (V, bool) {
	s, ok := c.values[key]
	if ok && time.Since(s.loaded) < c.o.TTL {
		return s.v, true
	}
	var zero V
	return zero, false
}

// Get returns the value of key.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	var zero V
	c.mu.RLock()
	v, ok := c.fresh(key)
	closed := c.closed
	c.mu.RUnlock()
	switch {
	case closed:
		return zero, ErrClosed
	case ok:
		return v, nil
	}

	result, err := c.join(ctx, key)
	if err != nil {
		return zero, err
	}
	select {
	case r := <-result:
		if r.Err != nil {
			return zero, r.Err
		}
		return r.Val.(stored[V]).v, nil
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}

func (c *Cache[K, V]) join(ctx context.Context, key K) (<-chan singleflight.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	if v, ok := c.fresh(key); ok { // a load has ended since we looked
		done := make(chan singleflight.Result, 1)
		done <- singleflight.Result{Val: stored[V]{v: v}}
		return done, nil
	}
	gen, ok := c.generation[key]
	if !ok {
		c.last++
		gen = c.last
		c.generation[key] = gen
		c.loads.Add(1)
	}
	// The number stands for the key: singleflight wants strings, and not every key is one.
	return c.group.DoChan(strconv.FormatUint(gen, 36), func() (any, error) {
		defer c.loads.Done()
		v, err := c.guarded(context.WithoutCancel(ctx), key)
		c.settle(key, gen, v, err)
		return stored[V]{v: v}, err
	}), nil
}

// settle ends a generation, and keeps what it has loaded unless Invalidate was quicker.
func (c *Cache[K, V]) settle(key K, gen uint64, v V, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation[key] != gen {
		return
	}
	delete(c.generation, key)
	c.group.Forget(strconv.FormatUint(gen, 36))
	if err != nil {
		return
	}
	if _, there := c.values[key]; !there && len(c.values) >= c.o.MaxEntries {
		var oldest K
		var when time.Time
		for k, s := range c.values {
			if when.IsZero() || s.loaded.Before(when) {
				oldest, when = k, s.loaded
			}
		}
		delete(c.values, oldest)
	}
	c.values[key] = stored[V]{v, time.Now()}
}

func (c *Cache[K, V]) guarded(ctx context.Context, key K) (v V, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := make(chan struct{})
	defer close(stopped)
	go func() {
		select {
		case <-c.closing:
			cancel()
		case <-stopped:
		}
	}()
	return c.load(ctx, key)
}

// Invalidate makes the cache forget key.
func (c *Cache[K, V]) Invalidate(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.values, key)
	if gen, ok := c.generation[key]; ok {
		delete(c.generation, key)
		c.group.Forget(strconv.FormatUint(gen, 36))
	}
}

// Close ends all loads and waits for them.
func (c *Cache[K, V]) Close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.closing)
	}
	c.mu.Unlock()
	c.loads.Wait()
}
