package tokenverifier_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	tokenverifier "workbook/exercises/05-security/03-token-verifier"
	"workbook/exercises/internal/guard"
)

const (
	issuer   = "https://accounts.example.com"
	audience = "orders-api"
	ttl      = 15 * time.Minute
)

// noon is where the clock of every service stands until its test moves it.
var noon = time.Date(2040, time.May, 1, 12, 0, 0, 0, time.UTC)

// algorithms says which key of a Config signs with which algorithm.
var algorithms = map[string]func(tokenverifier.Config) any{
	"HS256": secret, "HS384": secret, "HS512": secret,
	"RS256": rsaKey, "RS384": rsaKey, "RS512": rsaKey,
	"PS256": rsaKey, "PS384": rsaKey, "PS512": rsaKey,
	"EdDSA": func(c tokenverifier.Config) any { return c.Ed25519 },
}

func secret(c tokenverifier.Config) any { return c.Secret }
func rsaKey(c tokenverifier.Config) any { return c.RSA }

// Two sets of fresh keys: the service's, and those of somebody else.
var soundConfig, strangersConfig = sync.OnceValue(newConfig), sync.OnceValue(newConfig)

func newConfig() tokenverifier.Config {
	secret := make([]byte, 32)
	rand.Read(secret)
	_, edKey, err := ed25519.GenerateKey(nil)
	must(err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	return tokenverifier.Config{Secret: secret, Ed25519: edKey, RSA: rsaKey, Issuer: issuer, Audience: audience, TTL: ttl}
}

// weaken makes each key a little too short: whichever is in use, it must be refused.
func weaken(c *tokenverifier.Config) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(err)
	c.Secret, c.Ed25519, c.RSA = c.Secret[:31], c.Ed25519[:ed25519.PrivateKeySize-1], small
}

// service is the learner's Tokens with a clock that the test moves.
type service struct {
	tokens *tokenverifier.Tokens
	now    time.Time
	alg    string // the algorithm that Issue chose
	key    any    // the key of the Config for it
	proven bool   // Verify was seen to accept a token
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{now: noon}
	cfg := soundConfig()
	cfg.Now = func() time.Time { return s.now }
	s.tokens = newTokens(t, cfg)
	header, _ := read(t, s.issue(t, "ada"))
	s.alg = fmt.Sprint(header["alg"])
	require.Contains(t, []string{"HS256", "EdDSA", "RS256"}, s.alg, "the alg of a token from Issue is one of the three")
	s.key = algorithms[s.alg](cfg)
	return s
}

func newTokens(t *testing.T, cfg tokenverifier.Config) *tokenverifier.Tokens {
	t.Helper()
	tokens, err := call(t, func() (*tokenverifier.Tokens, error) { return tokenverifier.NewTokens(cfg) })
	require.NoError(t, err, "NewTokens promises to accept this Config: every field keeps its rule")
	require.NotNil(t, tokens, "NewTokens returned nil, and no error")
	return tokens
}

func (s *service) issue(t *testing.T, sub string) string {
	t.Helper()
	raw, err := call(t, func() (string, error) { return s.tokens.Issue(sub) })
	require.NoError(t, err, "Issue(%q) promises a token", sub)
	return raw
}

func (s *service) verify(t *testing.T, raw string) (tokenverifier.Principal, error) {
	t.Helper()
	return call(t, func() (tokenverifier.Principal, error) { return s.tokens.Verify(raw) })
}

func (s *service) accepts(t *testing.T, raw, sub, story string, args ...any) {
	t.Helper()
	who, err := s.verify(t, raw)
	require.NoError(t, err, "Verify promises to accept this token: %s", fmt.Sprintf(story, args...))
	require.Equal(t, tokenverifier.Principal{Subject: sub}, who, "the Principal is who the token was issued to")
	s.proven = true
}

// refuses checks that Verify refuses raw, although it accepts a good token.
func (s *service) refuses(t *testing.T, raw, story string, args ...any) error {
	t.Helper()
	if !s.proven {
		s.accepts(t, s.issue(t, "ada"), "ada", "it comes from Issue, unchanged")
	}
	story = fmt.Sprintf(story, args...)
	who, err := s.verify(t, raw)
	require.Error(t, err, "Verify promises to refuse this token with an error: %s\nIt returned %+v and no error", story, who)
	require.Zero(t, who, "Verify promises the zero Principal next to an error: %s\nThe error was right: %v", story, err)
	return err
}

// call runs code of the learner: a panic, or code that does not return, is a failed test.
func call[T any](t *testing.T, run func() (T, error)) (T, error) {
	t.Helper()
	return guard.Call2(t, run)
}

// An edit changes the claims of a token that is good otherwise.
type edit func(claims map[string]any)

func set(name string, value any) edit { return func(c map[string]any) { c[name] = value } }
func without(name string) edit        { return func(c map[string]any) { delete(c, name) } }

// forge is a token from Issue, changed by edit, with the right signature again.
func (s *service) forge(t *testing.T, edit edit) string {
	t.Helper()
	header, claims := read(t, s.issue(t, "ada"))
	edit(claims)
	return sign(t, s.alg, s.key, header, claims)
}

// read decodes a token and checks nothing.
func read(t *testing.T, raw string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(raw, ".")
	require.Len(t, parts, 3, "Issue promises a token of three parts; it returned %q", raw)
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoError(t, err, "part %d of the token is base64url; it is %q", i+1, parts[i])
		require.NoError(t, json.Unmarshal(text, into), "part %d of the token is a JSON object; it is %q", i+1, text)
	}
	return header, claims
}

// sign makes a token with that alg, whatever the header said before.
func sign(t *testing.T, alg string, key any, header map[string]any, payload any) string {
	t.Helper()
	header["alg"] = alg
	text := encode(t, header) + "." + encode(t, payload)
	signature, err := jwt.GetSigningMethod(alg).Sign(text, key)
	require.NoError(t, err)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func encode(t *testing.T, v any) string {
	t.Helper()
	return base64.RawURLEncoding.EncodeToString([]byte(asJSON(t, v)))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// publicKeys is the public half of both key pairs, in the forms in which it is stored.
func publicKeys(t *testing.T, cfg tokenverifier.Config) map[string][]byte {
	t.Helper()
	forms := map[string][]byte{
		"RSA public key in PKCS #1 PEM": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&cfg.RSA.PublicKey)}),
		"Ed25519 public key, 32 bytes":  cfg.Ed25519.Public().(ed25519.PublicKey),
	}
	for name, key := range map[string]crypto.PublicKey{"RSA": cfg.RSA.Public(), "Ed25519": cfg.Ed25519.Public()} {
		der, err := x509.MarshalPKIXPublicKey(key)
		require.NoError(t, err)
		forms[name+" public key in DER"] = der
		forms[name+" public key in PEM"] = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	return forms
}

// expiry is the second that the exp of a token from Issue names.
func expiry(t *testing.T, raw string) time.Time {
	t.Helper()
	_, claims := read(t, raw)
	require.IsType(t, 0.0, claims["exp"], "exp is a number in every token from Issue")
	return time.Unix(int64(claims["exp"].(float64)), 0).UTC()
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// neighbour is the base64url character that differs from c in the lowest bit.
func neighbour(c byte) string {
	i := strings.IndexByte(alphabet, c)
	if i < 0 {
		return "A"
	}
	return alphabet[i^1 : i^1+1]
}

// firstDifference is the offset of the first byte in which a and b differ.
func firstDifference(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

func must(err error) {
	if err != nil {
		panic(err)
	}
}
