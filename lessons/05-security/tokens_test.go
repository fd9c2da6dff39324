package security_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
	tokenverifier "workbook/solutions/05-security/03-token-verifier"
)

// The clock of the examples.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// secret is test data, and stands for one that is made at random and kept out of the code.
var secret = []byte("test data: 32 bytes are no less.")

// naive is the verifier of many tutorials.
//
// snippet: naive
func naive(raw string) (string, error) {
	token, err := jwt.Parse(raw, func(*jwt.Token) (any, error) { return secret, nil }, jwt.WithTimeFunc(func() time.Time { return noon }))
	if err != nil {
		return "", err
	}
	return token.Claims.GetSubject()
}

// end snippet

func sign(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	raw, err := jwt.NewWithClaims(method, claims).SignedString(key)
	require.NoError(t, err)
	return raw
}

// claims are those of a good token, with changes; nil takes a claim away.
func claims(changes jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{"sub": "ann", "iss": "https://login.example", "aud": "orders", "iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix()}
	for name, value := range changes {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

func TestForgeries(t *testing.T) {
	strict, err := tokenverifier.NewTokens(tokenverifier.Config{
		Secret: secret, Issuer: "https://login.example", Audience: "orders", TTL: time.Hour, Now: func() time.Time { return noon },
	})
	require.NoError(t, err)
	good := sign(t, jwt.SigningMethodHS256, secret, claims(nil))
	rows := []string{"the token\ta verifier from a tutorial\tthe solution of 5.3"}
	for _, f := range []struct{ what, raw string }{
		{"as it was issued", good},
		{"sub changed to admin, signature kept", swapSubject(t, good, "admin")},
		{"alg: none, no signature", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil))},
		{"expired an hour ago", sign(t, jwt.SigningMethodHS256, secret, claims(jwt.MapClaims{"exp": noon.Add(-time.Hour).Unix()}))},
		{"without exp: good for ever", sign(t, jwt.SigningMethodHS256, secret, claims(jwt.MapClaims{"exp": nil}))},
		{"issued for another service", sign(t, jwt.SigningMethodHS256, secret, claims(jwt.MapClaims{"aud": "newsletter"}))},
		{"issued by somebody else with this key", sign(t, jwt.SigningMethodHS256, secret, claims(jwt.MapClaims{"iss": "https://test.example"}))},
		{"with another algorithm than ours", sign(t, jwt.SigningMethodHS512, secret, claims(nil))},
	} {
		rows = append(rows, strings.Join([]string{f.what, verdict(naive(f.raw)), verdictOf(strict, f.raw)}, "\t"))
	}
	exercises.Golden(t, "forgeries", lines(t, rows...))
}

func verdict(sub string, err error) string {
	if err != nil {
		return "refused"
	}
	return "hello, " + sub
}

func verdictOf(tokens *tokenverifier.Tokens, raw string) string {
	p, err := tokens.Verify(raw)
	return verdict(p.Subject, err)
}

// swapSubject writes another subject into a token and leaves the rest.
func swapSubject(t *testing.T, raw, sub string) string {
	t.Helper()
	parts := strings.Split(raw, ".")
	payload, err := json.Marshal(claims(jwt.MapClaims{"sub": sub}))
	require.NoError(t, err)
	parts[1] = base64.RawURLEncoding.EncodeToString(payload)
	return strings.Join(parts, ".")
}

func TestReadable(t *testing.T) {
	raw := sign(t, jwt.SigningMethodHS256, secret, claims(jwt.MapClaims{"salary": 48000}))
	// snippet: read
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	// end snippet
	require.NoError(t, err)
	exercises.Golden(t, "readable", string(payload)+"\n")
}
