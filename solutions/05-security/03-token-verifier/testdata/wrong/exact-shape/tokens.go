// Wrong: a token of ours looks exactly like what Issue writes; anything else is suspicious.
//checker:fails TestVerifyAccepts/a_claim_that_it_does_not_know
//checker:fails TestVerifyAccepts/an_audience_that_is_one_string
//checker:fails TestVerifyAccepts/an_nbf_of_now
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
	"slices"
	"strings"
	"time"
)

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

// header is the only header that this service writes, and the only one it reads.
var header = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

var (
	errConfig  = errors.New("config breaks a rule")
	errSubject = errors.New("no subject")
	errRefused = errors.New("token refused")
)

// Tokens issues and verifies tokens. Make one with NewTokens.
type Tokens struct{ cfg Config }

type payload struct {
	Issuer   string   `json:"iss"`
	Audience []string `json:"aud"`
	Subject  string   `json:"sub"`
	Issued   *float64 `json:"iat"`
	Expires  *float64 `json:"exp"`
}

// NewTokens refuses a Config that breaks a rule.
func NewTokens(cfg Config) (*Tokens, error) {
	if len(cfg.Secret) < sha256.Size || cfg.Issuer == "" || cfg.Audience == "" || cfg.TTL <= 0 {
		return nil, errConfig
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Tokens{cfg}, nil
}

func (t *Tokens) sign(text string) string {
	mac := hmac.New(sha256.New, t.cfg.Secret)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (t *Tokens) now() float64 { return float64(t.cfg.Now().Unix()) }

// Issue joins the three parts.
func (t *Tokens) Issue(sub string) (string, error) {
	if sub == "" {
		return "", errSubject
	}
	issued, expires := t.now(), t.now()+t.cfg.TTL.Seconds()
	text, err := json.Marshal(payload{Issuer: t.cfg.Issuer, Audience: []string{t.cfg.Audience}, Subject: sub, Issued: &issued, Expires: &expires})
	if err != nil {
		return "", err
	}
	signed := header + "." + base64.RawURLEncoding.EncodeToString(text)
	return signed + "." + t.sign(signed), nil
}

// Verify decodes nothing that it has not signed itself.
func (t *Tokens) Verify(raw string) (Principal, error) {
	end := strings.LastIndexByte(raw, '.')
	if end < 0 || !hmac.Equal([]byte(raw[end+1:]), []byte(t.sign(raw[:end]))) {
		return Principal{}, errRefused
	}
	first, second, _ := strings.Cut(raw[:end], ".")
	if !t.knows(first) {
		return Principal{}, errRefused
	}
	var claims payload
	text, err := base64.RawURLEncoding.DecodeString(second)
	if err != nil || decodeExactly(text, &claims) != nil {
		return Principal{}, errRefused
	}
	now := t.now()
	if claims.Issuer != t.cfg.Issuer || !slices.Contains(claims.Audience, t.cfg.Audience) || claims.Subject == "" ||
		claims.Expires == nil || *claims.Expires <= now || claims.Issued == nil || *claims.Issued > now {
		return Principal{}, errRefused
	}
	return Principal{claims.Subject}, nil
}

// decodeExactly refuses members that Issue does not write.
func decodeExactly(text []byte, claims *payload) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(claims)
}

// knows reports whether the header asks for exactly what this service does.
func (t *Tokens) knows(part string) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	members := map[string]any{}
	return err == nil && json.Unmarshal(text, &members) == nil && members["alg"] == "HS256" && members["crit"] == nil
}
