// Right: a row for every token, a ring of keys in one row, no library for tokens, and a JWKS that nobody may keep.

// Package rotateandrevoke signs tokens with keys that are replaced, for users
// who can be shut out.
package rotateandrevoke

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Key can sign in three ways. This program uses Ed25519 alone.
type Key struct {
	ID      string             // the kid of its tokens; no two keys have the same
	Secret  []byte             // HS256: 32 bytes
	Ed25519 ed25519.PrivateKey // EdDSA
	ECDSA   *ecdsa.PrivateKey  // ES256: on the curve P-256
}

// Config is the same in every copy of the program.
type Config struct {
	TTL      time.Duration    // how long a token is good: whole seconds, above zero
	MaxStale time.Duration    // how old what a copy goes by may be: whole seconds, above zero
	Grace    time.Duration    // how long a key stays good after it was replaced: at least TTL + MaxStale
	Now      func() time.Time // the only clock; each call gives a later time than the one before
	NewKey   func() Key       // makes a fresh key; may be called by several goroutines at once
}

// KeyStore issues and verifies tokens.
type KeyStore struct {
	pool *pgxpool.Pool
	cfg  Config
}

// entry is a key in the ring. The last one signs.
type entry struct {
	Kid      string     `json:"kid"`
	Seed     []byte     `json:"seed"`
	Replaced *time.Time `json:"replaced,omitempty"`
}

func (e entry) key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(e.Seed) }

var (
	errToken = errors.New("no good token")
	b64      = base64.RawURLEncoding.Strict()
)

// NewKeyStore checks the times.
func NewKeyStore(pool *pgxpool.Pool, cfg Config) (*KeyStore, error) {
	if min(cfg.TTL, cfg.MaxStale) <= 0 || cfg.Grace < cfg.TTL+cfg.MaxStale {
		return nil, errors.New("bad times")
	}
	return &KeyStore{pool, cfg}, nil
}

// Rotate holds the row while it makes a new ring.
func (s *KeyStore) Rotate(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var old, ring []entry
		if err := tx.QueryRow(ctx, `SELECT ring FROM signing_keys FOR UPDATE`).Scan(&old); err != nil {
			return err
		}
		now := s.cfg.Now()
		for _, e := range old {
			if e.Replaced == nil {
				e.Replaced = &now
			}
			if s.good(e, now) {
				ring = append(ring, e)
			}
		}
		key := s.cfg.NewKey()
		_, err := tx.Exec(ctx, `UPDATE signing_keys SET ring = $1`, append(ring, entry{Kid: key.ID, Seed: key.Ed25519.Seed()}))
		return err
	})
}

func (s *KeyStore) good(e entry, now time.Time) bool {
	return e.Replaced == nil || now.Before(e.Replaced.Add(s.cfg.Grace))
}

func (s *KeyStore) ring(ctx context.Context) (good []entry, err error) {
	var all []entry
	err = s.pool.QueryRow(ctx, `SELECT ring FROM signing_keys`).Scan(&all)
	now := s.cfg.Now()
	for _, e := range all {
		if s.good(e, now) {
			good = append(good, e)
		}
	}
	return good, err
}

type body struct {
	Sub string `json:"sub"`
	Exp int64  `json:"exp"`
	ID  string `json:"jti"`
}

// Issue enters the token into the list before it is given away.
func (s *KeyStore) Issue(ctx context.Context, user string) (string, error) {
	ring, err := s.ring(ctx)
	if err != nil || len(ring) == 0 {
		return "", fmt.Errorf("no key to sign with: %w", errors.Join(err, errToken))
	}
	last, ends := ring[len(ring)-1], s.cfg.Now().Add(s.cfg.TTL)
	b := body{Sub: user, Exp: ends.Unix()}
	err = s.pool.QueryRow(ctx, `INSERT INTO tokens (username, expires_at) VALUES ($1, $2) RETURNING jti::text`, user, ends).Scan(&b.ID)
	if err != nil {
		return "", err
	}
	head, _ := json.Marshal(map[string]string{"alg": "EdDSA", "typ": "JWT", "kid": last.Kid})
	text, err := json.Marshal(b)
	signed := b64.EncodeToString(head) + "." + b64.EncodeToString(text)
	return signed + "." + b64.EncodeToString(ed25519.Sign(last.key(), []byte(signed))), err
}

// Verify builds what the third part has to belong to.
func (s *KeyStore) Verify(ctx context.Context, raw string) (string, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", errToken
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = b64.DecodeString(part); err != nil {
			return "", errToken
		}
	}
	var head struct{ Alg, Kid string }
	var b body
	if json.Unmarshal(decoded[0], &head) != nil || head.Alg != "EdDSA" {
		return "", errToken
	}
	ring, err := s.ring(ctx)
	if err != nil {
		return "", err
	}
	signed := false
	for _, e := range ring {
		if e.Kid == head.Kid {
			signed = ed25519.Verify(e.key().Public().(ed25519.PublicKey), []byte(parts[0]+"."+parts[1]), decoded[2])
		}
	}
	if !signed || json.NewDecoder(bytes.NewReader(decoded[1])).Decode(&b) != nil || b.Exp <= s.cfg.Now().Unix() {
		return "", errToken
	}
	var user string
	if err := s.pool.QueryRow(ctx, `SELECT username FROM tokens WHERE jti::text = $1`, b.ID).Scan(&user); err != nil || user != b.Sub {
		return "", errors.Join(errToken, err)
	}
	return user, nil
}

// RevokeAll strikes the user's tokens off the list, and what has expired.
func (s *KeyStore) RevokeAll(ctx context.Context, user string) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM tokens WHERE username = $1 OR expires_at < $2`, user, s.cfg.Now())
	return err
}

// ServeHTTP answers with the ring as it is now.
func (s *KeyStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ring, err := s.ring(r.Context())
	if err != nil {
		http.Error(w, "try again later", http.StatusBadGateway)
		return
	}
	set := []map[string]string{}
	for _, e := range ring {
		public := crypto.Signer(e.key()).Public().(ed25519.PublicKey)
		set = append(set, map[string]string{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": e.Kid, "x": b64.EncodeToString(public)})
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(map[string]any{"keys": set})
}

// Handler is the store itself.
func (s *KeyStore) Handler() http.Handler { return s }
