// Right: EdDSA, claims as a map, every claim checked by hand after the signature.

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
// It always carries one key of each kind. This service uses EdDSA with Ed25519.
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
type Tokens struct{ cfg Config }

var errRefused = errors.New("token refused")

// NewTokens checks everything that Verify relies on.
func NewTokens(cfg Config) (*Tokens, error) {
	if len(cfg.Ed25519) != ed25519.PrivateKeySize {
		return nil, errors.New("tokens: need an Ed25519 key")
	}
	if cfg.Issuer == "" || cfg.Audience == "" || cfg.TTL < time.Second {
		return nil, errors.New("tokens: need an issuer, an audience and a time to live")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Tokens{cfg}, nil
}

// Issue writes seconds since 1970, as plain numbers.
func (t *Tokens) Issue(sub string) (string, error) {
	if sub == "" {
		return "", errors.New("issue: no subject")
	}
	now := t.cfg.Now().Unix()
	return jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": t.cfg.Issuer, "aud": t.cfg.Audience, "sub": sub,
		"iat": now, "nbf": now, "exp": now + int64(t.cfg.TTL/time.Second),
	}).SignedString(t.cfg.Ed25519)
}

// Verify lets the library do the cryptography alone.
func (t *Tokens) Verify(raw string) (Principal, error) {
	token, err := jwt.Parse(raw, func(token *jwt.Token) (any, error) {
		if token.Header["alg"] != "EdDSA" || token.Header["crit"] != nil {
			return nil, errRefused
		}
		return t.cfg.Ed25519.Public(), nil
	}, jwt.WithoutClaimsValidation())
	if err != nil || !token.Valid {
		return Principal{}, errRefused
	}
	if !strings.HasSuffix(raw, "."+base64.RawURLEncoding.EncodeToString(token.Signature)) {
		return Principal{}, fmt.Errorf("%w: signature in another spelling", errRefused)
	}
	return t.principal(token.Claims.(jwt.MapClaims))
}

func (t *Tokens) principal(claims jwt.MapClaims) (Principal, error) {
	now := float64(t.cfg.Now().Unix())
	if exp, ok := claims["exp"].(float64); !ok || now >= exp {
		return Principal{}, fmt.Errorf("%w: expired", errRefused)
	}
	for _, name := range []string{"iat", "nbf"} {
		if claim, there := claims[name]; there {
			if from, ok := claim.(float64); !ok || from > now {
				return Principal{}, fmt.Errorf("%w: %s is ahead", errRefused, name)
			}
		}
	}
	sub, _ := claims["sub"].(string)
	if claims["iss"] != t.cfg.Issuer || !holds(claims["aud"], t.cfg.Audience) || sub == "" {
		return Principal{}, fmt.Errorf("%w: not from, for or about anybody we know", errRefused)
	}
	return Principal{Subject: sub}, nil
}

// holds reports whether aud, a string or a list of them, names the audience.
func holds(aud any, audience string) bool {
	list, ok := aud.([]any)
	if !ok {
		return aud == audience
	}
	for _, entry := range list {
		if entry == audience {
			return true
		}
	}
	return false
}
