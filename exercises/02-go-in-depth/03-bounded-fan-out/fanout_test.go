package boundedfanout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	boundedfanout "workbook/exercises/02-go-in-depth/03-bounded-fan-out"
)

// In these tests the items are letters: begin(t, "ABCDE", 2) runs FetchAll over
// five items with a limit of two. See story in story_test.go.

func TestResults(t *testing.T) {
	inBubble(t, "are_in_input_order_when_calls_end_in_another_order", func(t *testing.T) {
		s := begin(t, "ABCDE", 5)
		ends := s.need(5)
		for i, j := range seeded(t).Perm(4) { // any order but the input's
			ends[i] = letters("EDCB")[j]
		}
		ends[4] = "A"
		for _, item := range ends {
			s.succeed(item)
		}
		got, err := s.outcome()
		require.NoError(t, err)
		assert.Equalf(t, []string{"got A", "got B", "got C", "got D", "got E"}, got,
			"the result of item i is at place i; the calls ended in the order %v", ends)
	})

	inBubble(t, "are_complete_when_all_calls_end_at_once", func(t *testing.T) {
		var in, want []int
		for i := range 500 {
			in, want = append(in, i), append(want, i*i)
		}
		together := make(chan struct{})
		var got []int
		var err error
		go func() {
			got, err = boundedfanout.FetchAll(t.Context(), in, len(in), func(_ context.Context, i int) (int, error) {
				<-together
				return i * i, nil
			})
		}()
		synctest.Wait()
		close(together)
		synctest.Wait()
		require.NoError(t, err)
		assert.Truef(t, slices.Equal(want, got), "500 calls that end at the same moment give 500 results in input order; got %d: %.40s …",
			len(got), fmt.Sprint(got))
	})

	inBubble(t, "of_few_items_need_no_full_house", func(t *testing.T) {
		s := begin(t, "AB", 5)
		s.need(2)
		s.succeed("A")
		s.succeed("B")
		got, err := s.outcome()
		require.NoError(t, err)
		assert.Equal(t, []string{"got A", "got B"}, got, "two items, limit five")
	})

	inBubble(t, "leave_no_goroutine_behind", func(t *testing.T) { // fails by itself when a goroutine stays
		s := begin(t, "ABCDE", 2)
		s.cancel = func() {} // the caller's ctx lives on
		s.drain(seeded(t))
		_, err := s.outcome()
		require.NoError(t, err)
	})

	inBubble(t, "of_no_items_are_empty", func(t *testing.T) {
		s := begin(t, "", 5)
		got, err := s.outcome()
		require.NoError(t, err, "nothing to do is not an error")
		assert.Empty(t, got)
	})
}

func TestLimit(t *testing.T) {
	inBubble(t, "is_never_exceeded", func(t *testing.T) {
		limit := 2 + seeded(t).IntN(3)
		s := begin(t, "ABCDEFGHIJ", limit)
		s.drain(seeded(t))
		assert.LessOrEqualf(t, s.peak, limit, "limit %d, but %d calls of fn were running at once", limit, s.peak)
		assert.ElementsMatch(t, letters("ABCDEFGHIJ"), s.started, "each item is fetched exactly once")
	})

	inBubble(t, "is_used_in_full", func(t *testing.T) {
		s := begin(t, "ABCDE", 3)
		assert.GreaterOrEqual(t, len(s.running()), 3,
			"five items, limit three: three calls run side by side before any of them ends")
	})

	inBubble(t, "gives_a_free_place_to_the_next_item_at_once", func(t *testing.T) {
		s := begin(t, "ABCDEFG", 3)
		ended := s.need(3)[0]
		for range 3 { // the other calls stay where they are
			before := len(s.started)
			s.succeed(ended)
			require.Greaterf(t, len(s.started), before,
				"%s has ended, %v are still running, more items wait: the next one starts", ended, s.running())
			ended = s.started[len(s.started)-1]
		}
	})
}

// TestStop tells the same four stories for each thing that stops a run early.
func TestStop(t *testing.T) {
	errDown := errors.New("payment service is down")
	value := fmt.Sprintf("no such currency: %d", seeded(t).Uint32())
	causes := []struct {
		name   string
		run    func(*testing.T, string, func(*testing.T))
		happen func(s *story, item string) // ends the call of item
		check  func(*testing.T, error)
	}{
		{
			"after_an_error", inBubble,
			func(s *story, item string) { s.fail(item, errDown) },
			func(t *testing.T, err error) { require.ErrorIs(t, err, errDown, "fn's own error is returned") },
		},
		{
			"after_a_panic", inProcess,
			func(s *story, item string) { s.panics(item, value) },
			func(t *testing.T, err error) {
				require.ErrorContains(t, err, value, "the error names the value that fn panicked with")
			},
		},
		{
			"after_cancellation", inBubble,
			func(s *story, item string) { s.cancel(); synctest.Wait(); s.succeed(item) },
			func(t *testing.T, err error) {
				require.ErrorIs(t, err, context.Canceled, "not all items were fetched, because the caller cancelled")
			},
		},
	}
	for _, cause := range causes {
		t.Run(cause.name, func(t *testing.T) {
			cause.run(t, "other_calls_see_their_ctx_end", func(t *testing.T) {
				s := begin(t, "ABC", 3)
				items := s.need(3)
				cause.happen(s, items[0])
				for _, item := range items[1:] {
					assert.Errorf(t, s.seenBy(item), "%v were running, %s stopped the run: the ctx that %s was given should be done",
						items, items[0], item)
				}
			})

			cause.run(t, "nothing_new_starts", func(t *testing.T) {
				s := begin(t, "ABCDEFGHIJ", 3)
				items := s.need(3)
				cause.happen(s, items[0])
				s.succeed(items[1])
				assert.Emptyf(t, s.started[3:], "%v were running, %s stopped the run, then %s ended: no other item starts",
					items, items[0], items[1])
			})

			cause.run(t, "nothing_runs_on_return", func(t *testing.T) {
				s := begin(t, "ABC", 3)
				items := s.need(3)
				for i, how := range []func(*story, string){cause.happen, (*story).succeed, (*story).succeed} {
					require.Falsef(t, s.returned, "%v were running, %s stopped the run: FetchAll returned while %v still ran",
						items, items[0], s.running())
					how(s, items[i])
				}
				s.outcome()
			})

			cause.run(t, "the_error_says_why", func(t *testing.T) {
				s := begin(t, "ABCDE", 3)
				items := s.need(3)
				s.succeed(items[1])
				cause.happen(s, items[0])
				for _, item := range s.running() {
					s.succeed(item)
				}
				_, err := s.outcome()
				cause.check(t, err)
			})
		})
	}

	inBubble(t, "the_first_error_in_time_wins", func(t *testing.T) {
		s := begin(t, "ABCD", 4)
		s.need(4)
		order := [][]string{{"B", "A", "C", "D"}, {"C", "D", "A", "B"}}[seeded(t).IntN(2)]
		errLater := errors.New("a later error")
		s.fail(order[0], errDown)
		for _, item := range order[1:] {
			s.fail(item, errLater)
		}
		_, err := s.outcome()
		require.ErrorIsf(t, err, errDown, "%s failed first, %v later", order[0], order[1:])
		assert.NotErrorIsf(t, err, errLater, "%s failed first, %v later", order[0], order[1:])
	})

	inBubble(t, "an_error_comes_without_results", func(t *testing.T) {
		s := begin(t, "AB", 2)
		s.need(2)
		s.succeed("A")
		s.fail("B", errDown)
		got, err := s.outcome()
		require.Error(t, err)
		assert.Empty(t, got, "A succeeded, then B failed")
	})
}

func TestContext(t *testing.T) {
	inBubble(t, "done_before_the_call_starts_nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 50 { // a select with two ready cases takes either
			s := beginWith(t, ctx, "ABC", 3)
			require.Empty(t, s.running(), "ctx was done before the call: fn must not run")
			_, err := s.outcome()
			require.ErrorIs(t, err, context.Canceled, "ctx was done before the call: its error is returned")
			require.Empty(t, s.started, "ctx was done before the call: fn must not run")
		}
	})

	inBubble(t, "deadline_is_reported_as_such", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s := beginWith(t, ctx, "A", 1)
		s.need(1)
		time.Sleep(time.Hour) // the bubble's clock: no time passes outside
		s.fail("A", s.seenBy("A"))
		_, err := s.outcome()
		require.ErrorIs(t, err, context.DeadlineExceeded, "the caller's minute was over while A was running")
	})

	t.Run("values_reach_fn", func(t *testing.T) {
		type key struct{}
		bubble(t, func(t *testing.T) {
			s := beginWith(t, context.WithValue(t.Context(), key{}, "trace 7"), "A", 1)
			s.need(1)
			assert.Equal(t, "trace 7", s.open["A"].ctx.Value(key{}), "fn sees the values of the caller's ctx")
		})
	})
}

func TestMisuse(t *testing.T) {
	for _, limit := range []int{0, -1} {
		for _, items := range []string{"", "ABC"} {
			inBubble(t, fmt.Sprintf("limit_%d_with_%d_items", limit, len(items)), func(t *testing.T) {
				s := begin(t, items, limit)
				require.Empty(t, s.running(), "fn is not called")
				_, err := s.outcome()
				assert.Errorf(t, err, "a limit of %d is an error", limit)
			})
		}
	}

	inProcess(t, "nil_fn", func(t *testing.T) {
		_, err := boundedfanout.FetchAll[string, string](t.Context(), letters("ABC"), 2, nil)
		assert.Error(t, err, "without fn there is nothing that could fetch")
	})
}
