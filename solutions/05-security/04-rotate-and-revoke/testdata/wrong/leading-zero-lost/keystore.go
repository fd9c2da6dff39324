// Wrong: a coordinate is a number, and Bytes gives its bytes.
//checker:fails TestJWKS/has_the_public_keys_in_the_form_of_RFC_7517
//checker:hint 5

// Package rotateandrevoke signs tokens with keys that are replaced, for users
// who can be shut out.
package rotateandrevoke

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
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

// KeyStore has a snapshot of the keys, and the epochs that it has seen.
type KeyStore struct {
	pool   *pgxpool.Pool
	cfg    Config
	keys   cached[[]key]
	mu     sync.Mutex
	epochs map[string]*cached[string]
}

type key struct {
	kid  string
	key  *ecdsa.PrivateKey
	made time.Time
	ends *time.Time
}

// cached is a value, and when it was read.
type cached[T any] struct {
	mu    sync.Mutex
	value T
	read  time.Time
}

// get returns a value that is younger than maxAge.
func (c *cached[T]) get(now func() time.Time, maxAge time.Duration, read func() (T, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := now()
	if !c.read.IsZero() && at.Sub(c.read) < maxAge {
		return c.value, nil
	}
	value, err := read()
	if err == nil {
		c.value, c.read = value, at
	}
	return value, err
}

// NewKeyStore checks the times.
func NewKeyStore(pool *pgxpool.Pool, cfg Config) (*KeyStore, error) {
	if cfg.TTL <= 0 || cfg.MaxStale <= 0 {
		return nil, errors.New("a token and a cache need time")
	}
	if cfg.Grace < cfg.TTL+cfg.MaxStale {
		return nil, errors.New("the grace ends before the last token")
	}
	return &KeyStore{pool: pool, cfg: cfg, epochs: map[string]*cached[string]{}}, nil
}

// Rotate takes an advisory lock, so that each key replaces the one before.
func (s *KeyStore) Rotate(ctx context.Context) error {
	fresh := s.cfg.NewKey()
	der, err := x509.MarshalECPrivateKey(fresh.ECDSA)
	if err != nil {
		return err
	}
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('rotate'))`); err != nil {
		return err
	}
	now := s.cfg.Now()
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE signing_keys SET ends_at = $1 WHERE ends_at IS NULL`, now.Add(s.cfg.Grace))
	batch.Queue(`DELETE FROM signing_keys WHERE ends_at < $1`, now)
	batch.Queue(`INSERT INTO signing_keys (kid, der, made_at) VALUES ($1, $2, $3)`, fresh.ID, der, now)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// good returns the keys that have not ended, the oldest first.
func (s *KeyStore) good(ctx context.Context) (good []key, err error) {
	all, err := s.keys.get(s.cfg.Now, s.cfg.MaxStale/2, func() ([]key, error) {
		rows, err := s.pool.Query(ctx, `SELECT kid, der, made_at, ends_at FROM signing_keys ORDER BY n`)
		if err != nil {
			return nil, err
		}
		keys, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (k key, err error) {
			var der []byte
			if err := r.Scan(&k.kid, &der, &k.made, &k.ends); err != nil {
				return k, err
			}
			k.key, err = x509.ParseECPrivateKey(der)
			return k, err
		})
		if err == nil && len(keys) == 0 {
			return nil, errNoKey
		}
		return keys, err
	})
	for _, k := range all {
		if k.ends == nil || k.ends.After(s.cfg.Now()) {
			good = append(good, k)
		}
	}
	return good, err
}

var errNoKey = errors.New("there is no key yet")

type claims struct {
	jwt.RegisteredClaims
	Epoch string
}

// Issue reads the epoch from the database, always.
func (s *KeyStore) Issue(ctx context.Context, user string) (string, error) {
	keys, err := s.good(ctx)
	if err != nil {
		return "", err
	}
	now, use := s.cfg.Now(), 0
	for i, k := range keys {
		if now.Sub(k.made) >= s.cfg.MaxStale {
			use = i
		}
	}
	epoch, err := s.epoch(ctx, user)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims{jwt.RegisteredClaims{Subject: user, ExpiresAt: jwt.NewNumericDate(now.Add(s.cfg.TTL))}, epoch})
	token.Header["kid"] = keys[use].kid
	return token.SignedString(keys[use].key)
}

func (s *KeyStore) epoch(ctx context.Context, user string) (epoch string, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce((SELECT epoch::text FROM users WHERE name = $1), '')`, user).Scan(&epoch)
	return epoch, err
}

// Verify believes an epoch that it has seen lately. One that it does not know
// may be newer, so it looks.
func (s *KeyStore) Verify(ctx context.Context, raw string) (string, error) {
	c := claims{}
	_, err := jwt.ParseWithClaims(raw, &c, func(t *jwt.Token) (any, error) {
		keys, err := s.good(ctx)
		for _, k := range keys {
			if k.kid == t.Header["kid"] {
				return k.key.Public(), err
			}
		}
		return nil, errors.Join(errors.New("no such key"), err)
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(s.cfg.Now), jwt.WithExpirationRequired())
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	epochs := s.epochs[c.Subject]
	if epochs == nil {
		epochs = &cached[string]{}
		s.epochs[c.Subject] = epochs
	}
	s.mu.Unlock()
	for _, maxAge := range []time.Duration{s.cfg.MaxStale, 0} {
		epoch, err := epochs.get(s.cfg.Now, maxAge, func() (string, error) { return s.epoch(ctx, c.Subject) })
		if err != nil {
			return "", err
		}
		if epoch == c.Epoch {
			return c.Subject, nil
		}
	}
	return "", errors.New("the token was revoked")
}

// RevokeAll begins a new epoch for the user.
func (s *KeyStore) RevokeAll(ctx context.Context, user string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO users VALUES ($1, gen_random_uuid()) ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch`, user)
	return err
}

// Handler answers from memory: half of MaxStale here, and half elsewhere.
func (s *KeyStore) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys, err := s.good(r.Context())
		if err != nil && !errors.Is(err, errNoKey) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		list := make([]any, 0, len(keys))
		for _, k := range keys {
			x, y := k.key.X.Bytes(), k.key.Y.Bytes()
			b64 := base64.RawURLEncoding
			list = append(list, map[string]string{"kty": "EC", "crv": "P-256", "x": b64.EncodeToString(x), "y": b64.EncodeToString(y), "alg": "ES256", "use": "sig", "kid": k.kid})
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d, must-revalidate", int(s.cfg.MaxStale.Seconds()/2)))
		json.NewEncoder(w).Encode(map[string]any{"keys": list})
	})
}
