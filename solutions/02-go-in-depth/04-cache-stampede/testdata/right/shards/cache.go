// Right: sixteen shards with a lock each; one number counts the values of all of them.

package cache

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is what Get returns once Close has been called.
var ErrClosed = errors.New("cache is closed")

// Options say how much a cache keeps, and how long. Both are above zero.
type Options struct {
	TTL        time.Duration
	MaxEntries int
}

const shards = 16

// A Cache keeps values that its load function has got.
type Cache[K comparable, V any] struct {
	o      Options
	load   func(context.Context, K) (V, error)
	seed   maphash.Seed
	stop   chan struct{}
	once   sync.Once
	gate   sync.RWMutex // write-locked to close
	closed bool
	loads  sync.WaitGroup
	count  atomic.Int64 // of values in all shards
	next   atomic.Uint64
	shards [shards]shard[K, V]
}

type shard[K comparable, V any] struct {
	sync.Mutex
	values  map[K]value[V]
	loading map[K]*promise[V]
}

type value[V any] struct {
	v   V
	end time.Time
}

type promise[V any] struct {
	kept chan struct{}
	v    V
	err  error
}

// NewCache makes an empty cache that gets its values from load.
func NewCache[K comparable, V any](o Options, load func(context.Context, K) (V, error)) *Cache[K, V] {
	c := &Cache[K, V]{o: o, load: load, seed: maphash.MakeSeed(), stop: make(chan struct{})}
	for i := range c.shards {
		c.shards[i].values, c.shards[i].loading = map[K]value[V]{}, map[K]*promise[V]{}
	}
	return c
}

func (c *Cache[K, V]) shard(key K) *shard[K, V] {
	return &c.shards[maphash.Comparable(c.seed, key)%shards]
}

// Get returns the value of key.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	p, err := c.promise(ctx, key)
	if err != nil {
		var zero V
		return zero, err
	}
	select {
	case <-p.kept:
		return p.v, p.err
	case <-ctx.Done():
		var zero V
		return zero, ctx.Err()
	}
}

func (c *Cache[K, V]) promise(ctx context.Context, key K) (*promise[V], error) {
	c.gate.RLock()
	defer c.gate.RUnlock()
	if c.closed {
		return nil, ErrClosed
	}
	s := c.shard(key)
	s.Lock()
	defer s.Unlock()
	if v, ok := s.values[key]; ok && time.Until(v.end) > 0 {
		p := &promise[V]{kept: make(chan struct{}), v: v.v}
		close(p.kept)
		return p, nil
	}
	if p, ok := s.loading[key]; ok {
		return p, nil
	}
	p := &promise[V]{kept: make(chan struct{})}
	s.loading[key] = p
	c.loads.Add(1)
	go c.keep(context.WithoutCancel(ctx), key, p)
	return p, nil
}

func (c *Cache[K, V]) keep(ctx context.Context, key K, p *promise[V]) {
	defer c.loads.Done()
	defer close(p.kept)
	p.v, p.err = c.try(detached{ctx, c.stop}, key)

	s := c.shard(key)
	s.Lock()
	if s.loading[key] == p {
		delete(s.loading, key)
		if p.err == nil {
			if _, there := s.values[key]; !there {
				c.count.Add(1)
			}
			s.values[key] = value[V]{p.v, time.Now().Add(c.o.TTL)}
		}
	}
	s.Unlock()
	for c.count.Load() > int64(c.o.MaxEntries) {
		c.evict(&c.shards[c.next.Add(1)%shards])
	}
}

func (c *Cache[K, V]) evict(s *shard[K, V]) {
	s.Lock()
	defer s.Unlock()
	if c.count.Load() <= int64(c.o.MaxEntries) {
		return
	}
	for k := range s.values {
		delete(s.values, k)
		c.count.Add(-1)
		return
	}
}

func (c *Cache[K, V]) try(ctx context.Context, key K) (v V, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return c.load(ctx, key)
}

// detached has the values of one ctx, and ends with the cache.
type detached struct {
	context.Context
	stop chan struct{}
}

func (d detached) Done() <-chan struct{} { return d.stop }

func (d detached) Err() error {
	select {
	case <-d.stop:
		return context.Canceled
	default:
		return nil
	}
}

// Invalidate makes the cache forget key.
func (c *Cache[K, V]) Invalidate(key K) {
	s := c.shard(key)
	s.Lock()
	defer s.Unlock()
	delete(s.loading, key)
	if _, there := s.values[key]; there {
		delete(s.values, key)
		c.count.Add(-1)
	}
}

// Close ends all loads and waits for them.
func (c *Cache[K, V]) Close() {
	c.once.Do(func() {
		c.gate.Lock()
		c.closed = true
		c.gate.Unlock()
		close(c.stop)
	})
	c.loads.Wait()
}
