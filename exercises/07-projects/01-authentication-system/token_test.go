package auth_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/wire"
)

// pair is what POST /token and POST /token/refresh answer with.
type pair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
}

func (s *shop) pair(a wire.Answer, story string) pair {
	s.t.Helper()
	require.Equalf(s.t, 200, a.Status, "%s The answer promises 200 and a pair of tokens.\n%s", story, a.Story())
	got := wire.JSON[pair](s.t, a)
	require.NotEmptyf(s.t, got.Access, "access_token\n%s", a.Story())
	require.NotEmptyf(s.t, got.Refresh, "refresh_token\n%s", a.Story())
	require.NotEqualf(s.t, got.Access, got.Refresh, "the two tokens of a pair differ\n%s", a.Story())
	require.Truef(s.t, strings.EqualFold("Bearer", got.Type), "token_type is Bearer\n%s", a.Story())
	require.Equalf(s.t, 900, got.Expires, "expires_in is 900 seconds\n%s", a.Story())
	return got
}

func (p program) tryTokens(email, password string) wire.Answer {
	p.s.t.Helper()
	return p.send("POST", "/token", members{"email": email, "password": password})
}

func (p program) tokens(email, story string) pair {
	p.s.t.Helper()
	return p.s.pair(p.tryTokens(email, p.s.password), story)
}

func (p program) tryRefresh(token string) wire.Answer {
	p.s.t.Helper()
	return p.send("POST", "/token/refresh", members{"refresh_token": token})
}

func (p program) refresh(from pair, story string) pair {
	p.s.t.Helper()
	return p.s.pair(p.tryRefresh(from.Refresh), story)
}

func (p program) noRefresh(token, story string) {
	p.s.t.Helper()
	p.s.refused(p.tryRefresh(token), story, 401)
}

func (p program) bearer(authorization string) wire.Answer {
	p.s.t.Helper()
	return p.send("GET", "/me", nil, "Authorization: "+authorization)
}

func (p program) accessIs(email, token, story string) {
	p.s.t.Helper()
	a := p.bearer("Bearer " + token)
	require.Equalf(p.s.t, 200, a.Status, "%s GET /me with an access token promises 200.\n%s", story, a.Story())
	require.Containsf(p.s.t, strings.ToLower(a.Body), `"`+email+`"`, "%s GET /me promises the address of the account.\n%s", story, a.Story())
}

func TestToken(t *testing.T) {
	t.Run("is_good_in_every_copy", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		first := a.tokens(strings.ToUpper(email), "The address is verified.")
		second := b.refresh(first, "The pair is new.")
		require.NotEqual(t, first.Access, second.Access, "the access tokens of two pairs")
		require.NotEqual(t, first.Refresh, second.Refresh, "the refresh tokens of two pairs")
		for _, p := range []program{a, b} {
			p.accessIs(email, second.Access, "The token is new.")
		}
		s.refused(a.send("GET", "/me", nil), "The request has no token.", 401)
	})
	t.Run("needs_the_database", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		pair := a.tokens(email, "The address is verified.")
		s.fails(func(p program) []wire.Request {
			return []wire.Request{
				p.asks("POST", "/token", members{"email": email, "password": s.password}),
				p.asks("POST", "/token/refresh", members{"refresh_token": pair.Refresh}),
				p.asks("POST", "/token/revoke", members{"refresh_token": pair.Refresh}),
				p.asks("GET", "/me", nil, "Authorization: Bearer "+pair.Access),
			}
		})
		a.refresh(pair, "One copy has lost its database, the others have not.")
	})
	t.Run("is_for_the_right_password", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		a.registers("unverified@mail.example", s.password)
		s.deliver()
		for _, attempt := range [][2]string{{email, "not the password"}, {"nobody@mail.example", s.password}, {"unverified@mail.example", s.password}} {
			_, verified := s.work(func() {
				s.refused(a.tryTokens(attempt[0], attempt[1]), fmt.Sprintf("POST /token for %s with %q; the accounts' password is %q, and %s is the only verified address.", attempt[0], attempt[1], s.password, email), 401)
			})
			require.Equalf(t, 1, verified, "calls of Verify for POST /token with %s", attempt)
		}
	})
	t.Run("gives_access_for_15_minutes", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		pair := a.tokens(email, "The address is verified.")
		s.later(14 * time.Minute)
		b.accessIs(email, pair.Access, "The token is 14 minutes old.")
		s.later(time.Minute + time.Second)
		s.refused(b.bearer("Bearer "+pair.Access), "The access token is more than 15 minutes old.", 401)
		b.accessIs(email, b.refresh(pair, "The access token is too old.").Access, "The token is new.")
	})
	t.Run("is_for_one_thing", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		pair := a.tokens(email, "The address is verified.")
		kim := a.browser().login(email, s.password, "The address is verified.")
		s.refused(a.bearer("Bearer "+pair.Refresh), "The token is a refresh token, in place of an access token.", 401)
		a.noRefresh(pair.Access, "The token is an access token, in place of a refresh token.")
		for name, cookie := range kim.cookies {
			s.refused(a.bearer("Bearer "+cookie.Value), "The token is the cookie of a session, in place of an access token.", 401)
			a.noRefresh(cookie.Value, "The token is the cookie of a session, in place of a refresh token.")
			for _, token := range []string{pair.Access, pair.Refresh} {
				cookie := *cookie
				cookie.Value, kim.cookies[name] = token, &cookie
				kim.isNobody("The cookie is a token.")
			}
		}
	})
	t.Run("cannot_be_guessed", func(t *testing.T) {
		_, a, b, email := loggedIn(t)
		var access, refresh []string
		for n := range 30 {
			first := []program{a, b}[n%2].tokens(email, "It is one of 30 logins.")
			second := a.refresh(first, "It is new.")
			access, refresh = append(access, first.Access, second.Access), append(refresh, first.Refresh, second.Refresh)
		}
		random(t, "An access token", access)
		random(t, "A refresh token", refresh)
	})
	t.Run("is_nowhere_in_the_database", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		first := a.tokens(email, "The address is verified.")
		s.hides(s.dump(), "The tokens of a new pair.", first.Access, first.Refresh)
		second := a.refresh(first, "It is new.")
		s.hides(s.dump(), "The tokens of two pairs, the second one for the refresh token of the first.", first.Access, first.Refresh, second.Access, second.Refresh)
	})
	t.Run("is_refused_when_it_was_never_given", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		pair := a.tokens(email, "The address is verified.")
		for _, token := range []string{"nonsense", "a.b.c", "\x00", "1", strings.Repeat("A", 26), pair.Refresh + "A", pair.Refresh[1:]} {
			a.noRefresh(token, fmt.Sprintf("The refresh token is %q.", token))
		}
		s.refused(a.tryRefresh(""), "The refresh token is empty.", 400, 401, 422)
		s.nonsense(a, "/token", []int{400, 401, 422}, `{}`, `{"email": "`+email+`"}`, `{"email": "`+email+`", "password": 7}`, `{"email": "kim\u0000@mail.example", "password": "`+s.password+`"}`)
		s.nonsense(a, "/token/refresh", []int{400, 401, 422}, `{}`, `{"refresh_token": 7}`)
		s.nonsense(a, "/token/revoke", []int{400, 422}, `{}`, `{"refresh_token": 7}`)
		for _, value := range []string{"Bearer", "Bearer nonsense", "Bearer " + pair.Access + "A", "Basic " + pair.Access, pair.Access, "Bearer a.b.c"} {
			s.refused(a.bearer(value), "Authorization is "+value+".", 401)
		}
		a.refresh(pair, "Others were refused, and this one was given.")
	})
}

// start is loggedIn with a grace period.
func start(t *testing.T, grace time.Duration) (s *shop, a, b program, email string) {
	t.Helper()
	s = open(t)
	s.grace = grace
	a, b = s.start("copy A"), s.start("copy B")
	return s, a, b, s.account(a)
}

// duringRefresh does something on copy B at each moment of a refresh: after each
// of its statements, when it has not gone on yet. It goes on when copy B is
// done, or waits for it. No refresh token of that login is good any more then.
func (s *shop) duringRefresh(a, b program, what string, prepare func(email string, login pair) wire.Request) {
	s.t.Helper()
	steps := fault.NewSteps(s.t)
	c := s.start("copy C", dbtest.With(steps))
	email := s.account(a)
	c.refresh(a.tokens(email, "The address is verified."), "It is new.")
	steps.Count()
	c.refresh(a.tokens(email, "The address is verified."), "It is new.")
	for n := range steps.Seen() {
		email := s.account(a)
		first := a.tokens(email, "The address is verified.")
		ask := prepare(email, first)
		at, on := make(chan bool), make(chan bool)
		goOn := sync.OnceFunc(func() { close(on) })
		s.t.Cleanup(goOn)
		steps.After(n+1, func() { close(at); <-on })
		refreshing := c.Start(s.t, c.asks("POST", "/token/refresh", members{"refresh_token": first.Refresh}))
		select {
		case <-at:
		case <-time.After(patience.Of(limit)):
			patience.Lost()
			s.t.Fatalf("A refresh has sent more than %d statements to the database before. This one has not within %v.", n, limit)
		}
		story := fmt.Sprintf("A refresh has done\n\n\t%s\n\nand not gone on, when %s, by another copy.", steps.Text(), what)
		ended := make(chan wire.Answer, 1)
		ending := b.Start(s.t, ask)
		go func() { ended <- ending.Try(s.t) }()
		s.awaitBlocked("copy B", ended)
		goOn()
		refreshed, end := refreshing.Answer(s.t), <-ended
		if end.Status >= 500 { // two that wait for each other: one gives up, and is asked again
			end = b.Send(s.t, ask)
		}
		require.Containsf(s.t, []int{200, 204}, end.Status, "%s That promises 200 or 204.\n%s", story, end.Story())
		if refreshed.Status == 200 {
			a.noRefresh(s.pair(refreshed, story).Refresh, story+" The refresh went on and got a pair. This is its refresh token.")
		}
		a.noRefresh(first.Refresh, story+" This is the refresh token that was there before.")
	}
}

// awaitBlocked returns when an answer is there, or a copy waits for a lock of the
// database. Whoever waits in another way is given some time, and nothing is said
// of it.
func (s *shop) awaitBlocked(name string, answer chan wire.Answer) {
	for end := time.Now().Add(5 * time.Second); len(answer) == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		if dbtest.Value[bool](s.DB, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND cardinality(pg_blocking_pids(pid)) > 0)`, name) {
			return
		}
	}
}

func TestRefresh(t *testing.T) {
	t.Run("is_possible_once", func(t *testing.T) {
		_, a, b, email := start(t, 0)
		first := a.tokens(email, "The address is verified.")
		a.refresh(first, "It is new.")
		b.noRefresh(first.Refresh, "The refresh token was used before, on copy A, and there is no grace period.")
	})
	t.Run("ends_the_login_when_a_token_comes_again", func(t *testing.T) {
		for generations := 1; generations <= 3; generations++ {
			s, a, b, email := start(t, 0)
			first, other := a.tokens(email, "The address is verified."), a.tokens(email, "It is another login of the account.")
			third := a.tokens(s.account(a), "It is another account.")
			newest := first
			for range generations {
				newest = b.refresh(newest, "It is new.")
			}
			a.noRefresh(first.Refresh, "The refresh token was used before.")
			b.noRefresh(newest.Refresh, fmt.Sprintf("The login was refreshed %d times. Then its first refresh token came again, which only a thief sends, or who was robbed by one. This is its newest refresh token, which was never used.", generations))
			b.refresh(other, "A refresh token of another login of the account came a second time.")
			b.refresh(third, "A refresh token of another account came a second time.")
		}
	})
	t.Run("is_possible_once_at_the_same_time", func(t *testing.T) {
		s, a, _, email := start(t, 0)
		first := a.tokens(email, "The address is verified.")
		g := gate.New(t, s.DB)
		answers := make([]wire.Answer, 2)
		call := func(i int, p program) func(context.Context) error {
			return func(context.Context) error { answers[i] = p.tryRefresh(first.Refresh); return nil }
		}
		for _, err := range g.Run(call(0, s.start("copy C", dbtest.With(g))), call(1, s.start("copy D", dbtest.With(g)))) {
			require.NoError(t, err)
		}
		statuses := []int{answers[0].Status, answers[1].Status}
		slices.Sort(statuses)
		require.Equalf(t, []int{200, 401}, statuses, "A refresh token comes twice at the same time, and there is no grace period: one gets a pair, and the other one 401.%s", g.Story())
	})
	t.Run("is_possible_again_in_the_grace_period", func(t *testing.T) {
		s, a, b, email := start(t, time.Minute)
		first := a.tokens(email, "The address is verified.")
		a.refresh(first, "It is new, and the answer gets lost.")
		s.later(50 * time.Second)
		again := b.refresh(first, "The answer to its first use was lost 50 seconds ago, and the grace period is a minute.")
		a.accessIs(email, again.Access, "The pair came for a refresh token that was sent again in the grace period.")
		s.later(20 * time.Second)
		next := a.refresh(again, "The pair came for a refresh token that was sent again in the grace period.")
		a.noRefresh(first.Refresh, "The refresh token was first used 70 seconds ago, and again 20 seconds ago; the grace period of a minute counts from the first use.")
		b.noRefresh(next.Refresh, "After the grace period a used refresh token of the login has come again. This is the newest one.")
	})
	t.Run("is_possible_twice_at_the_same_time_in_the_grace_period", func(t *testing.T) {
		s, a, b, email := start(t, time.Minute)
		first := a.tokens(email, "The address is verified.")
		g := gate.New(t, s.DB)
		answers := make([]wire.Answer, 2)
		call := func(i int, p program) func(context.Context) error {
			return func(context.Context) error { answers[i] = p.tryRefresh(first.Refresh); return nil }
		}
		for _, err := range g.Run(call(0, s.start("copy C", dbtest.With(g))), call(1, s.start("copy D", dbtest.With(g)))) {
			require.NoError(t, err)
		}
		for _, answer := range answers {
			require.Equalf(t, 200, answer.Status, "A refresh token comes twice at the same time, and the grace period is a minute: both get a pair.\n%s%s", answer.Story(), g.Story())
		}
		for _, answer := range answers {
			b.refresh(s.pair(answer, "It came twice at the same time."), "The pair came for a refresh token that was sent twice at the same time, in the grace period.")
		}
	})
	t.Run("survives_a_lost_answer", func(t *testing.T) {
		s, a, b, email := start(t, time.Minute)
		steps := fault.NewSteps(t)
		p := s.start("copy C", dbtest.With(steps))
		p.refresh(a.tokens(email, "The address is verified."), "It is new.")
		steps.Count()
		p.refresh(a.tokens(email, "The address is verified."), "It is new.")
		for n := range steps.Seen() {
			first := a.tokens(email, "The address is verified.")
			steps.LoseReply(n + 1)
			answer := p.tryRefresh(first.Refresh)
			fault.Kill(t, s.DB, "copy C")
			p.pool.Reset()
			next := b.refresh(first, fmt.Sprintf("The connection broke when the database had done\n\n\t%s\n\nand before it could say so. The status of the answer was %d. The client sends the token again, to another copy, in the grace period.", steps.Text(), answer.Status))
			b.refresh(next, "The pair is the one that came when the token was sent again.")
		}
	})
	t.Run("ends_after_7_days_without_use", func(t *testing.T) {
		s, a, b, email := start(t, 0)
		first, second := a.tokens(email, "The address is verified."), a.tokens(email, "The address is verified.")
		s.later(7*24*time.Hour - time.Minute)
		b.refresh(first, "The refresh token is a minute less than 7 days old.")
		s.later(time.Minute + time.Second)
		b.noRefresh(second.Refresh, "The refresh token is more than 7 days old.")
	})
	t.Run("ends_after_30_days_with_use", func(t *testing.T) {
		s, a, b, email := start(t, time.Minute)
		newest := a.tokens(email, "The address is verified.")
		for day := 6; day <= 24; day += 6 {
			s.later(6 * 24 * time.Hour)
			newest = b.refresh(newest, fmt.Sprintf("The login was %d days ago, and is refreshed every 6 days.", day))
		}
		s.later(6*24*time.Hour - time.Minute)
		newest = a.refresh(newest, "The login was a minute less than 30 days ago.")
		s.later(time.Minute + time.Second)
		b.noRefresh(newest.Refresh, "The login was more than 30 days ago, and was refreshed a minute ago.")
	})
	t.Run("ends_when_the_login_is_revoked", func(t *testing.T) {
		s, a, b, email := start(t, time.Minute)
		first, other := a.tokens(email, "The address is verified."), a.tokens(email, "It is another login of the account.")
		second := a.refresh(first, "It is new.")
		for _, token := range []string{"nonsense", second.Refresh, second.Refresh} {
			answer := a.send("POST", "/token/revoke", members{"refresh_token": token})
			require.Containsf(t, []int{200, 204}, answer.Status, "POST /token/revoke promises 200 or 204 for any token\n%s", answer.Story())
		}
		b.noRefresh(second.Refresh, "The login was revoked, by copy A.")
		b.noRefresh(first.Refresh, "The login was revoked. The refresh token was used before that, less than the grace period ago.")
		b.refresh(other, "Another login of the account was revoked.")
		s.later(15*time.Minute + time.Second)
		s.refused(b.bearer("Bearer "+second.Access), "The login was revoked 15 minutes ago.", 401)
	})
	t.Run("ends_when_a_used_token_is_revoked", func(t *testing.T) {
		_, a, b, email := start(t, time.Minute)
		first := a.tokens(email, "The address is verified.")
		second := a.refresh(first, "It is new.")
		answer := b.send("POST", "/token/revoke", members{"refresh_token": first.Refresh})
		require.Containsf(t, []int{200, 204}, answer.Status, "POST /token/revoke promises 200 or 204 for any token\n%s", answer.Story())
		a.noRefresh(second.Refresh, "The login was revoked by its first refresh token, which was used before. This is its newest one.")
	})
	t.Run("ends_when_it_is_revoked_meanwhile", func(t *testing.T) {
		s, a, b, _ := start(t, time.Minute)
		s.duringRefresh(a, b, "the login was revoked", func(_ string, login pair) wire.Request {
			return b.asks("POST", "/token/revoke", members{"refresh_token": login.Refresh})
		})
	})
}
