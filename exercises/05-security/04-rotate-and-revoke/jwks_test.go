package rotateandrevoke_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rotateandrevoke "workbook/exercises/05-security/04-rotate-and-revoke"
)

func TestJWKS(t *testing.T) {
	t.Run("has_the_public_keys_in_the_form_of_RFC_7517", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		a.rotate()
		s.later(maxStale)
		tok := a.issue("ada")
		for _, p := range []program{a, b} {
			doc := p.jwks()
			require.LessOrEqualf(t, doc.until.Sub(doc.from), maxStale, "max-age is at most MaxStale, %v\n%s", maxStale, doc.Story())
			media, _ := doc.ContentType(t)
			require.Contains(t, []string{"application/json", "application/jwk-set+json"}, media, "Content-Type\n%s", doc.Story())
			if tok.alg == "HS256" {
				require.Emptyf(t, doc.keys, "keys are symmetric here, so none of them is published\n%s", doc.Story())
				continue
			}
			require.ElementsMatchf(t, s.kids(), doc.kids(), "there were two rotations, so two keys are published, each once\n%s", doc.Story())
			for _, key := range doc.keys {
				for name, value := range public(t, s.keys[fmt.Sprint(key["kid"])], tok.alg) {
					require.Equalf(t, value, key[name], "member %s of the JWK of key %v, which signs with %s\n%s", name, key["kid"], tok.alg, doc.Story())
				}
				for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
					require.NotContainsf(t, key, name, "member %s belongs to a private or secret key\n%s", name, doc.Story())
				}
			}
		}
	})
	t.Run("has_a_key_before_it_signs", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		var docs []document
		for step := range 14 {
			if step == 2 || step == 9 {
				a.rotate()
			}
			toks := []token{a.issue("ada"), b.issue("ada")}
			if toks[0].alg == "HS256" {
				return
			}
			from := s.later(0)
			docs = append(docs, a.jwks(), b.jwks())
			for _, doc := range docs {
				for _, tok := range toks {
					if doc.until.After(from) || !doc.from.Before(from) {
						require.Containsf(t, doc.kids(), tok.kid, "A verifier elsewhere keeps this JWKS for max-age, from %s to %s. Every token that is issued in between has its key in there.\nRotate ran on copy A; at %s %s signed a token with key %s.\n%s",
							doc.from.Format(time.TimeOnly), doc.until.Format(time.TimeOnly), from.Format(time.TimeOnly), tok.on, tok.kid, doc.Story())
					}
				}
			}
			s.later(maxStale / 4)
		}
	})
	t.Run("has_a_replaced_key_until_its_grace_ends", func(t *testing.T) {
		s := open(t)
		a, b := s.two()
		s.later(30 * 24 * time.Hour)
		old := a.issue("ada")
		a.jwks()
		b.jwks()
		a.rotate()
		if old.alg == "HS256" {
			return
		}
		s.later(grace - 2*time.Second)
		for _, p := range []program{a, b} {
			require.Contains(t, p.jwks().kids(), old.kid, "%s publishes a key until Grace has passed since it was replaced; 2 seconds are to go", p.Name)
		}
		s.later(maxStale + 2*time.Second)
		for _, p := range []program{a, b} {
			require.NotContains(t, p.jwks().kids(), old.kid, "%s publishes no key that was replaced more than Grace and MaxStale ago", p.Name)
		}
	})
	t.Run("and_errors_and_logs_show_nothing_private", func(t *testing.T) {
		s := open(t)
		var text bytes.Buffer
		log.SetOutput(&text) // slog's default writes there too
		defer log.SetOutput(os.Stderr)
		a, b := s.two()
		tok := a.issue("ada")
		a.rotate()
		a.revoke("ada")
		s.later(maxStale)
		fmt.Fprint(&text, a.jwks().Body, b.jwks().Body)
		s.Exec(`DROP SCHEMA public CASCADE`)
		s.later(maxStale)
		_, verify := b.verify(tok.raw)
		_, issue := a.tryIssue("ada")
		_, rotate := call(t, func(ctx context.Context) (any, error) { return nil, a.App.Rotate(ctx) })
		fmt.Fprint(&text, verify, issue, rotate)
		for kid, key := range s.keys {
			for form, secret := range private(t, key) {
				require.NotContainsf(t, text.String(), secret, "the JWKS, errors and logs promise to show no private key; here is %s of key %s", form, kid)
			}
		}
	})
}

// public is the JWK of a key.
func public(t *testing.T, k rotateandrevoke.Key, alg string) map[string]any {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := map[string]any{"kid": k.ID, "use": "sig", "alg": alg}
	if alg == "EdDSA" {
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", b64(k.Ed25519.Public().(ed25519.PublicKey))
		return jwk
	}
	point, err := k.ECDSA.PublicKey.Bytes() // 4, x, y
	require.NoError(t, err)
	jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", b64(point[1:33]), b64(point[33:])
	return jwk
}

// private is what must be seen nowhere, in the forms in which it is printed.
func private(t *testing.T, k rotateandrevoke.Key) map[string]string {
	t.Helper()
	d, err := k.ECDSA.Bytes()
	require.NoError(t, err)
	forms := map[string]string{"d as one number": new(big.Int).SetBytes(d).String()}
	for name, secret := range map[string][]byte{"the secret": k.Secret, "the seed": k.Ed25519.Seed(), "d": d} {
		forms[name+" as text"] = string(secret)
		forms[name+" in hex"] = hex.EncodeToString(secret)
		forms[name+" in base64"] = base64.RawStdEncoding.EncodeToString(secret)[:42]
		forms[name+" in base64url"] = base64.RawURLEncoding.EncodeToString(secret)[:42]
		forms[name+" as numbers"] = strings.Trim(fmt.Sprint(secret), "[]")
	}
	return forms
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
