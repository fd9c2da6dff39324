// Wrong: who is logged in has a subject, so Issue need not look at it.
//checker:fails TestIssue/refuses_an_empty_subject
//checker:hint 4

// Package tokenverifier issues and verifies the access tokens of an API.
package tokenverifier

import (
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// method is the one algorithm that this service issues and accepts.
var method = jwt.SigningMethodHS256

// minSecret is the size in bytes of an HS256 signature: a shorter secret would
// be easier to guess than the signature itself (RFC 7518).
const minSecret = 32

// Config says who issues tokens, for whom, and with which key.
//
// It always carries one key of each kind. This service uses HS256 with Secret.
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

// Tokens issues and verifies tokens. Make one with NewTokens.
type Tokens struct {
	cfg    Config
	parser *jwt.Parser
}

// NewTokens returns an error for a Config that breaks a rule stated at its
// fields. Checking here keeps Verify honest: to the library an empty issuer
// means "do not check the issuer", and an empty secret is a secret.
func NewTokens(cfg Config) (*Tokens, error) {
	switch {
	case len(cfg.Secret) < minSecret:
		return nil, fmt.Errorf("secret has %d bytes, need at least %d", len(cfg.Secret), minSecret)
	case cfg.Issuer == "":
		return nil, errors.New("issuer is empty")
	case cfg.Audience == "":
		return nil, errors.New("audience is empty")
	case cfg.TTL <= 0:
		return nil, fmt.Errorf("time to live is %v, need more than zero", cfg.TTL)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Tokens{cfg: cfg, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{method.Alg()}),
		jwt.WithIssuer(cfg.Issuer),
		jwt.WithAudience(cfg.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithTimeFunc(cfg.Now),
		jwt.WithStrictDecoding(),
	)}, nil
}

// Issue returns a signed token for sub. An empty sub is an error.
func (t *Tokens) Issue(sub string) (string, error) {
	now := t.cfg.Now()
	return jwt.NewWithClaims(method, jwt.RegisteredClaims{
		Issuer:    t.cfg.Issuer,
		Audience:  jwt.ClaimStrings{t.cfg.Audience},
		Subject:   sub,
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(t.cfg.TTL)),
	}).SignedString(t.cfg.Secret)
}

// Verify returns who raw was issued to. For a token that it refuses it returns
// the zero Principal and an error.
func (t *Tokens) Verify(raw string) (Principal, error) {
	// Go's base64 decoder skips line breaks, also in strict mode.
	if strings.ContainsAny(raw, "\r\n") {
		return Principal{}, errors.New("verify token: it contains a line break")
	}
	var claims jwt.RegisteredClaims
	if _, err := t.parser.ParseWithClaims(raw, &claims, t.key); err != nil {
		return Principal{}, fmt.Errorf("verify token: %w", err)
	}
	if claims.Subject == "" {
		return Principal{}, errors.New("verify token: it names no subject")
	}
	return Principal{Subject: claims.Subject}, nil
}

// key returns the key to check a token with: always the same one, whatever the
// token's header asks for. It refuses crit, the list of extensions that a
// verifier must understand (RFC 7515), because this one understands none.
func (t *Tokens) key(token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok {
		return nil, errors.New("it needs an extension that is not supported")
	}
	return t.cfg.Secret, nil
}
