package retryme_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/wire"
)

func TestTogether(t *testing.T) {
	// together sends each request to a copy of its own; the copies take their steps together.
	together := func(s *service, requests ...request) ([]wire.Answer, *gate.Gate) {
		g := gate.New(s.t, s.DB)
		answers := make([]wire.Answer, len(requests))
		var calls []func(context.Context) error
		for i, q := range requests {
			p := s.start(fmt.Sprint("copy ", i+1), dbtest.With(g))
			calls = append(calls, func(context.Context) error { answers[i] = p.Send(s.t, q.wire()); return nil })
		}
		for _, err := range g.Run(calls...) {
			require.NoError(s.t, err)
		}
		return answers, g
	}
	// agree requires one payment, that is in each answer but for those with another of the statuses.
	agree := func(s *service, story string, answers []wire.Answer, q request, others ...int) {
		s.t.Helper()
		s.paid(1, story)
		first := s.start("copy Z").pays(story+"\nThen the request comes again.", q)
		all := 0
		for _, a := range answers {
			if a.Status == http.StatusCreated {
				s.same(story+"\nAll answers of 201 are the same, also that of a later retry.", first, a)
				all++
				continue
			}
			s.refuses(story, a, others...)
		}
		require.NotZerof(s.t, all, "%s\nThe request that has paid is answered with 201, and none was. The first answer:\n%s", story, answers[0].Story())
	}

	t.Run("one_request_on_three_copies", func(t *testing.T) {
		s := open(t)
		q := s.fresh()
		answers, g := together(s, q, q, q)
		agree(s, "Three copies get the same request at the same time."+g.Story(), answers, q, 409)
	})
	// underWay makes a retry come while the first request is at work, between every two of its statements.
	underWay := func(t *testing.T, what string, happens func(s *service) func()) {
		s, steps := open(t), fault.NewSteps(t)
		happen := happens(s)
		a, b := s.start("copy A", dbtest.With(steps)), s.start("copy B")
		steps.Count()
		a.pays("A payment that nothing disturbs.", s.fresh())
		for n := range steps.Seen() {
			s.Exec(`DELETE FROM payments`)
			q, answers := s.fresh(), make([]wire.Answer, 2)
			var retry *lock.Call
			steps.After(n+1, func() { happen(); retry = s.untilItWaits(b.name, func() { answers[1] = b.try(q) }) })
			answers[0] = a.try(q)
			story := fmt.Sprintf("Copy A was at work on a request. It had just sent\n\n\t%s\n\n%s the same request came to copy B, and went on until it was answered or had to wait.", steps.Text(), what)
			require.NotNil(t, retry, "Copy A has sent fewer statements than for the payment before.")
			require.NoError(t, retry.Wait("a retry is answered"))
			agree(s, story, answers, q, 409)
		}
	}
	t.Run("a_retry_while_the_first_is_under_way", func(t *testing.T) {
		underWay(t, "Then", func(*service) func() { return func() {} })
	})
	t.Run("a_retry_while_the_first_takes_long", func(t *testing.T) {
		underWay(t, "23 hours passed. Then", (*service).later)
	})
	t.Run("two_requests_with_one_key", func(t *testing.T) {
		s := open(t)
		one := s.fresh()
		two := one
		two.body = `{"to": "eve", "amount": 1}`
		answers, g := together(s, one, two)
		story := "Two copies get two requests with the same key and other bodies at the same time." + g.Story()
		if answers[1].Status == http.StatusCreated {
			one = two
		}
		agree(s, story, answers, one, 409, 422)
	})
	t.Run("two_keys", func(t *testing.T) {
		s := open(t)
		one := s.fresh()
		two := one
		two.key = s.fresh().key
		answers, g := together(s, one, two)
		for _, a := range answers {
			require.Equalf(t, http.StatusCreated, a.Status, "Two requests of one account come at the same time. They have two keys, so each is a payment.%s\n%s", g.Story(), a.Story())
		}
		s.paid(2, "Two requests of one account with two keys came at the same time.")
	})
	t.Run("with_a_pool_of_one_connection", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A", dbtest.MaxConns(1)), s.fresh()
		story := "The copy's pool has one connection."
		t.Log(story, "A request holds at most one at a time.")
		s.same(story+" The request comes again.", p.pays(story, q), p.try(q))
	})
}

// untilItWaits calls f in the background, and returns when it has returned or
// waits for a lock in the database. Where it waits elsewhere, it is given some
// time and then left to itself.
func (s *service) untilItWaits(name string, f func()) *lock.Call {
	done := make(chan struct{})
	call := lock.Go(s.t, func() error { defer close(done); f(); return nil })
	s.poll(`SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'`, name, done)
	return call
}

// quiet waits until the database has noticed that a copy's connections are gone.
func (s *service) quiet(name string) {
	s.poll(`SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND state <> 'idle'`, name, nil)
}

// poll asks until the answer is yes or done is closed, but not for ever.
func (s *service) poll(sql, name string, done <-chan struct{}) {
	for range 500 {
		select {
		case <-done:
			return
		default:
		}
		var yes bool
		if err := s.Super().QueryRow(context.Background(), sql, name).Scan(&yes); yes || err != nil {
			return
		}
	}
}
