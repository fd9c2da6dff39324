// Right: one map of entries that are loading or loaded; timers remove them; who waited for a forgotten one asks again.

package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
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
	mu      sync.Mutex
	entries map[K]*entry[K, V]
	loaded  []*entry[K, V] // those with a value, the oldest first
	active  int            // loads under way
	quiet   chan struct{}  // closed when the cache is and nothing is under way
	closed  bool
	base    context.Context
	stop    context.CancelFunc
}

type entry[K comparable, V any] struct {
	key       K
	ready     chan struct{}
	forgotten chan struct{}
	timer     *time.Timer
	value     V
	err       error
}

// NewCache makes an empty cache that gets its values from load.
func NewCache[K comparable, V any](o Options, load func(context.Context, K) (V, error)) *Cache[K, V] {
	c := &Cache[K, V]{o: o, load: load, entries: map[K]*entry[K, V]{}, quiet: make(chan struct{})}
	c.base, c.stop = context.WithCancel(context.Background())
	return c
}

// Get returns the value of key.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	var zero V
	for {
		e, err := c.entry(ctx, key)
		if err != nil {
			return zero, err
		}
		select {
		case <-e.ready:
			return e.value, e.err
		default:
		}
		select {
		case <-e.ready:
			return e.value, e.err
		case <-e.forgotten:
		case <-c.base.Done():
			return zero, ErrClosed
		case <-ctx.Done():
			return zero, ctx.Err()
		}
	}
}

func (c *Cache[K, V]) entry(ctx context.Context, key K) (*entry[K, V], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	if e, ok := c.entries[key]; ok {
		return e, nil
	}
	e := &entry[K, V]{key: key, ready: make(chan struct{}), forgotten: make(chan struct{})}
	c.entries[key] = e
	c.active++
	go c.fill(values{c.base, ctx}, e)
	return e, nil
}

// values is a ctx that ends with one and has the values of another.
type values struct {
	context.Context
	from context.Context
}

func (v values) Value(key any) any { return v.from.Value(key) }

func (c *Cache[K, V]) fill(ctx context.Context, e *entry[K, V]) {
	returned := false
	defer func() {
		if !returned {
			e.err = fmt.Errorf("the load of %v panicked: %v", e.key, recover())
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		close(e.ready)
		if c.entries[e.key] == e {
			if e.err != nil {
				delete(c.entries, e.key)
			} else {
				c.loaded = append(c.loaded, e)
				e.timer = time.AfterFunc(c.o.TTL, func() {
					c.mu.Lock()
					defer c.mu.Unlock()
					c.remove(e)
				})
				for len(c.loaded) > c.o.MaxEntries {
					c.remove(c.loaded[0])
				}
			}
		}
		if c.active--; c.active == 0 && c.closed {
			close(c.quiet)
		}
	}()
	e.value, e.err = c.load(ctx, e.key)
	returned = true
}

// remove takes e out, wherever it still is.
func (c *Cache[K, V]) remove(e *entry[K, V]) {
	if c.entries[e.key] == e {
		delete(c.entries, e.key)
	}
	for i := range c.loaded {
		if c.loaded[i] == e {
			c.loaded = append(c.loaded[:i], c.loaded[i+1:]...)
			break
		}
	}
	if e.timer != nil {
		e.timer.Stop()
	}
}

// Invalidate makes the cache forget key.
func (c *Cache[K, V]) Invalidate(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok {
		c.remove(e)
		close(e.forgotten)
	}
}

// Close ends all loads and waits for them.
func (c *Cache[K, V]) Close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		c.stop()
		if c.active == 0 {
			close(c.quiet)
		}
		for len(c.loaded) > 0 {
			c.remove(c.loaded[0])
		}
	}
	c.mu.Unlock()
	<-c.quiet
}
