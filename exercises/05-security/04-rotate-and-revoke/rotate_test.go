package rotateandrevoke_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rotateandrevoke "workbook/exercises/05-security/04-rotate-and-revoke"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/guard"
)

func TestNewKeyStore(t *testing.T) {
	t.Run("refuses_times_that_cannot_work", func(t *testing.T) {
		s := open(t)
		s.start("copy A") // nothing is wrong with this Config
		for _, times := range [][3]time.Duration{{0, maxStale, grace}, {ttl, 0, grace}, {-ttl, maxStale, grace}, {ttl, maxStale, grace - time.Second}, {ttl, maxStale, 0}} {
			cfg := s.config()
			cfg.TTL, cfg.MaxStale, cfg.Grace = times[0], times[1], times[2]
			_, err := guard.Call2(t, func() (*rotateandrevoke.KeyStore, error) { return rotateandrevoke.NewKeyStore(s.Pool(), cfg) })
			require.Errorf(t, err, "NewKeyStore promises an error for TTL %v, MaxStale %v, Grace %v", cfg.TTL, cfg.MaxStale, cfg.Grace)
		}
	})
}

func TestIssue(t *testing.T) {
	t.Run("is_an_error_before_the_first_key", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		_, err := p.tryIssue("ada")
		require.Error(t, err, "Issue promises an error before the first Rotate")
		require.Empty(t, p.jwks().keys, "before the first Rotate the JWKS has no keys")
		p.rotate()
		s.later(maxStale)
		p.accepts(p.issue("ada"), "The first Rotate was MaxStale ago.")
	})
	t.Run("makes_tokens_that_every_copy_accepts_for_TTL", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		b.accepts(a.issue("bob"), "It is new.")
		start := s.later(0)
		toks := []token{a.issue("ada"), b.issue("Zoë <'>")}
		copies := []program{a, b, s.start("copy C, started afterwards,")}
		for _, tok := range toks {
			for _, p := range copies {
				p.accepts(tok, "It is new.")
			}
		}
		s.later(start.Add(ttl - 2*time.Second).Sub(s.later(0)))
		for _, tok := range toks {
			b.accepts(tok, "It was issued for %v, and has 2 seconds to go.", ttl)
		}
		s.later(2 * time.Second)
		for _, tok := range toks {
			for _, p := range copies {
				p.refuses(tok.raw, "It was issued on %s for %v, which have passed.", tok.on, ttl)
			}
		}
	})
}

func TestRotate(t *testing.T) {
	t.Run("makes_every_copy_sign_with_the_new_key", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		old := b.issue("ada")
		for round := range 3 {
			s.later(maxStale / 2)
			b.accepts(b.issue("ada"), "It is new.")
			known := s.kids()
			a.rotate()
			b.accepts(a.issue("ada"), "It was issued right after Rotate on copy A.")
			s.later(maxStale)
			for _, p := range []program{a, b} {
				tok := p.issue("ada")
				require.NotContainsf(t, known, tok.kid, "Rotate promises that MaxStale later every copy signs with the new key.\nRotate ran on copy A, round %d; %v later %s signed with an older key.", round+1, maxStale, p.Name)
				a.accepts(tok, "It is new.")
				b.accepts(tok, "It is new.")
			}
		}
		b.accepts(old, "There were three rotations since, and it has not expired.")
	})
	t.Run("keeps_tokens_of_the_old_key_good_until_they_expire", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		s.later(30 * 24 * time.Hour) // the key is a month old
		early := a.issue("ada")
		b.accepts(early, "Its key is a month old, and the only one.")
		a.rotate()
		s.later(maxStale - time.Second)
		late := []token{b.issue("ada"), a.issue("ada")} // with either key
		s.later(ttl - maxStale - time.Second)
		for _, p := range []program{a, b} {
			p.accepts(early, "Its key was replaced right after; it has 2 seconds to go.")
		}
		s.later(maxStale - time.Second)
		for _, tok := range late {
			a.accepts(tok, "There was a Rotate 1 second less than MaxStale before it was issued; it has 2 seconds to go.")
			b.accepts(tok, "There was a Rotate 1 second less than MaxStale before it was issued; it has 2 seconds to go.")
		}
	})
	t.Run("ends_the_old_key_after_the_grace", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		old := a.issue("ada")
		b.accepts(old, "It is new.")
		a.rotate()
		s.later(grace + maxStale)
		for _, p := range []program{a, b} {
			now := p.issue("ada")
			p.accepts(now, "It is new.")
			p.refuses(s.forge(now, old.alg, part(s.keys[old.kid], old.alg), func(header, claims map[string]any) {
				header["kid"], claims["exp"] = old.kid, s.later(0).Add(ttl).Unix()
			}), "Somebody has stolen key %s and made a token with an exp that lies ahead. The key was replaced, and Grace and MaxStale (%v) have passed since.", old.kid, grace+maxStale)
		}
	})
	t.Run("is_the_only_thing_that_ends_a_key", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		kid := a.issue("ada").kid
		s.later(365 * 24 * time.Hour)
		for _, p := range []program{a, b} {
			tok := p.issue("ada")
			require.Equal(t, kid, tok.kid, "The key is a year old and was not replaced: it still signs")
			b.accepts(tok, "Its key is a year old and was not replaced.")
		}
	})
	for name, before := range map[string]int{"gives_one_key_when_two_copies_make_the_first_at_once": 0, "gives_one_key_when_two_copies_replace_it_at_once": 1} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			g := gate.New(t, s.DB)
			a, b := s.start("copy A", dbtest.With(g)), s.start("copy B", dbtest.With(g))
			for range before {
				a.rotate()
				s.later(maxStale)
				b.accepts(a.issue("ada"), "It is new.")
			}
			for i, err := range g.Run(a.App.Rotate, b.App.Rotate) {
				require.NoErrorf(t, err, "Rotate ran on two copies at once, and promises to succeed on both. Call %d failed.%s", i+1, g.Story())
			}
			story := "Rotate ran on two copies at once, and " + (grace + maxStale).String() + " have passed." + g.Story()
			s.later(grace + maxStale)
			now, other := a.issue("ada"), b.issue("ada")
			require.Equalf(t, now.kid, other.kid, "every copy signs with the same key. %s", story)
			for _, p := range []program{a, b} {
				p.accepts(now, "%s", story)
				for _, kid := range s.kids(now.kid) {
					p.refuses(s.forge(now, now.alg, part(s.keys[kid], now.alg), func(header, _ map[string]any) { header["kid"] = kid }),
						"All tokens are signed with %s, and this one is signed with another key, which is past its grace. %s", now.kid, story)
				}
			}
		})
	}
	t.Run("is_done_in_full_or_not_at_all", func(t *testing.T) {
		s := open(t)
		steps := fault.NewSteps(t)
		a, b := s.start("copy A", dbtest.With(steps)), s.start("copy B")
		a.rotate()
		steps.Count()
		a.rotate() // a rehearsal
		for n := range steps.Seen() {
			s.later(grace + maxStale)
			old := b.issue("ada")
			known := s.kids()
			steps.Kill(n + 1)
			_, err := call(t, func(ctx context.Context) (any, error) { return nil, a.App.Rotate(ctx) })
			a.Pool.Reset()
			for _, later := range []time.Duration{0, maxStale, ttl - maxStale - 2*time.Second, grace} {
				s.later(later)
				tok := b.issue("ada")
				b.accepts(tok, "Copy A lost its connection in Rotate, after %q, and %v have passed.", steps.Text(), later)
				if later < grace {
					b.accepts(old, "Copy A lost its connection in Rotate, after %q.", steps.Text())
				} else if err == nil {
					require.NotContainsf(t, known, tok.kid, "Rotate returned no error, so the new key signs. Copy A lost its connection after %q.", steps.Text())
				}
			}
		}
	})
}
