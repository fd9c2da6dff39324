package rotateandrevoke_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/wire"
)

// Each of these tokens is what Issue returned, but for its header and signature.
func TestVerifyRefuses(t *testing.T) {
	// start gives a token, and the part of its key that has signed it.
	start := func(t *testing.T, options ...dbtest.Option) (s *service, p program, tok token, key any) {
		s = open(t)
		p, _ = s.two(options...)
		tok = p.issue("ada")
		p.accepts(tok, "It is new.")
		return s, p, tok, part(s.keys[tok.kid], tok.alg)
	}
	kid := func(value any) func(header, claims map[string]any) {
		return func(header, _ map[string]any) { header["kid"] = value }
	}

	t.Run("a_kid_that_no_key_has", func(t *testing.T) {
		var spy pgtrace.Spy
		s, p, tok, key := start(t, dbtest.With(&spy))
		mark := s.random.Canary()
		for _, value := range []any{
			mark, mark + "' OR 'a'='a", mark + "' UNION SELECT 'k", "../../dev/null", "./" + tok.kid, tok.kid + " ", tok.kid + "\x00", tok.kid + "'",
			strings.ToLower(tok.kid), tok.kid[:11], tok.kid[:11] + "_", tok.kid[:11] + "%", "%", "", nil, 7, []string{tok.kid}, strings.Repeat(tok.kid, 9999),
		} {
			p.refuses(s.forge(tok, tok.alg, key, kid(value)), "It is signed with key %s, but the kid in its header is %.99q.", tok.kid, value)
		}
		for _, sql := range spy.SQL() {
			require.NotContains(t, sql, mark, "a kid comes from a stranger, and is not a part of the text of any statement")
		}
		p.accepts(tok, "Verify refused some others.")
	})
	t.Run("a_token_without_a_kid", func(t *testing.T) {
		s, p, tok, key := start(t)
		raw := s.forge(tok, tok.alg, key, func(header, _ map[string]any) { delete(header, "kid") })
		p.refuses(raw, "It is signed with key %s, and its header has no kid.", tok.kid)
	})
	t.Run("the_kid_of_another_key", func(t *testing.T) {
		s, p, tok, key := start(t)
		p.rotate()
		s.later(maxStale)
		second := p.issue("ada")
		p.accepts(tok, "Its key was replaced a minute ago.")
		p.accepts(second, "It is new.")
		p.refuses(s.forge(tok, tok.alg, key, kid(second.kid)), "Both keys are good. It is signed with key %s, and its kid is %s.", tok.kid, second.kid)
		p.refuses(s.forge(tok, tok.alg, part(s.keys[second.kid], tok.alg), kid(tok.kid)), "Both keys are good. It is signed with key %s, and its kid is %s.", second.kid, tok.kid)
	})
	t.Run("another_algorithm", func(t *testing.T) {
		s, p, tok, _ := start(t)
		k := s.keys[tok.kid]
		for _, alg := range []string{"HS256", "HS384", "HS512", "EdDSA", "ES256"} {
			if alg != tok.alg {
				p.refuses(s.forge(tok, alg, part(k, alg), kid(tok.kid)), "Issue signs with %s. This one is signed with %s, by the same Key.", tok.alg, alg)
			}
		}
		for _, public := range []crypto.PublicKey{k.Ed25519.Public(), k.ECDSA.Public()} {
			der, err := x509.MarshalPKIXPublicKey(public)
			require.NoError(t, err)
			for _, secret := range [][]byte{der, der[len(der)-32:], pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), {}} {
				p.refuses(s.forge(tok, "HS256", secret, kid(tok.kid)), "Issue signs with %s. This one is signed with HS256, and its secret is the public key, or empty.", tok.alg)
			}
		}
	})
	t.Run("a_key_that_the_token_brings", func(t *testing.T) {
		s, p, tok, _ := start(t)
		stranger := s.newKey()
		point, err := stranger.ECDSA.PublicKey.Bytes()
		require.NoError(t, err)
		b64 := base64.RawURLEncoding.EncodeToString
		der, err := x509.MarshalPKIXPublicKey(stranger.Ed25519.Public())
		require.NoError(t, err)
		keys := map[string]map[string]any{
			"HS256": {"kty": "oct", "k": b64(stranger.Secret)},
			"EdDSA": {"kty": "OKP", "crv": "Ed25519", "x": b64(der[len(der)-32:])},
			"ES256": {"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])},
		}
		var asked atomic.Int32
		for alg, jwk := range keys {
			jwk["alg"], jwk["use"], jwk["kid"] = alg, "sig", stranger.ID
			site := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", "application/json")
				w.Write([]byte(`{"keys":[` + asJSON(t, jwk) + `]}`))
			}))
			for name, value := range map[string]any{"jwk": jwk, "jku": site.URL + "/.well-known/jwks.json", "x5u": site.URL + "/cert", "typ": "JWT"} {
				for _, id := range []any{tok.kid, stranger.ID, rand.Text()} {
					jwk["kid"] = id
					raw := s.forge(tok, alg, part(stranger, alg), func(header, _ map[string]any) { header["kid"], header[name] = id, value })
					p.refuses(raw, "It is signed with a stranger's key (%s). In its header, kid is %v and %s is %v; the kid of our key is %s.", alg, id, name, value, tok.kid)
				}
			}
		}
		require.Zero(t, asked.Load(), "Verify promises to fetch nothing from an address in a token; requests that came in")
	})
	t.Run("words_that_were_not_signed", func(t *testing.T) {
		s, p, tok, key := start(t)
		parts := strings.Split(tok.raw, ".")
		mallory := strings.Split(s.forge(tok, tok.alg, key, func(_, claims map[string]any) { claims["sub"] = "mallory" }), ".")
		p.refuses(parts[0]+"."+mallory[1]+"."+parts[2], "Its sub is mallory, and its signature is that of ada's token.")
		p.refuses(parts[0]+"."+parts[1]+".", "It has no signature.")
		for _, raw := range []string{"", ".", "..", "a.b.c", "null", tok.raw[:len(tok.raw)/2]} {
			p.refuses(raw, "It is %q.", raw)
		}
	})
	t.Run("a_token_that_does_not_say_when_it_ends", func(t *testing.T) {
		s, p, tok, key := start(t)
		raw := s.forge(tok, tok.alg, key, func(_, claims map[string]any) { delete(claims, "exp") })
		p.refuses(raw, "It is signed with our key, and has no exp.")
	})
}

// When the tables are gone, every statement fails.
func TestOutage(t *testing.T) {
	t.Run("refuses_what_cannot_be_known", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		tok := a.issue("ada")
		b.accepts(tok, "It is new.")
		a.revoke("ada")
		s.Exec(`DROP SCHEMA public CASCADE`)
		s.later(maxStale)
		b.refuses(tok.raw, "RevokeAll(ada) ran on copy A. Then the database failed, and MaxStale has passed: copy B cannot know whether the token is good.")
	})
	t.Run("publishes_no_empty_JWKS", func(t *testing.T) {
		s := open(t)
		_, b := s.two()
		full := b.jwks()
		s.Exec(`DROP SCHEMA public CASCADE`)
		s.later(maxStale)
		answer := b.getJWKS()
		if answer.Status != http.StatusOK {
			require.GreaterOrEqualf(t, answer.Status, 500, "the database has failed, which is no fault of the client\n%s", answer.Story())
			return
		}
		require.Equalf(t, full.kids(), b.jwks().kids(), "the database has failed: the JWKS is a 5xx, or has all keys\n%s", answer.Story())
	})
}
