// Right: one goroutine owns all state and is told by channels; nothing is locked.

package cache

import (
	"context"
	"errors"
	"fmt"
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
	asks    chan ask[K, V]
	forgets chan K
	ends    chan end[K, V]
	closes  chan struct{}
	ended   chan struct{}
}

type reply[V any] struct {
	v   V
	err error
}

type ask[K comparable, V any] struct {
	ctx context.Context
	key K
	to  chan reply[V] // has room for one, so that nobody waits for a caller who has left
}

type end[K comparable, V any] struct {
	id  int
	key K
	reply[V]
}

type job[V any] struct {
	id    int
	owed  []chan reply[V]
	stale bool
}

type kept[V any] struct {
	v     V
	until time.Time
}

// NewCache makes an empty cache that gets its values from load.
func NewCache[K comparable, V any](o Options, load func(context.Context, K) (V, error)) *Cache[K, V] {
	c := &Cache[K, V]{
		asks: make(chan ask[K, V]), forgets: make(chan K), ends: make(chan end[K, V]),
		closes: make(chan struct{}), ended: make(chan struct{}),
	}
	go c.own(o, load)
	return c
}

func (c *Cache[K, V]) own(o Options, load func(context.Context, K) (V, error)) {
	defer close(c.ended)
	all, stop := context.WithCancel(context.Background())
	defer stop()
	values, order := map[K]kept[V]{}, []K{} // order: the keys of values, the oldest first
	current, jobs, id := map[K]*job[V]{}, map[int]*job[V]{}, 0
	forget := func(key K) {
		if _, ok := values[key]; !ok {
			return
		}
		delete(values, key)
		for i, k := range order {
			if k == key {
				order = append(order[:i], order[i+1:]...)
				return
			}
		}
	}
	for closing := false; !closing || len(jobs) > 0; {
		select {
		case <-c.closes:
			closing = true
			stop()
		case a := <-c.asks:
			if closing {
				a.to <- reply[V]{err: ErrClosed}
				continue
			}
			if k, ok := values[a.key]; ok && time.Now().Before(k.until) {
				a.to <- reply[V]{v: k.v}
				continue
			}
			j := current[a.key]
			if j == nil {
				id++
				j = &job[V]{id: id}
				current[a.key], jobs[id] = j, j
				go c.work(all, a, id, load)
			}
			j.owed = append(j.owed, a.to)
		case key := <-c.forgets:
			forget(key)
			if j := current[key]; j != nil {
				j.stale = true
				delete(current, key)
			}
		case e := <-c.ends:
			j := jobs[e.id]
			delete(jobs, e.id)
			for _, to := range j.owed {
				to <- e.reply
			}
			if j.stale {
				continue
			}
			delete(current, e.key)
			if e.err != nil {
				continue
			}
			forget(e.key)
			if len(order) == o.MaxEntries {
				forget(order[0])
			}
			order = append(order, e.key)
			values[e.key] = kept[V]{e.v, time.Now().Add(o.TTL)}
		}
	}
}

func (c *Cache[K, V]) work(all context.Context, a ask[K, V], id int, load func(context.Context, K) (V, error)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(a.ctx))
	defer cancel()
	stop := context.AfterFunc(all, cancel)
	defer stop()
	e := end[K, V]{id: id, key: a.key}
	defer func() {
		if r := recover(); r != nil {
			e.err = fmt.Errorf("load: %v", r)
		}
		c.ends <- e
	}()
	e.v, e.err = load(ctx, a.key)
}

// Get returns the value of key.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	var zero V
	a := ask[K, V]{ctx, key, make(chan reply[V], 1)}
	select {
	case c.asks <- a:
	case <-c.ended:
		return zero, ErrClosed
	}
	select {
	case r := <-a.to:
		return r.v, r.err
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}

// Invalidate makes the cache forget key.
func (c *Cache[K, V]) Invalidate(key K) {
	select {
	case c.forgets <- key:
	case <-c.ended:
	}
}

// Close ends all loads and waits for them.
func (c *Cache[K, V]) Close() {
	select {
	case c.closes <- struct{}{}:
	case <-c.ended:
	}
	<-c.ended
}
