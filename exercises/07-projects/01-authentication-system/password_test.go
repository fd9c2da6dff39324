package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	auth "workbook/exercises/07-projects/01-authentication-system"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/wire"
)

const newPassword = "the new password"

func (p program) forgets(email string) wire.Answer {
	p.s.t.Helper()
	a := p.send("POST", "/password/forgot", members{"email": email})
	require.Equalf(p.s.t, 202, a.Status, "POST /password/forgot promises 202 for any address\n%s", a.Story())
	return a
}

func (p program) reset(token, password string) wire.Answer {
	p.s.t.Helper()
	return p.send("POST", "/password/reset", members{"token": token, "password": password})
}

func (p program) resets(token, password, story string) {
	p.s.t.Helper()
	a := p.reset(token, password)
	require.Containsf(p.s.t, []int{200, 204}, a.Status, "%s POST /password/reset promises 200 or 204.\n%s", story, a.Story())
}

// link asks for a link and returns its token.
func (s *shop) link(p program, email string) string {
	s.t.Helper()
	p.forgets(email)
	s.deliver()
	return s.newest(email, "/reset")
}

func (b *browser) change(current, password string) wire.Answer {
	b.s.t.Helper()
	return b.do("POST", "/password/change", members{"current_password": current, "password": password})
}

// logins are all ways in which somebody can be logged in.
type logins struct {
	browser *browser
	tokens  pair
}

func (s *shop) logIn(p program, email string) logins {
	s.t.Helper()
	return logins{p.browser().login(email, s.password, "The password is right."), p.tokens(email, "The password is right.")}
}

func (l logins) areOver(p program, story string) {
	l.browser.at(p).isNobody(story)
	p.noRefresh(l.tokens.Refresh, story)
}

// passwordIs requires that an account has one password, and not another one.
func (p program) passwordIs(email, password, not, story string) {
	p.s.t.Helper()
	p.s.refused(p.browser().tryLogin(email, not), story+" This login has another password.", 401)
	p.browser().login(email, password, story)
}

func TestForgot(t *testing.T) {
	t.Run("gives_a_link_that_resets_the_password", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		before := len(s.to(email))
		s.rest()
		a.forgets(strings.ToUpper(email))
		require.Len(t, s.to(email), before, "Mail is sent by Run, and by nothing else. Mails to the address before Run looks:")
		s.deliver()
		require.Len(t, s.to(email), before+1, "mails to an address whose password was forgotten once")
		token := s.newest(email, "/reset")
		b.resets(token, newPassword, "The link is new.")
		b.passwordIs(email, newPassword, s.password, "The password was reset.")
		s.refused(a.reset(token, "yet another password"), "The link was used before.", dead...)
		b.passwordIs(email, newPassword, "yet another password", "The link was used a second time.")
	})
	t.Run("says_the_same_when_nobody_has_the_address", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		a.registers("unverified@mail.example", s.password)
		s.deliver()
		var known string
		hashed, verified := s.work(func() { known = sent(a.forgets(email)) })
		for _, other := range []string{"nobody@mail.example", "unverified@mail.example"} {
			before, answer := len(s.to(other)), ""
			h, v := s.work(func() { answer = sent(a.forgets(other)) })
			require.Equalf(t, known, answer, "%s is of no account. The answer is the same as for an account's, but for the Date:", other)
			require.Equalf(t, []int{hashed, verified}, []int{h, v}, "calls of Hash and Verify for an account's address, and for %s", other)
			s.deliver()
			require.Lenf(t, s.to(other), before, "%s is of no account, so it gets no mail. Mails:", other)
		}
		s.nonsense(a, "/password/forgot", []int{400, 422}, `{}`, `{"email": "kim"}`, `{"email": 7}`, `{"email": "kim\u0000@mail.example"}`)
	})
	t.Run("gives_three_links_in_an_hour", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		other := s.account(a)
		before := len(s.to(email))
		first := sent(a.forgets(email))
		s.later(40 * time.Minute)
		for n := range 8 {
			require.Equal(t, first, sent([]program{a, b}[n%2].forgets(strings.ToUpper(email))), "The answer is the same, however often somebody asks, but for the Date:")
			s.deliver()
		}
		require.Len(t, s.to(email), before+3, "Nine times somebody has asked for a link for one address, at two copies. An address gets three in an hour. Mails:")
		a.browser().login(email, s.password, "Somebody has asked for nine links, and here is the right password.")
		s.link(b, other)
		b.forgets(other)
		s.later(21 * time.Minute)
		for range 3 {
			a.forgets(email)
			s.deliver()
		}
		require.Len(t, s.to(email), before+4, "One link was asked for 61 minutes ago, two were 21 minutes ago, and now more are. Mails:")
		b.resets(s.newest(email, "/reset"), newPassword, "It is the newest link of several.")
	})
	t.Run("gives_three_links_in_an_hour_when_one_was_used", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		for range 2 {
			s.link(a, email)
		}
		token := s.link(b, email)
		b.resets(token, newPassword, "It is the third link of this hour.")
		before := len(s.to(email))
		for range 2 {
			a.forgets(email)
			s.deliver()
		}
		require.Len(t, s.to(email), before, "An address gets three links in an hour. It has had three, of which one was used, and two more were asked for. Mails:")
	})
	t.Run("gives_three_links_at_the_same_time", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		for range 2 {
			s.link(a, email)
		}
		before := len(s.to(email))
		g := gate.New(t, s.DB)
		call := func(p program) func(context.Context) error {
			return func(context.Context) error { p.forgets(email); return nil }
		}
		for _, err := range g.Run(call(s.start("copy C", dbtest.With(g))), call(s.start("copy D", dbtest.With(g)))) {
			require.NoError(t, err)
		}
		s.deliver()
		require.Lenf(t, s.to(email), before+1, "An address gets three links in an hour. It has had two, and two more are asked for at the same time. So many mails came of these two:%s", g.Story())
	})
	t.Run("gives_a_link_that_is_nowhere_in_the_database", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		var dumps []string
		s.meanwhile(func(context.Context, auth.Mail) error { dumps = append(dumps, s.dump()...); return nil })
		token := s.link(a, email)
		s.hides(append(dumps, s.dump()...), "The token of a mail, while and after it was sent.", token)
	})
}

func TestReset(t *testing.T) {
	t.Run("is_possible_for_an_hour", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		other := s.account(a)
		token, late := s.link(a, email), s.link(a, other)
		s.later(59 * time.Minute)
		a.resets(token, newPassword, "The link is 59 minutes old.")
		s.later(time.Minute + time.Second)
		s.refused(a.reset(late, newPassword), "The link is more than an hour old.", dead...)
		a.passwordIs(other, s.password, newPassword, "The link was too old.")
	})
	t.Run("needs_a_good_link_and_a_good_password", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		a.registers("unverified@mail.example", s.password)
		s.deliver()
		verify, token := s.newest("unverified@mail.example", "/verify"), s.link(a, email)
		for _, wrong := range []string{"", "nonsense", "\x00", token[1:], token + "x", verify} {
			s.refused(a.reset(wrong, newPassword), fmt.Sprintf("The token is %q, and the one that was sent is %q.", wrong, token), dead...)
		}
		s.refused(a.verify(token), "The token is one to reset a password.", dead...)
		s.nonsense(a, "/password/reset", []int{400, 422}, `{}`, `{"token": "`+token+`"}`, `{"password": "`+newPassword+`"}`)
		s.refused(a.reset(token, "too short"), "The new password has 9 characters.", 400, 422)
		a.resets(token, newPassword, "The password was too short the first time.")
		a.verifies(verify, "It was refused for a reset.")
	})
	t.Run("is_possible_once_at_the_same_time", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		token := s.link(a, email)
		g := gate.New(t, s.DB)
		done := make([]bool, 2)
		call := func(i int, p program) func(context.Context) error {
			return func(context.Context) error {
				done[i] = p.reset(token, fmt.Sprintf("the new password %d", i)).Status < 300
				return nil
			}
		}
		for _, err := range g.Run(call(0, s.start("copy C", dbtest.With(g))), call(1, s.start("copy D", dbtest.With(g)))) {
			require.NoError(t, err)
		}
		require.NotEqualf(t, done[0], done[1], "A link is used twice at the same time. One succeeds, and the other one does not: on the left whether the first did.%s", g.Story())
		winner := 0
		if done[1] {
			winner = 1
		}
		a.passwordIs(email, fmt.Sprintf("the new password %d", winner), fmt.Sprintf("the new password %d", 1-winner), "A link was used twice at the same time, and this password is of the one that succeeded.")
	})
	t.Run("ends_all_logins_and_links", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		all, other := []logins{s.logIn(a, email), s.logIn(b, email)}, s.account(a)
		untouched := s.logIn(a, other)
		old, token := s.link(a, email), s.link(a, email)
		all[0].browser.at(b).is(email, "The login is good.")
		a.resets(token, newPassword, "The link is new.")
		for _, l := range all {
			l.areOver(b, "The password was reset by copy A after this login.")
		}
		s.refused(b.reset(old, s.password), "Two links were sent, and the password was reset by the other one.", dead...)
		untouched.browser.is(other, "The password of another account was reset.")
		b.refresh(untouched.tokens, "The password of another account was reset.")
		b.passwordIs(email, newPassword, s.password, "The password was reset.")
	})
	t.Run("ends_a_login_that_is_refreshed_meanwhile", func(t *testing.T) {
		s, a, b, _ := start(t, time.Minute)
		s.duringRefresh(a, b, "the password was reset", func(email string, _ pair) wire.Request {
			return b.asks("POST", "/password/reset", members{"token": s.link(a, email), "password": newPassword})
		})
	})
	t.Run("ends_a_login_that_has_begun_with_the_old_password", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		token := s.link(a, email)
		kim := a.browser()
		s.compares(func() { b.resets(token, newPassword, "The link is new.") })
		if kim.tryLogin(email, s.password).Status == 200 {
			kim.isNobody("POST /login has compared the old password. Before it went on, the password was reset by another copy. The login got 200, and this is its cookie.")
		}
		token = s.link(a, email)
		s.compares(func() { b.resets(token, s.password, "The link is new.") })
		if answer := a.tryTokens(email, newPassword); answer.Status == 200 {
			b.noRefresh(s.pair(answer, "The password was right a moment ago.").Refresh, "POST /token has compared the old password. Before it went on, the password was reset by another copy. It got 200, and this is its refresh token.")
		}
	})
}

func TestChange(t *testing.T) {
	t.Run("and_reset_need_the_database", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim, token := a.browser().login(email, s.password, "The password is right."), s.link(a, email)
		s.fails(func(p program) []wire.Request {
			return []wire.Request{
				p.asks("POST", "/password/forgot", members{"email": email}),
				p.asks("POST", "/password/reset", members{"token": token, "password": newPassword}),
				kim.request("POST", "/password/change", members{"current_password": s.password, "password": newPassword}, "Origin: "+base, "Sec-Fetch-Site: same-origin", "X-CSRF-Token: "+kim.csrf),
			}
		})
		a.resets(token, newPassword, "One copy has lost its database, the others have not.")
	})
	t.Run("needs_the_current_password", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		l := s.logIn(a, email)
		for _, wrong := range []string{"", "not the password", strings.ToUpper(s.password)} {
			s.refused(l.browser.change(wrong, newPassword), fmt.Sprintf("The current password is %q, and this is %q.", s.password, wrong), 400, 401, 403, 422)
		}
		s.refused(l.browser.do("POST", "/password/change", members{"password": newPassword}), "There is no current password.", 400, 401, 403, 422)
		s.refused(l.browser.change(s.password, "too short"), "The new password has 9 characters.", 400, 422)
		s.refused(a.browser().change(s.password, newPassword), "There is no session.", 401)
		s.refused(a.send("POST", "/password/change", members{"current_password": s.password, "password": newPassword, "email": email}), "There is no session.", 401)
		b.passwordIs(email, s.password, newPassword, "Changes of the password were refused.")
		b.refresh(l.tokens, "Changes of the password were refused.")
	})
	t.Run("ends_the_other_logins_and_links", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim, phone, token := s.logIn(a, email), s.logIn(b, email), s.link(a, email)
		answer := kim.browser.change(s.password, newPassword)
		require.Containsf(t, []int{200, 204}, answer.Status, "POST /password/change promises 200 or 204\n%s", answer.Story())
		phone.areOver(a, "The password was changed from another browser.")
		a.noRefresh(kim.tokens.Refresh, "The password was changed.")
		s.refused(b.reset(token, s.password), "The link was sent before the password was changed.", dead...)
		b.passwordIs(email, newPassword, s.password, "The password was changed.")
	})
	t.Run("is_not_for_other_sites", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The password is right.")
		answer := a.Send(t, kim.request("POST", "/password/change", members{"current_password": s.password, "password": newPassword}, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example"))
		s.refused(answer, "A page of another site makes Kim's browser send this.", 403)
		a.passwordIs(email, s.password, newPassword, "Another site has tried to change it.")
	})
}

// events are those of an address, in their order.
func (s *shop) events(email string) []string {
	return dbtest.Column[string](s.DB, `SELECT event FROM audit_events WHERE lower(email) = lower($1) ORDER BY at`, email)
}

func TestAudit(t *testing.T) {
	t.Run("keeps_what_has_happened", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The password is right.")
		b.browser().tryLogin(strings.ToUpper(email), "not the password")
		a.tryTokens(email, "not the password")
		b.tokens(email, "The password is right.")
		kim.change("not the password", newPassword)
		kim.change(s.password, newPassword)
		b.resets(s.link(a, email), s.password, "The link is new.")
		a.reset("nonsense", newPassword)
		require.Equal(t, []string{"login", "login_failed", "login_failed", "login", "password_changed", "password_reset"}, s.events(email), "the column event of audit_events, for the address of an account that has logged in, failed with POST /login and with POST /token, logged in with POST /token, tried to change its password without knowing it, changed it, and reset it")
		a.browser().tryLogin("nobody@mail.example", "not the password")
		require.Equal(t, []string{"login_failed"}, s.events("nobody@mail.example"), "the column event of audit_events, for an address without an account that has tried to log in")
		require.Equal(t, 0, dbtest.Value[int](s.DB, `SELECT count(*) FROM audit_events WHERE at IS NULL OR at NOT BETWEEN now() - interval '1 hour' AND now()`), "events whose column at is not when they happened")
	})
	t.Run("cannot_be_changed_by_the_program", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		a.browser().login(email, s.password, "The password is right.")
		for _, statement := range []string{`UPDATE audit_events SET email = 'mallory@mail.example'`, `DELETE FROM audit_events`, `TRUNCATE audit_events`} {
			_, err := s.Pool().Exec(t.Context(), statement)
			refused, _ := errors.AsType[*pgconn.PgError](err)
			require.NotNilf(t, refused, "the role of the program may not do this: %s", statement)
			require.Equalf(t, "42501", refused.Code, "the SQLSTATE of what the role of the program may not do: %s; the database said: %v", statement, err)
		}
		require.Equal(t, []string{"login"}, s.events(email), "events after the program's role has tried to change them")
	})
	t.Run("agrees_with_what_was_done_whatever_breaks", func(t *testing.T) {
		s, _, b, email := loggedIn(t)
		steps := fault.NewSteps(t)
		p := s.start("copy C", dbtest.With(steps))
		n := 0
		one := func(break_ func()) (password string, a wire.Answer) {
			n++
			s.later(time.Hour + time.Second) // for another three links
			token := s.link(b, email)
			break_()
			password = fmt.Sprintf("the new password %d", n)
			a = p.reset(token, password)
			fault.Kill(t, s.DB, "copy C")
			p.pool.Reset()
			return password, a
		}
		count := func() int {
			return dbtest.Value[int](s.DB, `SELECT count(*) FROM audit_events WHERE lower(email) = lower($1) AND event = 'password_reset'`, email)
		}
		one(steps.Count)
		for n := range steps.Seen() {
			before := count()
			password, a := one(func() { steps.LoseReply(n + 1) })
			want := before
			if b.browser().tryLogin(email, password).Status == 200 {
				want++
			}
			require.Equalf(t, want, count(), "The connection broke when the database had done\n\n\t%s\n\nand before it could say so. The answer of POST /password/reset had the status %d. On the left how many events password_reset there should be, by the password that is good now; before this reset there were %d:", steps.Text(), a.Status, before)
		}
	})
	t.Run("agrees_with_the_sessions_whatever_breaks", func(t *testing.T) {
		s, _, b, email := loggedIn(t)
		watch := b.browser().login(email, s.password, "The password is right.")
		steps := fault.NewSteps(t)
		p := s.start("copy C", dbtest.With(steps))
		p.browser().login(email, s.password, "The password is right.")
		steps.Count()
		p.browser().login(email, s.password, "The password is right.")
		for n := range steps.Seen() {
			steps.LoseReply(n + 1)
			a := p.browser().tryLogin(email, s.password)
			fault.Kill(t, s.DB, "copy C")
			p.pool.Reset()
			sessions := watch.list("The browser is logged in.")
			events := slices.DeleteFunc(s.events(email), func(event string) bool { return event != "login" })
			require.Lenf(t, events, len(sessions), "The connection broke when the database had done\n\n\t%s\n\nand before it could say so. The answer of POST /login had the status %d. For each of the %d sessions that are in the list now there is an event login. Events:", steps.Text(), a.Status, len(sessions))
		}
	})
	t.Run("and_a_mail_server_that_quotes_the_mail", func(t *testing.T) {
		var output journal
		log.SetOutput(&output)
		t.Cleanup(func() { log.SetOutput(os.Stderr) })
		s, a, _, email := loggedIn(t)
		var refused []auth.Mail
		s.meanwhile(func(_ context.Context, mail auth.Mail) error {
			refused = append(refused, mail)
			return fmt.Errorf("550 5.7.1 message refused: %s", mail.Text)
		})
		a.forgets(email)
		a.registers("ann@mail.example", s.password)
		s.deliver()
		s.rest()
		require.Len(t, refused, 2, "calls of Send for two mails")
		for _, mail := range refused {
			path := "/reset"
			if mail.To != email {
				path = "/verify"
			}
			require.NotContains(t, s.logged.String()+output.String(), s.token(mail, path), "The mail server has refused a mail, with an error that quotes it. Its link is good when it is sent again. The log holds no token, whoever's words it repeats.")
		}
	})
	t.Run("and_logs_hold_no_secrets", func(t *testing.T) {
		var output journal
		log.SetOutput(&output)
		t.Cleanup(func() { log.SetOutput(os.Stderr) })
		s, a, b, email := loggedIn(t)
		verify := s.newest(email, "/verify")
		l := s.logIn(a, email)
		_, cookie, _ := strings.Cut(l.browser.session()[0], "=")
		second := b.refresh(l.tokens, "It is new.")
		a.tryRefresh(l.tokens.Refresh)
		token := s.link(a, email)
		a.send("POST", "/password/reset?token="+token, members{"token": token, "password": "short"})
		a.send("GET", "/reset?token="+token, nil)
		b.resets(token, newPassword, "The link is new.")
		s.later(48 * time.Hour)
		a.verify(verify)
		s.Exec(`ALTER TABLE audit_events RENAME TO gone`)
		a.browser().tryLogin(email, newPassword)
		a.bearer("Bearer " + second.Access)
		l.browser.do("GET", "/me", nil)
		for _, secret := range []string{s.password, newPassword, "$fake$", verify, token, cookie, l.tokens.Access, l.tokens.Refresh, second.Access, second.Refresh} {
			for line := range strings.Lines(s.logged.String() + output.String()) {
				require.NotContainsf(t, line, secret, "the log, whether cfg.Log or the package log, holds no password, hash or token")
			}
		}
		s.hides(s.dump(), "Everything has happened that can happen to secrets.", s.password, newPassword, verify, token, cookie, l.tokens.Access, second.Refresh)
	})
}
