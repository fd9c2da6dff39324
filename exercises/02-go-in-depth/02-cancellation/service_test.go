package cancellation_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cancellation "workbook/exercises/02-go-in-depth/02-cancellation"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/patience"
)

const good = `{"customer": {"name": "Ada"}, "since": [2019, 2024], "rating": "AA"}`

func answers(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, good)
	}
}

func (s *shop) report() (cancellation.Report, error) {
	return guard.Call2(s.t, func() (cancellation.Report, error) { return s.service.Report(newLife("t-17"), 7) })
}

func TestReport(t *testing.T) {
	t.Run("has_what_is_known", func(t *testing.T) {
		s := openShop(t, answers(200))
		got, err := s.report()
		require.NoError(t, err, "customer 7 is there, the agency has answered with status 200, and the context has not ended")
		require.Equal(t, cancellation.Report{Name: "Ada", Spent: 1234, Rating: "AA"}, got)
		require.Len(t, s.line.asked, 1, "requests that went through the client, for one report")
		require.Equal(t, "GET /v2/ratings/7, trace t-17", <-s.line.asked, "the request for the rating of customer 7, with the trace id t-17; the agency is at …/v2")
	})

	t.Run("refused_by_the_agency", func(t *testing.T) {
		for _, status := range []int{503, 404, 202} {
			_, err := openShop(t, answers(status)).report()
			require.Errorf(t, err, "the agency answered with status %d", status)
		}
	})
}

// stops ends the context of a Report that waits.
func (s *shop) stops(reason, story string, waits func(*lock.Call)) {
	s.t.Helper()
	ctx := newLife("t-17")
	call := lock.Go(s.t, func() error { _, err := s.service.Report(ctx, 7); return err })
	waits(call)
	ctx.end(reasons[reason])
	err := call.Wait(fmt.Sprintf("The context has ended (%s) while %s, so Report returns", reason, story))
	require.ErrorIsf(s.t, err, reasons[reason], "the context has ended while %s, and the error says why", story)
}

func TestReportStops(t *testing.T) {
	for reason := range reasons {
		t.Run("while_a_query_waits/"+reason, func(t *testing.T) {
			s := openShop(t, answers(200))
			held := lock.Hold(t, s.DB, `LOCK TABLE customers`)
			s.stops(reason, "a query waited for a lock", func(call *lock.Call) { held.WaitBlocked(call) })
			held.WaitNobody()
		})
	}

	for _, c := range []struct{ is, sent, reason string }{{"silent", "", "cancelled"}, {"silent", "", "deadline"}, {"half_way", good[:40], "cancelled"}} {
		t.Run("while_the_agency_is_"+c.is+"/"+c.reason, func(t *testing.T) {
			var s *shop
			gone := make(chan struct{}, 100)
			s = openShop(t, func(w http.ResponseWriter, r *http.Request) {
				if c.sent == "" {
					s.line.reached <- struct{}{}
				} else {
					_, _ = io.WriteString(w, c.sent)
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
				gone <- struct{}{}
			})
			s.stops(c.reason, "the agency had not answered yet, or not all", func(*lock.Call) {
				happens(t, s.line.reached, "Report sends a request to the agency, through the client")
			})
			happens(t, gone, "Report has returned, because its context has ended. The agency is still at work, and sees that nobody waits for its answer")
		})
	}
}

func TestReportLeaves(t *testing.T) {
	t.Run("no_request_behind_when_the_database_fails", func(t *testing.T) {
		s := openShop(t, answers(200))
		returned := make(chan struct{})
		s.line.slow = returned
		held := lock.Hold(t, s.DB, `LOCK TABLE customers`)
		under := int64(-1)
		call := lock.Go(t, func() error {
			defer close(returned)
			_, err := s.service.Report(newLife("t-17"), 9) // nobody
			under = s.line.under.Load()
			return err
		})
		held.WaitBlocked(call)
		select { // a request that is sent at the same time is under way then
		case <-s.line.entered:
		case <-time.After(100 * time.Millisecond):
		}
		held.Release()
		require.Error(t, call.Wait("the database has answered, so Report returns"), "there is no customer 9")
		require.Zero(t, under, "there is no customer 9. A request to the agency that was sent meanwhile is over when Report returns. So many were still under way")
	})
}

// happens waits. Its limit is for code that hangs.
func happens(t *testing.T, c <-chan struct{}, promise string) {
	t.Helper()
	limit := patience.Of(10 * time.Second)
	select {
	case <-c:
	case <-time.After(limit):
		patience.Lost()
		t.Fatalf("%s. That has not happened within %v", promise, limit)
	}
}

func TestAudit(t *testing.T) {
	t.Run("of_a_request_that_ends_meanwhile", func(t *testing.T) {
		s, ctx := openShop(t, answers(200)), newLife("t-17")
		held := s.holdAudit(ctx, 1)
		ctx.end(context.Canceled)
		const story = "an event was accepted; its request, with trace id t-17, was cancelled while the writing waited for a lock. Then Close was called, and the lock became free"
		require.NoError(t, s.closes(held), story)
		require.Equal(t, []string{"t-17 ada looked at 7"}, s.written, story)
	})

	t.Run("of_a_request_that_has_ended_before", func(t *testing.T) {
		s, ctx := openShop(t, answers(200)), newLife("t-17")
		ctx.end(context.Canceled)
		held := lock.Hold(t, s.DB, `LOCK TABLE audit IN EXCLUSIVE MODE`)
		for range 10 {
			require.NoError(t, s.audit(ctx, "looked at 7"), "an event is accepted, although its request was cancelled before")
		}
		const story = "10 events were accepted, of a request that was cancelled before. Then Close was called"
		require.NoError(t, s.closes(held), story)
		require.Equal(t, slices.Repeat([]string{"t-17 ada looked at 7"}, 10), s.written, story)
	})

	t.Run("keeps_no_request_waiting", func(t *testing.T) {
		s := openShop(t, answers(200))
		held := s.holdAudit(newLife("t-17"), 1)
		want := []string{"t-17 ada looked at 7"}
		for i := range 99 {
			trace, action := fmt.Sprintf("t-%d", i*7), fmt.Sprintf("looked at 8, %02d", i)
			want = append(want, trace+" ada "+action)
			require.NoErrorf(t, s.audit(newLife(trace), action), "the audit is locked in the database, %d accepted events wait, and there is room for 100", i+1)
		}
		require.NoError(t, s.closes(held), "100 accepted events waited for a lock; then it became free")
		for _, row := range want {
			require.Truef(t, slices.Contains(s.written, row), "100 accepted events waited for a lock; then it became free. This one (trace id, actor, action) is not among the %d rows that there were when Close returned: %s", len(s.written), row)
		}
		require.EqualValues(t, 100, len(s.written), "100 events were accepted, and each is one row")
	})

	t.Run("when_one_event_is_refused", func(t *testing.T) {
		s := openShop(t, answers(200))
		held := s.holdAudit(newLife("t-17"), 1)
		require.NoError(t, s.audit(newLife("t-17"), "")) // the table will refuse this one
		require.NoError(t, s.audit(newLife("t-17"), "looked at 8"))
		err := s.closes(held)
		require.Equal(t, []string{"t-17 ada looked at 7", "t-17 ada looked at 8"}, s.written, "three events were accepted; the database has refused the second, and the others are written")
		require.Error(t, err, "three events were accepted, and the database has refused one of them: Close says that not all were written")
	})
}

func TestClose(t *testing.T) {
	t.Run("waits_for_what_was_accepted", func(t *testing.T) {
		s := openShop(t, answers(200))
		held := s.holdAudit(newLife("t-17"), 2)
		require.NoError(t, s.closes(held), "both events could be written in the end")
		require.Len(t, s.written, 2, "two events were accepted, and waited for a lock when Close was called. These were written when it returned nil")
	})

	for name, reason := range reasons {
		t.Run("gives_up_when_its_context_ends/"+name, func(t *testing.T) {
			s, ctx := openShop(t, answers(200)), newLife("")
			held := s.holdAudit(newLife("t-17"), 60)
			call := s.close(ctx)
			late := lock.Go(t, func() error {
				return s.service.AuditAsync(newLife("t-19"), cancellation.Event{Actor: "lin", Action: "looked at 8"})
			})
			_ = late.Wait("AuditAsync returns without waiting for the database, also when Close waits for it")
			ctx.end(reason)
			err := call.Wait("the context of Close has ended (" + name + ") while 60 events waited for a lock, so Close returns")
			require.ErrorIs(t, err, reason, "the context of Close has ended while 60 events waited for a lock, and the error says why")
			held.WaitNobody()
			held.Release()
			require.Less(t, len(s.rows()), 20, "Close gave up 60 events and returned; then the lock became free. A few events had reached the database and may be written all the same. So many were")
		})
	}

	t.Run("accepts_nothing_afterwards", func(t *testing.T) {
		s := openShop(t, answers(200))
		require.NoError(t, s.closes(), "no event was accepted")
		require.NoError(t, s.closes(), "Close has returned nil before")
		err := s.audit(newLife("t-18"), "looked at 8")
		require.ErrorIs(t, err, cancellation.ErrClosed, "Close has returned; then AuditAsync was called")
		require.Empty(t, s.rows(), "an event was refused, because Close had returned")
	})
}
