package main_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/proc"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

func TestShop(t *testing.T) {
	program := proc.Build(t, ".")
	var all sync.WaitGroup
	defer all.Wait()
	run := func(name string, f func(t *testing.T, r *seed.Rand)) {
		// All at once, since they mostly wait. With t.Parallel there would be one for each processor.
		all.Go(func() { t.Run(name, func(t *testing.T) { f(t, seed.New(t)) }) })
	}

	run("takes_orders_and_confirms_them", func(t *testing.T, r *seed.Rand) {
		s, name := start(t, program), r.Word()
		s.bank.release()
		s.paid(t, s.order(t, name), "An order was sent and paid")
		s.reaches(t, s.mail, name, "The program runs, and promises to send a confirmation for each order")
	})
	run("is_ready", func(t *testing.T, _ *seed.Rand) {
		a := start(t, program).web.Get(t, "/readyz")
		require.Equal(t, http.StatusOK, a.Status, "The program has said where it listens, and promises 200 at /readyz.\n%s", a.Story())
	})
	run("with_a_taken_address_says_so_and_ends", func(t *testing.T, _ *seed.Rand) {
		other := newUpstream(t, "")
		s := &shop{Process: program.Start(t, proc.Env("ADDR="+other.url[len("http://"):], "BANK_URL="+other.url, "MAIL_URL="+other.url, "DRAIN_DELAY=1h", "LEAVE_WITHIN=1h"))}
		s.complains(t, "Somebody else listens at ADDR")
		require.NotContains(t, s.Stdout(), "listening", "Somebody else listens at ADDR. The program promises to say that it listens when it does")
	})
	run("with_a_wrong_setting_says_so_and_ends", func(t *testing.T, _ *seed.Rand) {
		s := &shop{Process: program.Start(t, proc.Env("ADDR=127.0.0.1:0", "BANK_URL=http://127.0.0.1:1", "MAIL_URL=http://127.0.0.1:1", "DRAIN_DELAY=5", "LEAVE_WITHIN=1h"))}
		s.complains(t, "DRAIN_DELAY is 5, which Load refuses")
	})

	for name, signal := range map[string]syscall.Signal{"answers_what_it_has_after_SIGTERM": syscall.SIGTERM, "answers_what_it_has_after_SIGINT": syscall.SIGINT} {
		run(name, func(t *testing.T, r *seed.Rand) {
			s, name := start(t, program), r.Word()
			s.mail.release()
			order := s.order(t, name)
			s.Signal(signal)
			story := "An order was at the bank when the signal came"
			s.closes(story)
			s.stays(t, story+", and still is")
			s.bank.release()
			s.paid(t, order, story+". Then the bank took the payment")
			s.endsWell(t, story+". Then the bank took the payment")
		})
	}
	run("with_nothing_to_do_ends", func(t *testing.T, _ *seed.Rand) {
		s := start(t, program)
		idle := s.web.Dial(t)
		idle.Send(t, wire.Request{Path: "/readyz"})
		s.terminate()
		s.endsWell(t, "A client keeps its connection open, without a request on it, when SIGTERM comes")
	})
	run("sends_the_confirmations_it_has", func(t *testing.T, r *seed.Rand) {
		s, names := start(t, program), []string{r.Word() + "-1", r.Word() + "-2", r.Word() + "-3"}
		s.bank.release()
		for _, name := range names {
			s.paid(t, s.order(t, name), "An order was sent and paid")
		}
		s.reaches(t, s.mail, names[0], "The program promises to send a confirmation for each order")
		s.terminate()
		story := "Three orders were paid, and the mail server had the first confirmation and no answer yet, when SIGTERM came"
		s.closes(story)
		s.stays(t, story)
		s.mail.release()
		s.endsWell(t, story+". Then it took them")
		s.mail.has(t, story+". Then it took them", slices.Clone(names)...)
	})
	run("sends_the_confirmation_of_the_last_order", func(t *testing.T, r *seed.Rand) {
		s, name := start(t, program), r.Word()
		order := s.order(t, name)
		s.terminate()
		story := "An order was at the bank when SIGTERM came. Then it was paid"
		s.closes(story)
		s.bank.release()
		s.paid(t, order, story)
		s.reaches(t, s.mail, name, story+", and the program promises its confirmation")
		s.stays(t, story+", and the mail server has the confirmation and no answer yet")
		s.mail.release()
		s.endsWell(t, story+" and confirmed")
		s.mail.has(t, story+" and confirmed", name)
	})

	run("is_not_ready_when_it_leaves", func(t *testing.T, _ *seed.Rand) {
		s := start(t, program, "DRAIN_DELAY="+never)
		s.terminate()
		promise := "DRAIN_DELAY is an hour, and SIGTERM came. /readyz promises 503, on a new connection"
		s.until(t, promise, func() bool {
			a := s.web.Try(t, wire.Request{Path: "/readyz"})
			require.Containsf(t, []int{http.StatusOK, http.StatusServiceUnavailable}, a.Status, "%s.\n%s%s", promise, a.Story(), s.said())
			return a.Status == http.StatusServiceUnavailable
		})
	})
	run("takes_orders_during_the_delay", func(t *testing.T, r *seed.Rand) {
		s := start(t, program, "DRAIN_DELAY="+never)
		s.bank.release()
		s.mail.release()
		s.terminate()
		for end := time.Now().Add(grace / 2); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			s.paid(t, s.web.Start(t, wire.Request{Method: "POST", Path: "/orders/" + r.Word()}), "DRAIN_DELAY is an hour, and SIGTERM came. An order came on a new connection, since the balancer had not yet heard")
		}
	})
	run("keeps_the_delay_of_its_environment", func(t *testing.T, _ *seed.Rand) {
		inOrder(t, "Two programs have nothing to do. DRAIN_DELAY is %v for one and 0s for the other", func(d time.Duration) (long, short *shop) {
			return start(t, program, "DRAIN_DELAY="+d.String()), start(t, program, "DRAIN_DELAY=0s")
		})
	})

	for name, held := range map[string]string{"gives_up_on_a_request_after_the_limit": "bank", "gives_up_on_a_confirmation_after_the_limit": "mail"} {
		run(name, func(t *testing.T, r *seed.Rand) {
			s, name := start(t, program, "LEAVE_WITHIN=200ms"), r.Word()
			if held == "mail" {
				s.bank.release()
			}
			order := s.order(t, name)
			if held == "mail" {
				s.paid(t, order, "An order was sent and paid")
				s.reaches(t, s.mail, name, "The program promises to send a confirmation for each order")
			}
			s.terminate()
			s.complains(t, "LEAVE_WITHIN is 200ms. The "+held+" server had a call and gave no answer when SIGTERM came, and never gives one")
		})
	}
	run("keeps_the_limit_of_its_environment", func(t *testing.T, r *seed.Rand) {
		inOrder(t, "Two programs have an order at a bank that never answers. LEAVE_WITHIN is %v for one and 100ms for the other", func(d time.Duration) (long, short *shop) {
			long, short = start(t, program, "LEAVE_WITHIN="+d.String()), start(t, program, "LEAVE_WITHIN=100ms")
			long.order(t, r.Word())
			short.order(t, r.Word())
			return long, short
		})
	})
	run("counts_the_limit_from_the_end_of_the_delay", func(t *testing.T, r *seed.Rand) {
		s := start(t, program, "DRAIN_DELAY=1s", "LEAVE_WITHIN=1s")
		s.order(t, r.Word())
		begin, story := time.Now(), "DRAIN_DELAY is 1s, LEAVE_WITHIN is 1s, and an order is at a bank that never answers. SIGTERM came"
		s.terminate()
		s.ends(t, story)
		if took := time.Since(begin); took < 2*time.Second {
			t.Fatalf("%s. The order is promised 2s from then on; the program ended after %v.%s", story, took, s.said())
		}
	})
	run("has_one_limit_for_requests_and_confirmations", func(t *testing.T, r *seed.Rand) {
		// The second program is the clock. A machine that stood still gets a second chance with more time.
		var told string
		for _, d := range []time.Duration{1200 * time.Millisecond, 6 * time.Second} {
			later := d + d/3
			s, clock, name := start(t, program, "LEAVE_WITHIN="+d.String()), start(t, program, "LEAVE_WITHIN="+later.String()), r.Word()
			clock.order(t, r.Word())
			order := s.order(t, name)
			told = fmt.Sprintf("LEAVE_WITHIN is %v. An order was at the bank when SIGTERM came, it was paid two thirds of that later, and the mail server never answers", d)
			s.terminate()
			clock.terminate()
			time.Sleep(d * 2 / 3) // how long the bank takes
			s.bank.release()
			if a := order.Try(t); a.Cut != nil && d < 2*time.Second {
				continue // the machine stood still until the limit
			}
			s.paid(t, order, told)
			if end := (ending{clock, s}).await(t, told); end[clock].Sub(end[s]) > d/10 {
				return
			}
		}
		t.Fatalf("%s. The program promises to end at the limit. One with a third more, and an order at a bank that never answers, did not end later.", told)
	})
	run("ends_at_once_after_more_signals", func(t *testing.T, r *seed.Rand) {
		s := start(t, program, "DRAIN_DELAY="+never)
		s.order(t, r.Word())
		s.terminate()
		s.stays(t, "DRAIN_DELAY is an hour, an order is at the bank, and SIGTERM came once")
		story := "DRAIN_DELAY is an hour, an order is at the bank. SIGTERM came again"
		s.until(t, story+". The program promises to end at once", func() bool {
			s.terminate()
			return !s.Running()
		})
		if s.Wait(story) == (proc.Exit{}) {
			t.Fatalf("%s. An order was not answered, so the program promises not to end with status 0; it did.", story)
		}
	})
}

// inOrder terminates two programs at the same moment: the one with the longer time has to end that much later. A machine
// that stood still may have kept the other one from ending, so it gets a second chance with more time.
func inOrder(t *testing.T, story string, begin func(d time.Duration) (long, short *shop)) {
	t.Helper()
	var told string
	for _, d := range []time.Duration{2 * time.Second, 10 * time.Second} {
		long, short := begin(d)
		told = fmt.Sprintf(story+". SIGTERM came to both", d)
		first := time.Now()
		long.terminate()
		short.terminate()
		end := ending{long, short}.await(t, told)
		if took := end[long].Sub(first); took < d {
			t.Fatalf("%s. The one with %v ended %v later.%s", told, d, took, long.said())
		}
		if end[long].Sub(end[short]) > d/2 {
			return
		}
	}
	t.Fatalf("%s. The one with more time ended no later than the other.", told)
}

// ending are programs of which the test wants to know which one ends first.
type ending []*shop

func (all ending) await(t *testing.T, story string) map[*shop]time.Time {
	t.Helper()
	end := map[*shop]time.Time{}
	all[0].until(t, story+". All promise to end", func() bool {
		for _, s := range all {
			if end[s].IsZero() && !s.Running() {
				end[s] = time.Now()
			}
		}
		return len(end) == len(all)
	})
	return end
}
