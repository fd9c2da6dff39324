package tokenverifier_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	tokenverifier "workbook/exercises/05-security/03-token-verifier"
)

func TestNewTokens(t *testing.T) {
	cases := map[string]func(*tokenverifier.Config){
		"no_key":                  func(c *tokenverifier.Config) { c.Secret, c.Ed25519, c.RSA = nil, nil, nil },
		"a_key_that_is_too_short": weaken,
		"no_issuer":               func(c *tokenverifier.Config) { c.Issuer = "" },
		"no_audience":             func(c *tokenverifier.Config) { c.Audience = "" },
		"a_time_to_live_of_zero":  func(c *tokenverifier.Config) { c.TTL = 0 },
		"a_negative_time_to_live": func(c *tokenverifier.Config) { c.TTL = -time.Minute },
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		spoil := cases[name]
		t.Run("refuses_"+name, func(t *testing.T) {
			cfg := soundConfig()
			newTokens(t, cfg) // nothing is wrong with it yet
			spoil(&cfg)
			_, err := call(t, func() (*tokenverifier.Tokens, error) { return tokenverifier.NewTokens(cfg) })
			assert.Error(t, err, "NewTokens promises an error for a Config with %s; it returned none", spaced(name))
		})
	}
	t.Run("takes_the_real_clock_when_there_is_none", func(t *testing.T) {
		cfg := soundConfig()
		cfg.Now = nil
		s := &service{tokens: newTokens(t, cfg)}
		s.accepts(t, s.issue(t, "ada"), "ada", "it was issued a moment ago")
	})
}

func TestIssue(t *testing.T) {
	t.Run("makes_tokens_that_Verify_accepts", func(t *testing.T) {
		s := newService(t)
		for _, sub := range []string{"ada", "Zoë \"Z\" 🦊 <z@example.com>", fmt.Sprint("user-", rand.Uint64())} {
			s.accepts(t, s.issue(t, sub), sub, "it comes from Issue(%q)", sub)
		}
	})
	t.Run("states_issuer_audience_subject_and_times", func(t *testing.T) {
		s := newService(t)
		_, claims := read(t, s.issue(t, "ada"))
		assert.Equal(t, issuer, claims["iss"], "iss is Config.Issuer")
		assert.Contains(t, []string{`"orders-api"`, `["orders-api"]`}, asJSON(t, claims["aud"]), "aud is Config.Audience, alone or in a list")
		assert.Equal(t, "ada", claims["sub"], "sub is the argument of Issue")
		assert.EqualValues(t, noon.Unix(), claims["iat"], "iat is the time of issue, by Config.Now")
		assert.EqualValues(t, noon.Add(ttl).Unix(), claims["exp"], "exp is Config.TTL after iat")
	})
	t.Run("refuses_an_empty_subject", func(t *testing.T) {
		s := newService(t)
		raw, err := call(t, func() (string, error) { return s.tokens.Issue("") })
		assert.Error(t, err, `Issue("") promises an error; it returned the token %q`, raw)
	})
}

func TestVerifyAccepts(t *testing.T) {
	cases := map[string]edit{
		"an_audience_list_that_holds_ours": set("aud", []string{"billing-api", audience}),
		"an_audience_that_is_one_string":   set("aud", audience),
		"an_nbf_of_now":                    set("nbf", noon.Unix()),
		"a_claim_that_it_does_not_know":    set("theme", map[string]any{"dark": true}),
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		change := cases[name]
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.accepts(t, s.forge(t, change), "ada", "it has %s", spaced(name))
		})
	}
	t.Run("the_last_second_before_exp", func(t *testing.T) {
		s := newService(t)
		raw := s.issue(t, "ada")
		s.now = expiry(t, raw).Add(-time.Second)
		s.accepts(t, raw, "ada", "it was issued at %v for %v, and the clock says %v", noon, ttl, s.now)
	})
}

// Each of these tokens has the right signature, and one claim that is wrong.
func TestVerifyRefusesClaims(t *testing.T) {
	ahead := noon.Add(time.Second).Unix()
	cases := map[string]edit{
		"no_exp":                         without("exp"),
		"exp_null":                       set("exp", nil),
		"exp_that_is_no_number":          set("exp", "tomorrow"),
		"exp_long_ago":                   set("exp", noon.AddDate(-1, 0, 0).Unix()),
		"iat_one_second_ahead":           set("iat", ahead),
		"nbf_one_second_ahead":           set("nbf", ahead),
		"no_iss":                         without("iss"),
		"iss_of_somebody_else":           set("iss", "https://accounts.example.org"),
		"iss_that_only_starts_like_ours": set("iss", issuer+".evil.example"),
		"no_aud":                         without("aud"),
		"aud_of_another_service":         set("aud", "billing-api"),
		"aud_list_without_ours":          set("aud", []string{"billing-api", audience + "-staging"}),
		"aud_list_that_is_empty":         set("aud", []string{}),
		"aud_that_is_a_number":           set("aud", 7),
		"no_sub":                         without("sub"),
		"sub_that_is_empty":              set("sub", ""),
		"sub_that_is_a_number":           set("sub", 42),
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		change := cases[name]
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			raw := s.forge(t, change)
			_, claims := read(t, raw)
			s.refuses(t, raw, "the signature is right, but the token has %s.\nIt says %s\nto issuer %s, audience %s, at %d",
				spaced(name), asJSON(t, claims), issuer, audience, noon.Unix())
		})
	}
	t.Run("exp_now", func(t *testing.T) {
		s := newService(t)
		raw := s.issue(t, "ada")
		s.accepts(t, raw, "ada", "it was issued now")
		s.now = expiry(t, raw)
		s.refuses(t, raw, "it was issued at %v for %v, and the clock says %v", noon, ttl, s.now)
	})
	t.Run("payload_that_is_no_object", func(t *testing.T) {
		s := newService(t)
		header, _ := read(t, s.issue(t, "ada"))
		for _, payload := range []any{nil, "ada", []string{"ada"}, 7} {
			s.refuses(t, sign(t, s.alg, s.key, header, payload), "the signature is right, but the payload is %s", asJSON(t, payload))
		}
	})
}

// Each of these tokens says the right things, and its signature proves nothing.
func TestVerifyRefusesSignatures(t *testing.T) {
	t.Run("by_another_algorithm", func(t *testing.T) {
		s := newService(t)
		header, claims := read(t, s.issue(t, "ada"))
		for _, alg := range slices.Sorted(maps.Keys(algorithms)) {
			if alg != s.alg {
				raw := sign(t, alg, algorithms[alg](soundConfig()), header, claims)
				s.refuses(t, raw, "Issue signs with %s, so only %s counts; this one is signed with %s and a key of the Config", s.alg, s.alg, alg)
			}
		}
	})
	t.Run("by_a_public_key_used_as_a_secret", func(t *testing.T) {
		s := newService(t)
		header, claims := read(t, s.issue(t, "ada"))
		for form, secret := range publicKeys(t, soundConfig()) {
			s.refuses(t, sign(t, "HS256", secret, header, claims), "anybody may know our public key; this one is signed with HS256, and the secret is the %s", form)
		}
	})
	t.Run("by_a_key_of_somebody_else", func(t *testing.T) {
		s := newService(t)
		header, claims := read(t, s.issue(t, "ada"))
		s.refuses(t, sign(t, s.alg, algorithms[s.alg](strangersConfig()), header, claims), "it is signed with %s, but not with our key", s.alg)
	})
	t.Run("that_are_empty_because_alg_is_none", func(t *testing.T) {
		s := newService(t)
		header, claims := read(t, s.issue(t, "ada"))
		for _, none := range []string{"none", "None", "NONE", "nOnE"} {
			header["alg"] = none
			s.refuses(t, encode(t, header)+"."+encode(t, claims)+".", "alg is %q and there is no signature", none)
		}
	})
	t.Run("of_another_token", func(t *testing.T) {
		s := newService(t)
		ada, eve := strings.Split(s.issue(t, "ada"), "."), strings.Split(s.issue(t, "eve"), ".")
		s.refuses(t, ada[0]+"."+ada[1]+"."+eve[2], "it is ada's token with the signature of eve's")
	})
	t.Run("that_come_with_crit", func(t *testing.T) {
		s := newService(t)
		header, claims := read(t, s.issue(t, "ada"))
		header["crit"], header["policy"] = []string{"policy"}, "strict"
		s.refuses(t, sign(t, s.alg, s.key, header, claims), "the signature is right, but crit in its header says: refuse me unless you understand policy")
	})
}

// Each of these texts is nearly the token that Issue returned, or nothing like it.
func TestVerifyRefusesText(t *testing.T) {
	cases := map[string]func(raw string) []string{
		"with_a_changed_character": func(raw string) (texts []string) {
			for i := range len(raw) - 1 { // the last one has a test of its own
				texts = append(texts, raw[:i]+neighbour(raw[i])+raw[i+1:])
			}
			return texts
		},
		"with_a_changed_last_character": func(raw string) []string {
			last := len(raw) - 1
			return []string{raw[:last] + neighbour(raw[last])}
		},
		"with_a_line_break": func(raw string) []string {
			return []string{raw + "\n", raw + "\r\n", raw[:len(raw)-9] + "\n" + raw[len(raw)-9:]}
		},
		"with_something_around_it": func(raw string) []string {
			return []string{"Bearer " + raw, " " + raw, raw + " ", raw + ".", raw + "." + raw, raw + "=", `"` + raw + `"`}
		},
		"that_is_cut_short": func(raw string) (texts []string) {
			for size := range raw {
				texts = append(texts, raw[:size])
			}
			return texts
		},
		"of_a_megabyte": func(raw string) []string {
			return []string{raw + strings.Repeat("a", 1<<20), raw + strings.Repeat(".", 1<<20), strings.Repeat("a.", 1<<19)}
		},
		"that_is_no_token": func(string) []string {
			return []string{".", "..", "...", "a.b.c", "é.é.é", "\x00\xff", "{}", "null", "bnVsbA.bnVsbA.bnVsbA", "e30.e30.", "e30.e30.e30"}
		},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		texts := cases[name]
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			raw := s.issue(t, "ada")
			for _, text := range texts(raw) {
				s.refuses(t, text, "the token is\n%q\nand this text is another one, of %d bytes, from byte %d on:\n%.999q", raw, len(text), firstDifference(raw, text), text)
			}
		})
	}
	t.Run("without_quoting_it_in_the_error", func(t *testing.T) {
		s := newService(t)
		expired := s.forge(t, set("exp", noon.Unix()))
		for _, raw := range []string{expired, expired + "x", "Bearer " + expired} {
			err := s.refuses(t, raw, "it has expired")
			assert.NotContains(t, err.Error(), expired, "errors end up in logs: the error of Verify promises not to contain the token")
		}
	})
}
