// Right: HS256; keys and generations of users are kept in memory for MaxStale, and read again when a token knows more.

// Package rotateandrevoke signs tokens with keys that are replaced, for users
// who can be shut out.
package rotateandrevoke

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Key can sign in three ways. This program uses Secret alone.
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

// KeyStore has a copy of what it read, no older than MaxStale.
type KeyStore struct {
	pool *pgxpool.Pool
	cfg  Config

	mu    sync.Mutex
	keys  map[string]secret
	read  time.Time
	users map[string]generation
}

type secret struct {
	bytes      []byte
	replacedAt *time.Time
}

type generation struct {
	n    int64
	read time.Time
}

// NewKeyStore checks the Config.
func NewKeyStore(pool *pgxpool.Pool, cfg Config) (*KeyStore, error) {
	switch {
	case cfg.TTL < time.Second, cfg.MaxStale < time.Second:
		return nil, errors.New("TTL and MaxStale must be positive")
	case cfg.Grace-cfg.MaxStale < cfg.TTL:
		return nil, errors.New("the grace is too short")
	}
	return &KeyStore{pool: pool, cfg: cfg, users: map[string]generation{}}, nil
}

// Rotate lets the unique index decide who is first; the loser waits for the
// winner's commit, sees an error, and tries again.
func (s *KeyStore) Rotate(ctx context.Context) error {
	key := s.cfg.NewKey()
	for {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE signing_keys SET replaced_at = $1 WHERE replaced_at IS NULL", s.cfg.Now()); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO signing_keys VALUES ($1, $2)", key.ID, key.Secret)
			return err
		})
		if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.ConstraintName == "one_in_use" {
			continue
		}
		return err
	}
}

// get returns the keys, read again when they are too old or must be fresh.
func (s *KeyStore) get(ctx context.Context, fresh bool) (map[string]secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	if !fresh && s.keys != nil && now.Sub(s.read) < s.cfg.MaxStale {
		return s.keys, nil
	}
	rows, err := s.pool.Query(ctx, "SELECT kid, secret, replaced_at FROM signing_keys")
	if err != nil {
		return nil, err
	}
	keys := map[string]secret{}
	var kid string
	var k secret
	if _, err = pgx.ForEachRow(rows, []any{&kid, &k.bytes, &k.replacedAt}, func() error {
		keys[kid] = secret{append([]byte(nil), k.bytes...), k.replacedAt}
		return nil
	}); err != nil {
		return nil, err
	}
	s.keys, s.read = keys, now
	return keys, nil
}

// Issue needs the generation as it is now; an old one would make a dead token.
func (s *KeyStore) Issue(ctx context.Context, user string) (string, error) {
	keys, err := s.get(ctx, false)
	if err != nil {
		return "", err
	}
	n, err := s.generation(ctx, user, -1)
	if err != nil {
		return "", err
	}
	for kid, k := range keys {
		if k.replacedAt == nil {
			now := s.cfg.Now()
			token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user, "exp": now.Add(s.cfg.TTL).Unix(), "gen": n})
			token.Header["kid"] = kid
			return token.SignedString(k.bytes)
		}
	}
	return "", errors.New("there is no key")
}

// generation is at least as new as atLeast, and no older than MaxStale; with a
// negative atLeast it is read now.
func (s *KeyStore) generation(ctx context.Context, user string, atLeast int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	g, known := s.users[user]
	if known && atLeast >= 0 && g.n >= atLeast && now.Sub(g.read) < s.cfg.MaxStale {
		return g.n, nil
	}
	g = generation{read: now}
	err := s.pool.QueryRow(ctx, "SELECT coalesce(max(generation), 0) FROM generations WHERE username = $1", user).Scan(&g.n)
	if err == nil {
		s.users[user] = g
	}
	return g.n, err
}

// Verify asks the database at most once in MaxStale for a user, and once more
// for each kid that it does not know.
func (s *KeyStore) Verify(ctx context.Context, raw string) (string, error) {
	claims := struct {
		jwt.RegisteredClaims
		Gen *int64 `json:"gen"`
	}{}
	_, err := jwt.ParseWithClaims(raw, &claims, func(t *jwt.Token) (any, error) {
		kid, ok := t.Header["kid"].(string)
		if !ok {
			return nil, errors.New("no kid")
		}
		keys, err := s.get(ctx, false)
		if err == nil && keys[kid].bytes == nil {
			keys, err = s.get(ctx, true)
		}
		if err != nil {
			return nil, err
		}
		k, ok := keys[kid]
		if !ok || k.replacedAt != nil && s.cfg.Now().Sub(*k.replacedAt) >= s.cfg.Grace {
			return nil, errors.New("no such key")
		}
		return k.bytes, nil
	}, jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.cfg.Now))
	if err != nil {
		return "", err
	}
	if claims.Gen == nil {
		return "", errors.New("no generation")
	}
	n, err := s.generation(ctx, claims.Subject, *claims.Gen)
	if err != nil {
		return "", err
	}
	if n != *claims.Gen {
		return "", errors.New("revoked")
	}
	return claims.Subject, nil
}

// RevokeAll makes a new generation.
func (s *KeyStore) RevokeAll(ctx context.Context, user string) error {
	_, err := s.pool.Exec(ctx, "INSERT INTO generations VALUES ($1, 1) ON CONFLICT (username) DO UPDATE SET generation = generations.generation + 1", user)
	return err
}

// Handler has nothing to publish: whoever knows such a key can sign with it.
func (s *KeyStore) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", fmt.Sprintf("max-age=%d", int(s.cfg.MaxStale.Seconds())))
		w.Write([]byte(`{"keys": []}`))
	})
}
