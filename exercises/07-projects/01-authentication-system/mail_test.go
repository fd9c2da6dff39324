package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	auth "workbook/exercises/07-projects/01-authentication-system"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/wire"
)

func TestLink(t *testing.T) {
	t.Run("is_good_for_24_hours", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		p.registers("late@mail.example", s.password)
		s.deliver()
		s.later(24*time.Hour - time.Minute)
		p.verifies(s.newest(kim, "/verify"), "The link was sent a minute less than 24 hours ago.")
		s.later(time.Minute + time.Second)
		s.refused(p.verify(s.newest("late@mail.example", "/verify")), "The link was sent more than 24 hours ago.", dead...)
	})
	t.Run("leads_to_the_shop_whatever_the_request_says", func(t *testing.T) {
		s := open(t)
		a := s.start("copy A").register(kim, s.password, "Host: evil.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example", "X-Forwarded-Proto: http")
		s.deliver()
		if len(s.to(kim)) == 0 {
			s.refused(a, "The request names another host, and no mail came.", 400, 403, 404, 421, 422)
			return
		}
		s.newest(kim, "/verify")
	})
	t.Run("cannot_be_guessed", func(t *testing.T) {
		var tokens []string
		for range 2 { // two shops, in which the same happens
			s := open(t)
			copies := []program{s.start("copy A"), s.start("copy B")}
			for n := range 30 {
				copies[n%2].registers(fmt.Sprintf("user%d@mail.example", n/2), s.password)
			}
			s.deliver()
			for _, mail := range s.all() {
				tokens = append(tokens, s.token(mail, "/verify"))
			}
		}
		require.Len(t, tokens, 60, "mails after 60 registrations")
		random(t, "The token of a link", tokens)
	})
	t.Run("is_nowhere_in_the_database", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		var dumps []string
		s.meanwhile(func(context.Context, auth.Mail) error { dumps = append(dumps, s.dump()...); return nil })
		p.registers(kim, s.password)
		dumps = append(dumps, s.dump()...)
		s.deliver()
		dumps = append(dumps, s.dump()...)
		token := s.newest(kim, "/verify")
		s.hides(dumps, "The token of a mail, before, while and after it was sent.", token)
		p.verifies(token, "The link is new.")
		s.hides(s.dump(), "The token of a mail, after it was used.", token)
	})
	t.Run("is_refused_when_it_was_never_sent", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		s.deliver()
		token := s.newest(kim, "/verify")
		first := p.verify("nonsense")
		for _, wrong := range []string{"", "nonsense", "a.b", "%", "\x00", "1", token[1:], token[:len(token)-1] + " ", token + "x", strings.ToUpper(token[:len(token)/2]) + "0" + token[len(token)/2:]} {
			s.refused(p.verify(wrong), fmt.Sprintf("The token is %q, and the one that was sent is %q.", wrong, token), dead...)
		}
		s.refused(first, "The token is nonsense.", dead...)
		s.refused(p.SendJSON(t, "POST", "/verify", `{"token": {}}`), "The token is no text.", dead...)
		s.nonsense(p, "/verify", []int{400, 422}, `{}`)
		p.verifies(token, "Others were refused, but this is the one that was sent.")
	})
	t.Run("two_of_an_address_at_the_same_time", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		for range 2 {
			p.registers(kim, s.password)
			s.deliver()
		}
		links := s.to(kim)
		require.Len(t, links, 2, "mails to an address that was registered twice")
		g := gate.New(t, s.DB)
		answers := make([]wire.Answer, 2)
		call := func(i int, p program) func(context.Context) error {
			token := s.token(links[i], "/verify")
			return func(context.Context) error { answers[i] = p.verify(token); return nil }
		}
		for _, err := range g.Run(call(0, s.start("copy B", dbtest.With(g))), call(1, s.start("copy C", dbtest.With(g)))) {
			require.NoError(t, err)
		}
		good := 0
		for _, answer := range answers {
			if answer.Status < 300 {
				good++
				continue
			}
			s.refused(answer, "An address was registered twice, and both links are used at the same time. The other one was faster, or this one was dead before."+g.Story(), dead...)
		}
		require.Equalf(t, 1, good, "An address was registered twice, both links are used at the same time, and the newest one at least was good. So many have verified the address:%s", g.Story())
	})
	t.Run("does_nothing_when_it_is_only_looked_at", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		s.deliver()
		token := s.newest(kim, "/verify")
		p.Send(t, p.asks("GET", "/verify?token="+token, nil))
		p.Send(t, p.asks("HEAD", "/verify?token="+token, nil))
		p.verifies(token, "A program has followed the link with GET before its reader did.")
	})
}

func TestMail(t *testing.T) {
	t.Run("waits_for_a_mail_server_that_is_down", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		var tries atomic.Int32
		s.meanwhile(func(context.Context, auth.Mail) error { tries.Add(1); return errors.New("no mail today") })
		p.registers(kim, s.password)
		s.deliver()
		require.Positive(t, tries.Load(), "calls of Send after a registration")
		require.LessOrEqual(t, tries.Load(), int32(5), "calls of Send for one mail, when Run has got two ticks and the mail server is down")
		s.meanwhile(nil)
		s.later(time.Hour)
		s.deliver()
		require.Len(t, s.to(kim), 1, "Send has returned an error, and an hour later it works again. Mails:")
		s.later(time.Hour)
		s.deliver()
		require.Len(t, s.to(kim), 1, "Send has returned nil for the mail. Another hour later, mails:")
		p.verifies(s.newest(kim, "/verify"), "The mail server was down for an hour before.")
	})
	t.Run("waits_for_no_other_mail", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		s.meanwhile(func(_ context.Context, mail auth.Mail) error {
			if strings.Contains(mail.To, "bounce") {
				return errors.New("no such mailbox")
			}
			return nil
		})
		for _, email := range []string{"bounce1@mail.example", kim, "bounce2@mail.example", "ann@mail.example"} {
			p.registers(email, s.password)
		}
		s.deliver()
		s.later(time.Hour)
		s.deliver()
		require.Equal(t, []int{1, 1}, []int{len(s.to(kim)), len(s.to("ann@mail.example"))}, "Two of four mails cannot be sent. Mails to the other two:")
	})
	t.Run("that_is_due_when_Run_starts_needs_no_tick", func(t *testing.T) {
		s := open(t)
		arrived := make(chan bool, 10)
		s.meanwhile(func(context.Context, auth.Mail) error { arrived <- true; return nil })
		s.start("copy A").registers(kim, s.password)
		s.run("copy B").sends(arrived)
	})
	t.Run("is_sent_by_one_copy_while_another_one_is_at_work", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		entered, leave := make(chan bool, 10), make(chan bool)
		var calls atomic.Int32
		s.meanwhile(func(_ context.Context, mail auth.Mail) error {
			if mail.To != kim {
				return nil
			}
			if calls.Add(1) == 1 {
				entered <- true
				<-leave
			}
			return nil
		})
		s.run("copy B").sends(entered)
		p.registers("ann@mail.example", s.password)
		defer close(leave)
		s.run("copy C").work("Copy B waits for the mail server with one mail. Another one is due.")
		require.Equal(t, int32(1), calls.Load(), "Copy B waits for the mail server, and copy C has looked for mail meanwhile. Calls of Send for the mail that B has:")
		require.Len(t, s.to("ann@mail.example"), 1, "Copy B waits for the mail server, and copy C has looked for mail meanwhile. Mails to somebody else:")
	})
	t.Run("is_sent_when_the_copy_that_had_it_has_died", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		option, die := s.mortal("copy B")
		entered, leave := make(chan bool, 1), make(chan bool)
		goOn := sync.OnceFunc(func() { close(leave) })
		defer goOn()
		s.meanwhile(func(context.Context, auth.Mail) error {
			entered <- true
			<-leave
			return errors.New("copy B has died")
		})
		copyB := s.run("copy B", option)
		copyB.sends(entered)
		s.meanwhile(nil)
		die()
		goOn()
		copyB.stop()
		s.later(time.Hour)
		s.deliver()
		require.Len(t, s.to(kim), 1, "Copy B has died while it had a mail in its hands, which no mail server has taken. The registration was kept, and so is its mail: an hour later another copy looks. Mails:")
	})
	t.Run("is_sent_once_when_Run_ends_meanwhile", func(t *testing.T) {
		s := open(t)
		s.start("copy A").registers(kim, s.password)
		entered, leave := make(chan bool, 1), make(chan bool)
		goOn := sync.OnceFunc(func() { close(leave) })
		defer goOn()
		s.meanwhile(func(context.Context, auth.Mail) error {
			entered <- true
			<-leave
			return nil
		})
		copyB := s.run("copy B")
		copyB.sends(entered)
		s.meanwhile(nil)
		copyB.cancel()
		goOn()
		copyB.stop()
		s.later(time.Hour)
		s.deliver()
		require.Len(t, s.to(kim), 1, "The context of Run on copy B ended while the mail server had the mail; it took it, and Run returned. An hour later another copy has looked. Nothing has failed. Mails:")
	})
	t.Run("goes_on_when_Run_has_lost_its_connections", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		s.deliver()
		fault.Kill(t, s.DB, "the copy that sends mail")
		p.registers(kim, s.password)
		for range 3 {
			s.deliver()
		}
		require.Len(t, s.to(kim), 1, "The database has ended the sessions of the copy that sends mail; then somebody registered, and Run looked for mail several times. Mails:")
	})
}
