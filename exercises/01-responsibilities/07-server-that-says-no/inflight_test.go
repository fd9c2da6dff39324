package saysno_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	saysno "workbook/exercises/01-responsibilities/07-server-that-says-no"
	"workbook/exercises/internal/wire"
)

func TestLimitInFlight(t *testing.T) {
	limit := func(t *testing.T, n int, h http.Handler) http.Handler {
		return wrap(t, func() http.Handler { return saysno.LimitInFlight(n, h) })
	}

	for name, n := range map[string]int{"refuses_the_second_of_one": 1, "refuses_the_fourth_of_three": 3} {
		t.Run(name, func(t *testing.T) {
			k := newWork(t)
			server := serve(t, limit(t, n, k))
			inside := k.fill(server, n)

			requireLater(t, k.oneMore(server), "All places are taken, and nobody inside is done. One more request is refused at once.")

			calls, _ := k.asked()
			assert.Equal(t, n, calls, "how often the handler was called, when all places were taken and one more request came")
			k.finish(n)
			for _, p := range inside {
				requireDone(t, p.Answer(t), "A request that has found a place gets the answer of the handler.")
			}
		})
	}

	t.Run("does_not_wait_for_a_place", func(t *testing.T) {
		k := newWork(t)
		server := serve(t, limit(t, 1, k))
		for range 3 { // a server that is stopped in the wrong moment has three chances
			inside := k.fill(server, 1)
			extra, answered := server.Start(t, anyRequest), make(chan struct{})
			go func() {
				select {
				case <-answered:
				case <-time.After(200 * time.Millisecond): // no answer yet: what if the place is given back?
				}
				k.finish(2)
			}()
			answer := extra.Answer(t)
			close(answered)
			requireDone(t, inside[0].Answer(t), "The request that has the place gets the answer of the handler.")
			if answer.Status != http.StatusCreated {
				return
			}
			k.waitEntered("the extra request was let in")
		}
		t.Fatal("The one place was taken, and one more request came: it is refused at once. Three times in a row it waited until the place was given back, and was let in.")
	})

	t.Run("has_the_place_back_when_the_handler_returns", func(t *testing.T) {
		k := newWork(t)
		server := serve(t, limit(t, 1, k))
		for range 3 {
			inside := k.fill(server, 1)
			requireLater(t, k.oneMore(server), "The one place is taken.")
			k.finish(1)
			requireDone(t, inside[0].Answer(t), "The request that has the place gets the answer of the handler.")
		}
	})

	t.Run("has_the_place_back_after_a_panic", func(t *testing.T) {
		server := serve(t, limit(t, 1, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic(http.ErrAbortHandler)
			}
		})))

		for range 3 {
			a := server.Try(t, wire.Request{Path: "/panic"})
			require.Errorf(t, a.Cut, "A panic goes on to the server, which aborts the connection. Here an answer came.\n%s", a.Story())
		}

		a := server.Get(t, "/")
		require.Equalf(t, http.StatusOK, a.Status, "There is one place. Three requests panicked, one after the other, and nobody is inside now.\n%s", a.Story())
	})

	t.Run("refuses_many_and_takes_the_next_when_there_is_room", func(t *testing.T) {
		k := newWork(t)
		server := serve(t, limit(t, 3, k))
		inside := k.fill(server, 3)

		done := make(chan struct{})
		go func() { // a program without a limit comes to an end
			select {
			case <-k.entered:
				k.finish(50)
			case <-done:
			}
		}()
		answers := server.All(t, slices.Repeat([]wire.Request{anyRequest}, 40)...)
		close(done)
		for _, a := range answers {
			requireLater(t, a, "Three of three places are taken, and 40 requests come at the same time. Each of them is refused.")
		}

		calls, peak := k.asked()
		require.Equal(t, 3, calls, "how often the handler was called when three requests were in it and 40 came on top")
		require.Equal(t, 3, peak)
		k.finish(3)
		for _, p := range inside {
			requireDone(t, p.Answer(t), "A request that has found a place gets the answer of the handler.")
		}
		server.Idle(t)
		requireDone(t, k.oneMore(server), "All are done, and nobody is inside.")
	})

	t.Run("counts_for_each_handler_separately", func(t *testing.T) {
		a, b := newWork(t), newWork(t)
		first, second := serve(t, limit(t, 1, a)), serve(t, limit(t, 1, b))
		a.fill(first, 1)
		defer a.finish(1)
		b.finish(1)

		requireDone(t, second.Get(t, "/"), "The one place of a handler is taken. Another handler has a place of its own.")
	})
}
