package cache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	cache "workbook/exercises/02-go-in-depth/04-cache-stampede"
	"workbook/exercises/internal/seed"
)

// In these tests keys are letters, and the first load of A gives the value A1.
// See story in story_test.go.

var errDown = errors.New("the database is down")

func TestStampede(t *testing.T) {
	tell(t, "a_hundred_callers_share_one_load", func(s *story) {
		all, l := s.crowd(100, "A")
		s.finish(l)
		for _, a := range all {
			a.must("A1", "the load has ended")
		}
	})

	tell(t, "a_hundred_callers_share_one_load_when_a_value_has_expired", func(s *story) {
		s.fetch("A")
		s.passes(ttl + 1)
		all, l := s.crowd(100, "A")
		s.finish(l)
		for _, a := range all {
			a.must("A2", "the load has ended")
		}
	})

	tell(t, "one_key_keeps_no_other_waiting", func(s *story) {
		s.fetch("B")
		s.loading("A")
		s.get("B").must("B1", "B is kept, and A is being loaded")
		s.invalidate("B")
		s.fetch("B").must("B2", "the load of B has ended, that of A has not")
		s.invalidate("A")
	})

	inBubble(t, "keys_that_print_alike_are_not_one", func(t *testing.T) {
		type key struct{ tenant, id any }
		gate := make(chan struct{})
		c := cache.NewCache(cache.Options{TTL: ttl, MaxEntries: 10}, func(_ context.Context, k key) (key, error) {
			<-gate
			return k, nil
		})
		keys := []key{{"a", 1}, {"a", "1"}, {"a", int64(1)}, {"a 1", ""}, {"a", "1 "}}
		got := make([]key, len(keys))
		for i, k := range keys {
			go func() { got[i], _ = c.Get(context.Background(), k) }()
		}
		synctest.Wait()
		close(gate)
		synctest.Wait()
		assert.Equal(t, keys, got, "two keys are one when == says so. All were asked for at once, and each has itself for its value")
		c.Close()
	})
}

func TestError(t *testing.T) {
	tell(t, "goes_to_everybody_who_waited", func(s *story) {
		all, l := s.crowd(10, "A")
		s.breaks(l)
		for _, a := range all {
			a.mustFail(errDown, "the load that all shared has ended with an error")
		}
	})

	tell(t, "is_not_kept", func(s *story) {
		_, l := s.loading("A")
		s.breaks(l)
		s.fetch("A").must("A2", "the error of the first load is not kept, and the second ended well")
	})

	tell(t, "is_not_hidden_by_an_old_value", func(s *story) {
		s.fetch("A")
		s.passes(ttl + 1)
		a, l := s.loading("A")
		s.breaks(l)
		a.mustFail(errDown, "A1 has expired, and the load has ended with an error")
	})
}

func TestPanic(t *testing.T) {
	value := fmt.Sprintf("no such currency: %d", seed.New(t).Uint32())

	tellApart(t, "is_an_error_for_everybody_who_waited", func(s *story) {
		all, l := s.crowd(10, "A")
		s.panics(l, value)
		for _, a := range all {
			s.require(a.returned && a.err != nil && strings.Contains(a.err.Error(), value),
				"a panic is an error whose text contains %q, for everybody who waited, but Get %s", value, a)
		}
	})

	tellApart(t, "is_not_kept", func(s *story) {
		_, l := s.loading("A")
		s.panics(l, value)
		s.fetch("A").must("A2", "the first load panicked, and the second ended well")
	})

	tellApart(t, "with_nobody_waiting_ends_no_program", func(s *story) {
		a, l := s.loading("A")
		a.leaves()
		s.panics(l, value)
		s.fetch("A").must("A2", "the first load panicked, and the second ended well")
	})
}

func TestCaller(t *testing.T) {
	for i, who := range []string{"the_first", "a_later_one"} {
		tell(t, "can_leave/"+who, func(s *story) {
			all, _ := s.crowd(3, "A")
			all[i].leaves()
			all[i].mustFail(context.Canceled, "a caller whose ctx has ended waits no longer")
		})

		tell(t, "leaves_the_others_with_their_load/"+who, func(s *story) {
			all, _ := s.crowd(3, "A")
			all[i].leaves()
			s.finishAll()
			for _, a := range slices.Delete(all, i, i+1) {
				a.must("A1", "one of three callers has left, and the load has ended")
			}
		})
	}

	tell(t, "with_a_deadline_has_it_alone", func(s *story) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		first, other := s.getWith(ctx, "A"), s.get("A")
		s.passes(time.Hour)
		first.mustFail(context.DeadlineExceeded, "the first caller has a second, the other has no deadline")
		s.finishAll()
		other.must("A1", "the first caller had a second, the other has no deadline")
	})

	tell(t, "who_comes_after_all_have_left_gets_a_value", func(s *story) {
		for range 2 {
			s.get("A").leaves()
		}
		a := s.get("A")
		s.finishAll()
		s.require(a.has() != "", "whoever comes after all have left gets a value, but Get %s", a)
	})

	tell(t, "gives_its_values_to_load", func(s *story) {
		type trace struct{}
		s.getWith(context.WithValue(context.Background(), trace{}, "trace 7"), "A")
		s.require(len(s.loads) == 1, "a load begins")
		assert.Equal(s.t, "trace 7", s.loads[0].ctx.Value(trace{}), "load gets the values of the ctx of the caller whose Get began it")
	})
}

func TestTTL(t *testing.T) {
	tell(t, "is_used_to_the_end", func(s *story) {
		s.fetch("A")
		s.passes(ttl - 1)
		s.get("A").must("A1", "the TTL ends in a nanosecond")
	})

	tell(t, "counts_from_the_end_of_the_load", func(s *story) {
		_, l := s.loading("A")
		s.passes(2 * ttl)
		s.finish(l)
		s.passes(ttl - 1)
		s.get("A").must("A1", "the TTL counts from the end of the load, and ends in a nanosecond")
	})

	tell(t, "ends_also_for_a_value_in_use", func(s *story) {
		s.passes(ttl / 3)
		s.fetch("A")
		for range 4 {
			s.passes(ttl / 5)
			s.get("A").must("A1", "its TTL is not over")
		}
		s.passes(ttl/5 + 1)
		s.fetch("A").must("A2", "the TTL of A1 is over")
	})

	tell(t, "of_an_old_value_does_not_end_a_new_one", func(s *story) {
		s.fetch("A")
		s.passes(ttl / 2)
		s.invalidate("A")
		s.fetch("A").must("A2", "A was invalidated")
		s.passes(ttl - 1)
		s.get("A").must("A2", "the TTL of A2 ends in a nanosecond")
	})
}

func TestLimit(t *testing.T) {
	keys := strings.Split("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")
	atMost10 := func(s *story) {
		kept := s.kept(seed.Shuffled(seed.New(s.t), keys)...)
		assert.LessOrEqualf(s.t, len(kept), 10, "at most 10 values are kept. 26 keys were loaded, then every load failed, and these were served: %v", kept)
	}

	tell(t, "is_never_exceeded_by_one_load_after_the_other", func(s *story) {
		for i := range 60 {
			s.fetch(keys[i%26])
			if i%3 == 0 {
				s.invalidate(keys[i%26])
			}
		}
		atMost10(s)
	})

	tell(t, "is_never_exceeded_by_loads_at_once", func(s *story) {
		for _, key := range keys {
			s.loading(key)
		}
		s.finishAll()
		atMost10(s)
	})

	tell(t, "is_used_in_full", func(s *story) {
		for _, key := range keys[:10] {
			s.fetch(key)
			s.passes(ttl / 20)
		}
		s.invalidate("J")
		s.fetch("J")
		s.get("A").must("A1", "its TTL is not over")
		s.passes(ttl/2 + 1)
		s.fetch("A").must("A2", "the TTL of A1 is over")
		kept := s.kept(keys[1:10]...)
		assert.Equalf(s.t, keys[1:10], kept, "10 values may be kept, and 10 keys were loaded, A and J for a second time. None goes before its time")
	})

	tell(t, "is_no_limit_on_loads", func(s *story) {
		_, l := s.loading("A")
		for _, key := range keys[1:] {
			s.loading(key)
		}
		s.finish(s.running()[1:]...)
		a := s.get("A")
		s.finish(l)
		a.must("A1", "10 values may be kept, and any number of loads be under way, which all who ask share")
	})
}

func TestInvalidate(t *testing.T) {
	tell(t, "drops_what_is_kept", func(s *story) {
		s.fetch("A")
		s.invalidate("A")
		s.fetch("A").must("A2", "A was invalidated")
	})

	tell(t, "drops_what_a_load_under_way_gives", func(s *story) {
		_, old := s.loading("A")
		s.invalidate("A")
		s.finish(old)
		s.fetch("A").must("A2", "load A1 began before A was invalidated")
	})

	tell(t, "leaves_who_waited_with_a_value", func(s *story) {
		a, _ := s.loading("A")
		s.invalidate("A")
		s.finishAll()
		s.require(a.has() != "", "whoever waited gets the value of that load or of a later one, but Get %s", a)
	})

	// twoLoads has load A1 under way from before A was invalidated, and A2 from after.
	twoLoads := func(s *story) (late *answer, old, young *load) {
		_, old = s.loading("A")
		s.invalidate("A")
		late = s.get("A")
		s.require(s.begun("A") == 2, "a Get after Invalidate does not wait for load A1: load A2 begins")
		return late, old, s.loads[1]
	}

	tell(t, "gives_the_next_caller_a_load_of_its_own", func(s *story) {
		late, _, young := twoLoads(s)
		s.finish(young)
		late.must("A2", "load A2 began after Invalidate, and has ended")
	})

	tell(t, "lets_no_late_value_replace_the_new_one", func(s *story) {
		_, old, young := twoLoads(s)
		s.finish(young, old)
		s.get("A").must("A2", "load A2 began after Invalidate, and has ended")
	})

	tell(t, "lets_no_late_load_end_the_sharing_of_the_new_one", func(s *story) {
		_, old, young := twoLoads(s)
		s.finish(old)
		a := s.get("A")
		s.require(s.begun("A") == 2, "load A2 is under way and shared, but load A3 begins")
		s.finish(young)
		a.must("A2", "load A2 has ended")
	})

	tell(t, "drops_nothing_of_another_key", func(s *story) {
		s.fetch("B")
		_, l := s.loading("A")
		s.invalidate("C")
		s.finish(l)
		s.get("A").must("A1", "C was invalidated while A was loaded")
		s.get("B").must("B1", "C was invalidated while B was kept")
	})
}

func TestClose(t *testing.T) {
	// closing has B kept, and a load of A that Close finds.
	closing := func(s *story, before func(*story, *answer)) (waiting *answer, closed *bool) {
		s.fetch("B")
		waiting, _ = s.loading("A")
		before(s, waiting)
		return waiting, s.call("Close", s.Close)
	}
	befores := map[string]func(*story, *answer){
		"somebody_waits_for":        func(*story, *answer) {},
		"nobody_waits_for_any_more": func(_ *story, a *answer) { a.leaves() },
		"was_invalidated":           func(s *story, _ *answer) { s.invalidate("A") },
	}
	for name, before := range befores {
		tell(t, "ends_the_ctx_of_a_load_that_"+name, func(s *story) {
			closing(s, before)
			for _, l := range s.running() {
				s.require(l.ctx.Err() != nil, "Close ends the ctx of every load under way, but that of %s goes on", l.value)
			}
		})

		tell(t, "waits_for_a_load_that_"+name, func(s *story) {
			waiting, closed := closing(s, before)
			s.require(!*closed, "Close returns when all loads have ended, but has returned already")
			s.finishAll()
			s.require(*closed, "Close returns when all loads have ended, but still waits")
			s.require(waiting.returned, "no Get waits after all loads have ended, but this one does")
		})
	}

	tell(t, "refuses_every_Get_from_its_start", func(s *story) {
		closing(s, befores["somebody_waits_for"])
		for _, when := range []string{"Close has begun", "Close has returned"} {
			for _, key := range []string{"A", "B", "C"} {
				s.get(key).mustFail(cache.ErrClosed, when)
			}
			s.finishAll()
		}
		s.require(s.begun("C") == 0, "no load begins after Close has begun")
	})

	for name, call := range map[string]func(*story){
		"Close": func(s *story) { s.Close() }, "Invalidate": func(s *story) { s.Invalidate("A") },
	} {
		tell(t, "may_be_followed_by_"+name, func(s *story) {
			s.fetch("A")
			s.call("Close", s.Close)
			s.require(*s.call(name, func() { call(s) }), "%s after Close does nothing, but it has not returned", name)
		})
	}

	t.Run("leaves_nothing_behind", func(t *testing.T) {
		left := bubble(t, func(t *testing.T) {
			s := begin(t)
			s.get("A").leaves()
			s.get("B")
			s.invalidate("B")
			for i := range 30 {
				s.fetch(string(rune('A' + i%15)))
			}
		})
		if left != nil && !t.Failed() {
			t.Errorf("Close has returned, but goroutines that the cache has begun are blocked for ever (%v)", left)
		}
	})
}
