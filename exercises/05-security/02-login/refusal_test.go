package login_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/wire"
)

// attempts fail, each for another reason; the password "" is the accounts' own.
var attempts = []struct{ name, email, password, why string }{
	{"unknown_address", "nobody@example.org", "", "Nobody has the address."},
	{"disabled_account_with_its_password", "disabled@example.org", "", "The account is disabled, and the password is right."},
	{"disabled_account_with_another_password", "disabled@example.org", "wrong", "The account is disabled, and the password is wrong."},
	{"outdated_hash", "old@example.org", "wrong", "The hash is out of date, and the password is wrong."},
	{"hash_that_cannot_be_read", "broken@example.org", "", "Verify returns an error."},
}

func each(t *testing.T, test func(s *shop, p program, why, email, password string)) {
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			s := open(t)
			if a.password == "" {
				a.password = s.password
			}
			test(s, s.start(), a.why, a.email, a.password)
		})
	}
}

func TestFailureLooksTheSame(t *testing.T) {
	each(t, func(s *shop, p program, why, email, password string) {
		s.wrong(2, kim, "The password is wrong.", p)
		wrong, a := p.login(kim, "wrong"), p.login(email, password)
		s.fails(why, a)
		require.Equal(s.t, sent(wrong), sent(a), why+" The answer, but for the Date, compared with the one to the third wrong password for another account:")
		require.Zero(s.t, dbtest.Value[int](s.DB, `SELECT count(*) FROM sessions`), "sessions after two attempts that failed")
	})
}

func TestFailureTakesTheSameWork(t *testing.T) {
	each(t, func(s *shop, p program, why, email, password string) {
		require.LessOrEqual(s.t, s.hashed, 1, "calls of Hash in New")
		for range 2 {
			verified, hashed := s.work(func() { p.login(email, password) })
			require.Equal(s.t, 1, verified, why+" Every attempt that fails takes one Verify, so that all take the same time. Calls of Verify:")
			require.Equal(s.t, 0, hashed, why+" Once New has returned, nothing but a login that succeeds takes a Hash. Calls of Hash:")
		}
	})
	t.Run("for_an_unknown_address_with_a_real_hash", func(t *testing.T) {
		s := open(t)
		s.start().login("nobody@example.org", "x")
		for _, hash := range s.verified {
			_, made := s.made[hash]
			require.Truef(t, made, "Only with a hash that Hash has made does Verify take its time. For an unknown address it was called with %q.", hash)
		}
	})
}

func TestUnknownAddress(t *testing.T) {
	t.Run("has_no_password", func(t *testing.T) {
		s := open(t)
		p := s.start()
		wrong := p.login("nobody@example.org", "x")
		for _, hash := range s.verified {
			if password := s.made[hash]; password != "" && len(password) <= 1024 {
				a := p.login("nobody@example.org", password)
				require.Equalf(t, sent(wrong), sent(a), "Nobody has the address, so no password is right, not even the one of the hash that Verify is called with (here %q). The answer, but for the Date, compared with the one to the password x:", password)
			}
		}
	})
	t.Run("is_no_pattern", func(t *testing.T) {
		s := open(t)
		p := s.start()
		unknown := p.login("nobody@example.org", s.password)
		for _, email := range []string{"%", "kim%", "kim_lee@example.org", `\kim.lee@example.org`, "' OR ''='", kim + "' --", kim + ".", "kim.lee", "example.org"} {
			a := p.login(email, s.password)
			require.Equalf(t, sent(unknown), sent(a), "Nobody has the address %q; the password is the one of Kim.Lee@Example.org. The answer, but for the Date, compared with the one to nobody@example.org:", email)
		}
	})
}

func TestThrottle(t *testing.T) {
	t.Run("refuses_after_five_failures", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.wrong(5, kim, "", p)
		verified, hashed := s.work(func() {
			s.throttled("Five attempts have failed; the sixth has the right password.", p.login(kim, s.password))
			s.throttled("Five attempts have failed; the seventh has a wrong password.", p.login(kim, "wrong"))
		})
		require.Zero(t, verified+hashed, "After five failures attempts are refused without a hash. Calls of Verify and Hash in the next two:")
		require.Zero(t, dbtest.Value[int](s.DB, `SELECT count(*) FROM sessions`), "sessions afterwards")
	})
	t.Run("holds_for_all_copies_together", func(t *testing.T) {
		s := open(t)
		a, b := s.named("copy A"), s.named("copy B")
		s.wrong(5, kim, "", a)
		s.throttled("Five attempts failed on copy A. The sixth comes in on copy B.", b.login(kim, "wrong"))
		s.wrong(5, "ann@example.org", "", a, b)
		s.throttled("Five attempts failed, on copies A and B in turns.", a.login("ann@example.org", "wrong"))
	})
	t.Run("is_for_each_address", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.wrong(4, "ann@example.org", "", p)
		s.wrong(5, kim, "", p)
		s.add("bob@example.org", "new", s.password)
		s.wrong(5, "bob@example.org", "", p)
		s.succeeds("Five attempts failed for each of two other addresses, and four for this one.", "ann@example.org", p.login("ann@example.org", "Ann's password"))
	})
	t.Run("is_for_the_address_however_it_is_written", func(t *testing.T) {
		s := open(t)
		p := s.start()
		for n, email := range []string{kim, "Kim.Lee@Example.org", strings.ToUpper(kim), "kim.lee@EXAMPLE.org", "kIM.lee@example.org"} {
			s.fails(fmt.Sprintf("Failure %d.", n+1), p.login(email, "wrong"))
		}
		s.throttled("Five attempts failed for one address, in different letter case.", p.login(kim, "wrong"))
		hash := dbtest.Value[string](s.DB, `SELECT password_hash FROM users WHERE lower(email) = $1`, kim)
		s.verified = nil
		for _, email := range []string{" " + kim, kim + " ", kim + "\t", "\u212a" + kim[1:]} {
			p.login(email, s.password) // may lead to the account or not
			require.NotContainsf(t, s.verified, hash, "Five attempts failed for %s. Written as %+q, it leads to a Verify with the hash of that account.", kim, email)
		}
	})
	t.Run("is_the_same_wherever_a_client_says_it_is", func(t *testing.T) {
		s := open(t)
		p := s.start()
		for n := range 6 {
			a := p.login(kim, "wrong", fmt.Sprintf("X-Forwarded-For: 192.0.2.%d", n), fmt.Sprintf("X-Real-IP: 192.0.2.%d", n), fmt.Sprintf("User-Agent: %d", n))
			if n < 5 {
				s.fails(fmt.Sprintf("Failure %d.", n+1), a)
				continue
			}
			s.throttled("Five attempts failed for one address. Each said that it comes from elsewhere.", a)
		}
	})
	t.Run("counts_those_of_any_minute", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.wrong(1, kim, "", p)
		s.later(50 * time.Second)
		s.wrong(3, kim, "After 50 seconds.", p)
		s.later(11 * time.Second)
		for range 2 { // with the one a minute ago they are five in a row already, and may be refused
			p.login(kim, "wrong")
		}
		s.throttled("One attempt failed 61 seconds ago, three 11 seconds ago, and now two more: five within a minute.", p.login(kim, s.password))
	})
	t.Run("ends_after_15_minutes", func(t *testing.T) {
		s := open(t)
		p := s.start()
		for range 2 {
			s.wrong(5, kim, "Everything before was more than 15 minutes ago.", p)
			s.throttled("Five attempts have failed.", p.login(kim, "wrong"))
			s.later(15*time.Minute + time.Second)
		}
		s.succeeds("Five attempts failed, more than 15 minutes ago.", kim, p.login(kim, s.password))
	})
	t.Run("ends_also_for_those_who_try_again", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.wrong(5, kim, "", p)
		s.later(10 * time.Minute)
		for range 3 { // may be refused or not
			p.login(kim, s.password)
		}
		s.later(5*time.Minute + time.Second)
		s.succeeds("Five attempts failed 15 minutes ago. 5 minutes ago there were three more, which may have been refused.", kim, p.login(kim, s.password))
	})
	t.Run("ends_when_Retry-After_says", func(t *testing.T) {
		s := open(t)
		p := s.start()
		for n, passed := range []time.Duration{0, 7*time.Second + 300*time.Millisecond, 8 * time.Minute} {
			email := fmt.Sprintf("user%d@example.org", n)
			s.add(email, "new", s.password)
			s.wrong(5, email, "", p)
			s.later(passed)
			if a := p.login(email, s.password); a.Status != 200 {
				s.throttled("Five attempts have failed.", a)
				s.later(a.RetryAfter(t))
				s.succeeds(fmt.Sprintf("Five attempts failed, and %v later Retry-After was %v. That has passed.", passed, a.RetryAfter(t)), email, p.login(email, s.password))
			}
		}
	})
	t.Run("forgets_failures_after_a_success", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.wrong(3, "ann@example.org", "", p)
		for range 2 {
			s.wrong(4, kim, "Before that, nothing or a success.", p)
			s.succeeds("Four attempts have failed.", kim, p.login("Kim.Lee@Example.org", s.password))
		}
		s.wrong(2, "ann@example.org", "There were three failures before, and two logins of somebody else.", p)
		s.throttled("Five attempts failed for the address. Somebody else logged in twice meanwhile.", p.login("ann@example.org", "wrong"))
	})
	t.Run("counts_failures_at_the_same_time", func(t *testing.T) {
		s := open(t)
		statuses, story := s.together()
		require.Equal(t, []int{401, 401}, statuses, "The first two attempts come at the same time, and fail."+story)
		p := s.start()
		s.wrong(3, kim, "Two attempts had failed at the same time before.", p)
		s.throttled("Five attempts failed, the first two at the same time."+story, p.login(kim, "wrong"))
	})
	t.Run("lets_no_more_through_at_the_same_time", func(t *testing.T) {
		s := open(t)
		s.wrong(4, kim, "", s.start())
		var statuses []int
		var story string
		verified, _ := s.work(func() { statuses, story = s.together() })
		slices.Sort(statuses)
		require.Equal(t, []int{401, 429}, statuses, "Four attempts have failed. Two more come at the same time: one fails, and the other is refused."+story)
		require.Equal(t, 1, verified, "Four attempts have failed, and two more come at the same time. Calls of Verify in both:"+story)
	})
}

func TestThrottledLooksTheSame(t *testing.T) {
	each(t, func(s *shop, p program, why, email, password string) {
		s.wrong(5, kim, "", p)
		known := p.login(kim, "wrong")
		s.throttled("Five attempts have failed.", known)
		for range 5 {
			p.login(email, password)
		}
		verified, _ := s.work(func() {
			a := p.login(email, password)
			s.throttled("Five attempts have failed: "+why, a)
			require.Equal(s.t, sent(known), sent(a), why+" The answer to the sixth attempt, but for the values of Date and Retry-After, compared with the one for an account whose password was wrong:")
		})
		require.Zero(s.t, verified, why+" Calls of Verify in the sixth attempt:")
	})
}

// together makes two attempts for kim on two copies, which take their steps together.
func (s *shop) together() (statuses []int, story string) {
	s.t.Helper()
	g := gate.New(s.t, s.DB)
	answers := make([]wire.Answer, 2)
	call := func(i int, p program) func(context.Context) error {
		return func(context.Context) error { answers[i] = p.login(kim, "wrong"); return nil }
	}
	for _, err := range g.Run(call(0, s.named("copy A", dbtest.With(g))), call(1, s.named("copy B", dbtest.With(g)))) {
		require.NoError(s.t, err)
	}
	return []int{answers[0].Status, answers[1].Status}, g.Story()
}

func TestSecrets(t *testing.T) {
	// everything happens to a password that can happen.
	everything := func(t *testing.T) (s *shop, spy *pgtrace.Spy, tokens []string) {
		s, spy = open(t), &pgtrace.Spy{}
		p := s.start(dbtest.With(spy))
		for _, email := range []string{kim, "old@example.org"} {
			if _, token, found := strings.Cut(p.login(email, s.password).Body, `token":`); found {
				tokens = append(tokens, strings.Trim(token, "\" }\n"))
			}
		}
		for range 6 {
			for _, a := range attempts[:2] {
				p.login(a.email, s.password)
			}
			p.login("ann@example.org", s.password)
			p.login("broken@example.org", s.password)
		}
		for _, body := range []string{`{"password": "` + s.password, `{"email": 7, "password": "` + s.password + `"}`, `{"password": "` + s.password + `"}`} {
			p.SendJSON(t, "POST", "/login", body)
		}
		p.login(kim, strings.Repeat(s.password, 200))
		p.login(kim+"\x00", s.password)
		s.failing = true
		s.add("late@example.org", "old", s.password)
		p.login("late@example.org", s.password)
		s.Exec(`ALTER TABLE sessions RENAME TO gone`)
		p.login(kim, s.password)
		return s, spy, tokens
	}
	t.Run("stay_out_of_logs_and_statements", func(t *testing.T) {
		var output strings.Builder
		log.SetOutput(&output)
		t.Cleanup(func() { log.SetOutput(os.Stderr) })
		s, spy, tokens := everything(t)
		for _, secret := range append(tokens, s.password, strings.Trim(fmt.Sprint([]byte(s.password)), "[]"), "-hash-") {
			for line := range strings.Lines(s.logged.String() + output.String()) {
				require.NotContainsf(t, line, secret, "The log holds no password, hash or token. This line holds %q.", secret)
			}
		}
		for _, call := range spy.Calls() {
			require.NotContains(t, fmt.Sprintf("%s %s", call.SQL, call.Args), s.password, "The password goes to the Hasher, and not to the database: a statement with its arguments.")
		}
	})
}
