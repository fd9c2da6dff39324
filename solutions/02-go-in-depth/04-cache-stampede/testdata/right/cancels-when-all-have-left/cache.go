// Right: a hand-written call counts who waits for it, and is cancelled when the last one leaves.

package cache

import (
	"container/list"
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

// A Cache keeps values that its load function has got; the least recently used goes first.
type Cache[K comparable, V any] struct {
	o    Options
	load func(context.Context, K) (V, error)

	mu      sync.Mutex
	idle    *sync.Cond // no load is under way
	closed  bool
	recent  *list.List // of *item, the last used in front
	items   map[K]*list.Element
	flights map[K]*flight[V]
	all     map[*flight[V]]bool
}

type item[K comparable, V any] struct {
	key     K
	value   V
	expires time.Time
}

type flight[V any] struct {
	cancel  context.CancelFunc
	waiting int
	landed  chan struct{}
	value   V
	err     error
}

// NewCache makes an empty cache that gets its values from load.
func NewCache[K comparable, V any](o Options, load func(context.Context, K) (V, error)) *Cache[K, V] {
	c := &Cache[K, V]{o: o, load: load, recent: list.New()}
	c.idle = sync.NewCond(&c.mu)
	c.items, c.flights, c.all = map[K]*list.Element{}, map[K]*flight[V]{}, map[*flight[V]]bool{}
	return c
}

// Get returns the value of key.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (value V, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return value, ErrClosed
	}
	if e, ok := c.items[key]; ok {
		if it := e.Value.(*item[K, V]); time.Now().Before(it.expires) {
			c.recent.MoveToFront(e)
			return it.value, nil
		}
		c.drop(e)
	}
	f := c.flights[key]
	if f == nil {
		f = c.takeOff(ctx, key)
	}
	f.waiting++

	c.mu.Unlock()
	select {
	case <-f.landed:
		value, err = f.value, f.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.mu.Lock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if c.flights[key] == f { // whoever comes now must not join a flight that is called off
			delete(c.flights, key)
		}
	}
	return value, err
}

func (c *Cache[K, V]) takeOff(ctx context.Context, key K) *flight[V] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight[V]{cancel: cancel, landed: make(chan struct{})}
	c.flights[key], c.all[f] = f, true
	go func() {
		func() {
			defer func() {
				if r := recover(); r != nil {
					f.err = fmt.Errorf("panic while loading: %v", r)
				}
			}()
			f.value, f.err = c.load(ctx, key)
		}()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.flights[key] == f {
			delete(c.flights, key)
			if f.err == nil && !c.closed {
				c.add(key, f.value)
			}
		}
		delete(c.all, f)
		if len(c.all) == 0 {
			c.idle.Broadcast()
		}
		close(f.landed)
	}()
	return f
}

func (c *Cache[K, V]) add(key K, value V) {
	if e, ok := c.items[key]; ok {
		c.drop(e)
	}
	for c.recent.Len() >= c.o.MaxEntries {
		c.drop(c.recent.Back())
	}
	c.items[key] = c.recent.PushFront(&item[K, V]{key, value, time.Now().Add(c.o.TTL)})
}

func (c *Cache[K, V]) drop(e *list.Element) {
	delete(c.items, c.recent.Remove(e).(*item[K, V]).key)
}

// Invalidate makes the cache forget key.
func (c *Cache[K, V]) Invalidate(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.flights, key)
	if e, ok := c.items[key]; ok {
		c.drop(e)
	}
}

// Close ends all loads and waits for them.
func (c *Cache[K, V]) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for f := range c.all {
		f.cancel()
	}
	for len(c.all) > 0 {
		c.idle.Wait()
	}
}
