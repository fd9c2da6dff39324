// Right: RS256, a claims type with a Validate method, the parser made for each call.

// Package tokenverifier issues and verifies the access tokens of an API.
package tokenverifier

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Config says who issues tokens, for whom, and with which key.
//
// It always carries one key of each kind. This service uses RS256 with RSA.
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
	Config
}

// NewTokens refuses a Config that would make a weak or careless verifier.
func NewTokens(cfg Config) (*Tokens, error) {
	var problems []error
	if cfg.RSA == nil || cfg.RSA.N.BitLen() < 2048 {
		problems = append(problems, errors.New("RSA: need a key of 2048 bits or more"))
	}
	if cfg.Issuer == "" {
		problems = append(problems, errors.New("Issuer: empty"))
	}
	if cfg.Audience == "" {
		problems = append(problems, errors.New("Audience: empty"))
	}
	if cfg.TTL <= 0 {
		problems = append(problems, errors.New("TTL: must be above zero"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Tokens{cfg}, nil
}

// accessClaims adds a type, so that no other kind of token passes as this one.
type accessClaims struct {
	Kind string `json:"kind"`
	jwt.RegisteredClaims
}

// Validate is called by the library, next to its own checks.
func (c *accessClaims) Validate() error {
	if c.Kind != "access" || c.Subject == "" || c.IssuedAt == nil {
		return errors.New("not an access token of anybody")
	}
	return nil
}

// Issue signs a token with a header of its own type.
func (t *Tokens) Issue(sub string) (string, error) {
	claims := &accessClaims{Kind: "access", RegisteredClaims: jwt.RegisteredClaims{
		Issuer: t.Issuer, Audience: []string{t.Audience}, Subject: sub,
		IssuedAt: jwt.NewNumericDate(t.Now()), ExpiresAt: jwt.NewNumericDate(t.Now().Add(t.TTL)),
	}}
	if err := claims.Validate(); err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["typ"] = "at+jwt"
	return token.SignedString(t.RSA)
}

// Verify also asks for the type, and for the one spelling of the signature.
func (t *Tokens) Verify(raw string) (Principal, error) {
	claims := new(accessClaims)
	token, err := jwt.ParseWithClaims(raw, claims, func(*jwt.Token) (any, error) { return t.RSA.Public(), nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(t.Audience), jwt.WithIssuer(t.Issuer),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(t.Now))
	if err != nil {
		return Principal{}, fmt.Errorf("token refused: %w", err)
	}
	_, crit := token.Header["crit"]
	if crit || token.Header["typ"] != "at+jwt" {
		return Principal{}, errors.New("token refused: header")
	}
	if raw[strings.LastIndexByte(raw, '.')+1:] != base64.RawURLEncoding.EncodeToString(token.Signature) {
		return Principal{}, errors.New("token refused: spelling")
	}
	return Principal{claims.Subject}, nil
}
