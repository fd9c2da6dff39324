// Wrong: exp is the last second in which the token is good.
//checker:fails TestVerifyRefusesClaims/exp_now
//checker:fails TestVerifyRefusesText/without_quoting_it_in_the_error
//checker:hint 3

// Package tokenverifier issues and verifies the access tokens of an API.
package tokenverifier

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Config says who issues tokens, for whom, and with which key.
//
// It always carries one key of each kind. This package uses HS256, and so
// Secret alone.
type Config struct {
	Secret  []byte             // HS256: at least 32 bytes
	Ed25519 ed25519.PrivateKey // EdDSA: ed25519.PrivateKeySize bytes
	RSA     *rsa.PrivateKey    // RS256: at least 2048 bits

	Issuer   string           // the iss of every token; never empty
	Audience string           // the aud of every token, this API; never empty
	TTL      time.Duration    // how long a token is good, in whole seconds; above zero
	Now      func() time.Time // the clock of Issue and Verify; nil means time.Now
}

// Principal is who a request comes from. The zero Principal is nobody.
type Principal struct {
	Subject string // the sub of the token; never empty in a verified one
}

const (
	algorithm    = "HS256"
	minSecretLen = 32
)

// The reasons for refusing a token are fixed texts: nothing that came with the
// request gets into an error, and so into a log.
var (
	errMalformed = errors.New("token: malformed")
	errSignature = errors.New("token: bad signature")
	errHeader    = errors.New("token: unacceptable header")
	errClaims    = errors.New("token: missing or malformed claim")
	errExpired   = errors.New("token: expired")
	errNotYet    = errors.New("token: not valid yet")
	errIssuer    = errors.New("token: wrong issuer")
	errAudience  = errors.New("token: wrong audience")
)

// b64 is the encoding of the parts of a token: no padding, and no stray bits in
// the last character.
var b64 = base64.RawURLEncoding.Strict()

// Tokens issues and verifies tokens. Make one with NewTokens.
type Tokens struct {
	secret   []byte
	issuer   string
	audience string
	ttl      time.Duration
	now      func() time.Time
}

// NewTokens returns an error for a Config that breaks a rule stated at its
// fields; of the keys, only the one of HS256 counts.
func NewTokens(cfg Config) (*Tokens, error) {
	switch {
	case len(cfg.Secret) < minSecretLen:
		return nil, errors.New("tokens: Secret has fewer than 32 bytes")
	case cfg.Issuer == "" || !utf8.ValidString(cfg.Issuer):
		return nil, errors.New("tokens: Issuer is empty or not UTF-8")
	case cfg.Audience == "" || !utf8.ValidString(cfg.Audience):
		return nil, errors.New("tokens: Audience is empty or not UTF-8")
	case cfg.TTL <= 0 || cfg.TTL%time.Second != 0:
		return nil, errors.New("tokens: TTL is not a positive number of whole seconds")
	}
	t := &Tokens{
		secret:   bytes.Clone(cfg.Secret),
		issuer:   cfg.Issuer,
		audience: cfg.Audience,
		ttl:      cfg.TTL,
		now:      cfg.Now,
	}
	if t.now == nil {
		t.now = time.Now
	}
	return t, nil
}

// Issue returns a signed token for sub. An empty sub is an error, and so is one
// that JSON cannot carry unchanged.
func (t *Tokens) Issue(sub string) (string, error) {
	if sub == "" {
		return "", errors.New("token: empty subject")
	}
	if !utf8.ValidString(sub) {
		return "", errors.New("token: subject is not UTF-8")
	}
	header, err := json.Marshal(map[string]string{"alg": algorithm, "typ": "JWT"})
	if err != nil {
		return "", err
	}
	now := t.now()
	claims, err := json.Marshal(map[string]any{
		"iss": t.issuer,
		"aud": t.audience,
		"sub": sub,
		"iat": now.Unix(),
		"exp": now.Add(t.ttl).Unix(),
	})
	if err != nil {
		return "", err
	}
	signed := b64.EncodeToString(header) + "." + b64.EncodeToString(claims)
	return signed + "." + t.sign(signed), nil
}

// sign returns the third part of the token whose first two are signed.
func (t *Tokens) sign(signed string) string {
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte(signed))
	return b64.EncodeToString(mac.Sum(nil))
}

// Verify returns who raw was issued to. For a token that it refuses it returns
// the zero Principal and an error.
func (t *Tokens) Verify(raw string) (Principal, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return Principal{}, errMalformed
	}

	// The signature comes first: until it is right, the rest is just text. It is
	// compared as text, so it has only one spelling.
	want := t.sign(parts[0] + "." + parts[1])
	if !hmac.Equal([]byte(want), []byte(parts[2])) {
		return Principal{}, errSignature
	}

	header, err := decodeObject(parts[0])
	if err != nil {
		return Principal{}, err
	}
	if header["alg"] != algorithm {
		return Principal{}, errHeader
	}
	if _, ok := header["crit"]; ok {
		return Principal{}, errHeader
	}

	claims, err := decodeObject(parts[1])
	if err != nil {
		return Principal{}, err
	}
	return t.check(claims)
}

// decodeObject returns the JSON object in one part of a token. Its keys are kept
// as they are written, unlike those of a struct.
func decodeObject(part string) (map[string]any, error) {
	// The decoder skips line breaks, even in strict mode.
	if strings.ContainsAny(part, "\r\n") {
		return nil, errMalformed
	}
	text, err := b64.DecodeString(part)
	if err != nil || !utf8.Valid(text) {
		return nil, errMalformed
	}
	var object map[string]any
	if json.Unmarshal(text, &object) != nil || object == nil {
		return nil, errMalformed
	}
	return object, nil
}

func (t *Tokens) check(claims map[string]any) (Principal, error) {
	now := t.now()

	exp, ok := claims["exp"].(float64)
	if !ok {
		return Principal{}, errClaims
	}
	if float64(now.Unix()) > math.Floor(exp) {
		return Principal{}, errExpired
	}

	for _, name := range []string{"iat", "nbf"} {
		claim, present := claims[name]
		if !present {
			continue
		}
		at, ok := claim.(float64)
		if !ok {
			return Principal{}, errClaims
		}
		if at > float64(now.Unix())+float64(now.Nanosecond())/1e9 {
			return Principal{}, errNotYet
		}
	}

	iss, ok := claims["iss"].(string)
	if !ok || iss != t.issuer {
		return Principal{}, errIssuer
	}

	var audience []any
	switch aud := claims["aud"].(type) {
	case string:
		audience = []any{aud}
	case []any:
		audience = aud
	}
	found := false
	for _, a := range audience {
		s, ok := a.(string)
		if !ok {
			return Principal{}, errClaims
		}
		found = found || s == t.audience
	}
	if !found {
		return Principal{}, errAudience
	}

	sub, ok := claims["sub"].(string)
	if !ok || sub == "" {
		return Principal{}, errClaims
	}
	return Principal{Subject: sub}, nil
}
