package rotateandrevoke_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/seed"
)

func TestRevokeAll(t *testing.T) {
	t.Run("ends_the_tokens_of_a_user_on_every_copy", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		toks := []token{a.issue("ada"), b.issue("ada")}
		a.rotate()
		s.later(maxStale)
		toks = append(toks, a.issue("ada"), b.issue("ada"))
		for range 3 { // the copies are busy
			s.later(maxStale / 2)
			for _, tok := range toks {
				a.accepts(tok, "Nobody was revoked.")
				b.accepts(tok, "Nobody was revoked.")
			}
		}
		a.revoke("ada")
		s.later(maxStale / 2)
		for _, tok := range toks {
			b.verify(tok.raw) // with any outcome
		}
		s.later(maxStale / 2)
		for _, p := range []program{a, b} {
			for _, tok := range toks {
				p.refuses(tok.raw, "It was issued to ada on %s. Then RevokeAll(ada) ran on copy A, and MaxStale has passed.", tok.on)
			}
		}
	})
	t.Run("lets_pass_what_is_issued_afterwards", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		for _, user := range []string{"ada", "ada", "bob"} {
			s.later(time.Second + 1e8 - time.Duration(s.later(0).Nanosecond())) // a tenth of a second after a full one
			before := []token{a.issue(user), b.issue(user)}
			for _, tok := range before {
				a.accepts(tok, "It is new.")
				b.accepts(tok, "It is new.")
			}
			a.revoke(user)
			after := []token{a.issue(user), b.issue(user)}
			for _, later := range []time.Duration{0, maxStale} {
				s.later(later)
				for _, tok := range after {
					a.accepts(tok, "RevokeAll(%s) had returned on copy A when it was issued, in the same second. It is now %v later.", user, later)
					b.accepts(tok, "RevokeAll(%s) had returned on copy A when it was issued, in the same second. It is now %v later.", user, later)
				}
			}
			for _, tok := range before {
				a.refuses(tok.raw, "It was issued before RevokeAll(%s), in the same second. MaxStale has passed.", user)
				b.refuses(tok.raw, "It was issued before RevokeAll(%s), in the same second. MaxStale has passed.", user)
			}
			a.revoke(user)
			s.later(maxStale)
			b.refuses(after[0].raw, "RevokeAll(%s) ran a second time, after it was issued.", user)
		}
	})
	t.Run("leaves_everybody_else_alone", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		users := seed.Shuffled(s.random, []string{"ada", "Ada", "ada ", "adam", "ad", "a%", "a_a", "_%", "Zoë", "x' OR 'a'='a", `"ada"`, "名前"})
		var toks []token
		for _, user := range users {
			toks = append(toks, a.issue(user))
		}
		for n, user := range users[:len(users)-1] {
			s.later(time.Second)
			b.revoke(user)
			s.later(maxStale)
			for i, tok := range toks {
				if i <= n {
					a.refuses(tok.raw, "RevokeAll(%q) ran after it was issued, and MaxStale has passed.", users[i])
				} else {
					a.accepts(tok, "RevokeAll ran for other users alone: %q.", users[:n+1])
				}
			}
		}
	})
	t.Run("lasts_until_the_tokens_expire", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		tok := a.issue("ada")
		b.accepts(tok, "It is new.")
		s.later(time.Second)
		a.revoke("ada")
		s.later(maxStale)
		b.rotate()
		for range 6 {
			s.later((ttl - maxStale) / 7)
			b.revoke("bob")
			b.accepts(b.issue("ada"), "It is new.")
			for _, p := range []program{a, b, s.start("a copy that was started since,")} {
				p.refuses(tok.raw, "RevokeAll(ada) ran after it was issued; there was a Rotate since.")
			}
		}
	})
	t.Run("succeeds_twice_at_the_same_time", func(t *testing.T) {
		s := open(t)
		g := gate.New(t, s.DB)
		a, b := s.two(dbtest.With(g))
		tok := a.issue("ada")
		revoke := func(p program) func(context.Context) error {
			return func(ctx context.Context) error { return p.App.RevokeAll(ctx, "ada") }
		}
		s.later(time.Second)
		for i, err := range g.Run(revoke(a), revoke(b)) {
			require.NoErrorf(t, err, "RevokeAll(ada) ran on two copies at once, and promises to succeed on both. Call %d failed.%s", i+1, g.Story())
		}
		s.later(time.Second)
		after := b.issue("ada")
		s.later(maxStale)
		a.refuses(tok.raw, "RevokeAll(ada) ran on two copies at once, after it was issued.%s", g.Story())
		a.accepts(after, "RevokeAll(ada) had run on two copies at once before it was issued.%s", g.Story())
	})
}
