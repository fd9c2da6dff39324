package cache_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	cache "workbook/exercises/02-go-in-depth/04-cache-stampede"
	"workbook/exercises/internal/seed"
)

// crowded is a cache with so much in it that looking for a long key takes a
// millisecond or more: who looks at the same moment stands in line for its lock,
// if it has one. The loads of long keys fail.
func crowded(t *testing.T, load func()) *cache.Cache[string, string] {
	before := runtime.GOMAXPROCS(4)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	c := cache.NewCache(cache.Options{TTL: ttl, MaxEntries: 100}, func(_ context.Context, key string) (string, error) {
		if len(key) > 100 {
			load()
			return "", errDown
		}
		return key, nil
	})
	for i := range 100 {
		_, _ = c.Get(t.Context(), fmt.Sprint(i))
	}
	return c
}

func TestTogether(t *testing.T) {
	long := strings.Repeat("A", 16<<20)

	inProcess(t, "those_who_look_at_the_same_moment_share_one_load", func(t *testing.T) {
		var loads atomic.Int32
		gate := make(chan struct{})
		c := crowded(t, func() { loads.Add(1); <-gate })
		for i := range 8 {
			go func() { _, _ = c.Get(context.Background(), long[i%2:]) }()
		}
		synctest.Wait()
		close(gate)
		c.Close()
		assert.EqualValues(t, 2, loads.Load(), "at the same moment 8 callers ask for 2 keys, each of which needs one load. So many loads have begun")
	})

	inProcess(t, "nothing_begins_after_Close", func(t *testing.T) {
		var closed, late atomic.Bool
		c := crowded(t, func() {
			if closed.Load() {
				late.Store(true)
			}
		})
		for i := range 6 {
			go func() {
				if i == 3 {
					c.Close()
					closed.Store(true)
				} else {
					_, _ = c.Get(context.Background(), long[i:])
				}
			}()
		}
		synctest.Wait()
		assert.False(t, late.Load(), "Close was called while other callers called Get. A load has begun after Close had returned")
	})

	inProcess(t, "without_data_races", func(t *testing.T) {
		keys := seed.Shuffled(seed.New(t), strings.Split("ABCDEFGH", ""))
		c := cache.NewCache(cache.Options{TTL: ttl, MaxEntries: 5}, func(_ context.Context, key string) (string, error) {
			return "value of " + key, nil
		})
		var wg sync.WaitGroup
		for me := range keys {
			wg.Go(func() {
				for i := range 200 {
					key := keys[(me*i+i/9)%len(keys)]
					if got, err := c.Get(context.Background(), key); got != "value of "+key || err != nil {
						t.Errorf("eight goroutines use the cache. Get(%q) returned %q, %v", key, got, err)
						return
					}
					if i%7 == me {
						c.Invalidate(key)
					}
				}
			})
		}
		wg.Wait()
		c.Close()
	})
}
