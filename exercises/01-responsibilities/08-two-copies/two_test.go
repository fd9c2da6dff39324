package twocopies_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/wire"
)

func TestLimit(t *testing.T) {
	// five creates so many links in turns.
	five := func(s *service, key string, programs ...program) {
		s.t.Helper()
		for n := range 5 {
			s.created(programs[n%len(programs)].create(key, fmt.Sprintf("https://example.com/%d", n)), fmt.Sprintf("link %d of 5 that a key may create in a minute", n+1))
		}
	}

	t.Run("holds_for_all_copies_together", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		five(s, "k", a)
		s.refused(b.create("k", "https://example.com"), "Five links were created on copy A. The sixth request comes in on copy B.")
		s.refused(a.create("k", "https://example.com"), "Five links were created on copy A, and one was refused on copy B. The next request comes in on copy A.")
		require.Equal(t, 5, dbtest.Value[int](s.DB, `SELECT count(*) FROM links`), "links in the table")
	})

	t.Run("holds_when_the_copies_take_turns", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		five(s, "k", a, b)
		s.refused(a.create("k", "https://example.com"), "Five links were created, on copies A and B in turns.")
	})

	t.Run("holds_for_a_copy_that_has_just_started", func(t *testing.T) {
		s := open(t)
		a := s.start("copy A", 0)
		five(s, "k", a)
		a.stop()
		s.refused(s.start("copy B", 0).create("k", "https://example.com"), "Five links were created on copy A, which was then stopped. The sixth request comes in on copy B.")
	})

	t.Run("is_one_for_each_key", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		five(s, "k", a)
		five(s, "l", a, b)
		s.refused(b.create("l", "https://example.com"), "Key l has created five links, and so has key k.")
	})

	t.Run("ends_after_a_minute", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		for round := range 2 {
			five(s, "k", a, b)
			s.refused(b.create("k", "https://example.com"), fmt.Sprintf("Five links were created within a minute, in round %d.", round+1))
			s.later(61)
		}
	})

	t.Run("ends_also_for_those_who_try_again", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		five(s, "k", a)
		s.later(40)
		for range 3 { // may be refused or not
			b.create("k", "https://example.com")
		}
		s.later(21)
		s.created(b.create("k", "https://example.com"), "Five links were created 61 seconds ago. 21 seconds ago there were three more requests, which may have been refused.")
	})

	for name, ahead := range map[string]time.Duration{"does_not_follow_a_clock_that_is_ahead": 90 * time.Second, "does_not_follow_a_clock_that_is_behind": -90 * time.Second} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			right, wrong := s.start("copy A", 0), s.start("copy B", ahead)
			five(s, "k", right)
			s.refused(wrong.create("k", "https://example.com"), fmt.Sprintf("Five links were created on copy A. The clock of copy B is wrong by %v; the sixth request comes in there.", ahead))
			five(s, "l", wrong)
			s.refused(right.create("l", "https://example.com"), fmt.Sprintf("Five links were created on copy B, whose clock is wrong by %v. The sixth request comes in on copy A.", ahead))
			s.later(61)
			five(s, "k", wrong)
			s.refused(right.create("k", "https://example.com"), fmt.Sprintf("A minute later five links were created on copy B, whose clock is wrong by %v. The sixth request comes in on copy A.", ahead))
		})
	}

	t.Run("holds_for_requests_at_the_same_time", func(t *testing.T) {
		s := open(t)
		g := gate.New(t, s.DB)
		a, b := s.two(dbtest.With(g))
		for n := range 4 {
			s.created(a.create("k", fmt.Sprintf("https://example.com/%d", n)), "one of the first four links")
		}
		var answers [2]wire.Answer
		create := func(n int, p program) func(context.Context) error {
			return func(context.Context) error { answers[n] = p.create("k", "https://example.com/last"); return nil }
		}

		g.Run(create(0, a), create(1, b))

		if answers[0].Status != http.StatusCreated {
			answers[0], answers[1] = answers[1], answers[0]
		}
		story := "Four links were created. Then copies A and B get a request at the same time: one of them creates the fifth, and the other one is refused." + g.Story()
		s.created(answers[0], story)
		s.refused(answers[1], story)
	})

	t.Run("is_for_creations_alone", func(t *testing.T) {
		s := open(t)
		p := s.start("copy", 0)
		five(s, "k", p)
		for range 6 {
			a := p.change("k", "code0001", "https://example.com/changed")
			require.Lessf(t, a.Status, 300, "a key that may create no more links can still change one\n%s", a.Story())
			p.leads("code0001", "https://example.com/changed", "a key that may create no more links still has its links")
		}
	})
}

func TestChange(t *testing.T) {
	t.Run("is_seen_by_every_copy", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		code := s.created(a.create("k", "https://example.com/old"), "a link is created on copy A")
		for _, p := range []program{a, b, b} {
			p.leads(code, "https://example.com/old", "the link leads to its URL on each copy")
		}
		for n, change := range []struct{ on, seen program }{{a, b}, {b, a}, {a, a}} {
			url := fmt.Sprintf("https://example.com/new/%d", n)
			answer := change.on.change("k", code, url)
			require.Lessf(t, answer.Status, 300, "the link is changed with its key\n%s", answer.Story())
			change.seen.leads(code, url, fmt.Sprintf("The link was changed on %s. Then somebody follows it on %s.", change.on.copies.Name, change.seen.copies.Name))
			require.Equal(t, url, change.seen.show(code).URL, "the URL of the link as it is shown")
		}
	})
}

func TestHits(t *testing.T) {
	// counted requires that, when all copies are closed, a new one knows of n hits.
	counted := func(s *service, code string, n int64, story string, programs ...program) {
		s.t.Helper()
		for _, p := range programs {
			p.stop()
		}
		require.Equalf(s.t, n, s.start("copy C", 0).show(code).Hits, "%s All copies were closed, and a new one was started. Hits of the link:", story)
	}

	t.Run("of_all_copies_count", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		code := s.created(a.create("k", "https://example.com"), "a link")
		other := s.created(a.create("k", "https://example.com/other"), "another link")
		for range 3 {
			a.leads(code, "https://example.com", "the link on copy A")
			b.leads(code, "https://example.com", "the link on copy B")
		}
		a.leads(other, "https://example.com/other", "the other link on copy A")
		b.show(code)
		counted(s, code, 6, "A link was followed three times on copy A and three times on copy B.", a, b)
		require.EqualValues(t, 1, s.start("copy D", 0).show(other).Hits, "hits of the other link, which was followed once")
	})

	t.Run("are_kept_when_the_link_is_changed", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		code := s.created(a.create("k", "https://example.com"), "a link")
		a.leads(code, "https://example.com", "the link on copy A")
		b.change("k", code, "https://example.com/new")
		a.leads(code, "https://example.com/new", "the link on copy A, after a change on copy B")
		counted(s, code, 2, "A link was followed, changed, and followed again.", a, b)
	})

	t.Run("at_the_same_time_count", func(t *testing.T) {
		s := open(t)
		g := gate.New(t, s.DB)
		a, b := s.two(dbtest.With(g))
		code := s.created(a.create("k", "https://example.com"), "a link")
		follow := func(p program) func(context.Context) error {
			return func(context.Context) error {
				if answer := p.Get(t, "/r/"+code); answer.Status/100 != 3 {
					return fmt.Errorf("%s", answer.Story())
				}
				return nil
			}
		}

		for _, err := range g.Run(follow(a), follow(b), follow(a)) {
			require.NoErrorf(t, err, "Three people follow a link at the same time.%s", g.Story())
		}

		story := g.Story()
		counted(s, code, 3, "Three people followed a link at the same time, two on copy A and one on copy B."+story, a, b)
	})
}
