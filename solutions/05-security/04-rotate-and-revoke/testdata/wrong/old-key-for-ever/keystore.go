// Wrong: the old key signs nothing any more, and its tokens expire by themselves; so it can stay.
//checker:fails TestRotate/ends_the_old_key_after_the_grace
//checker:fails TestRotate/gives_one_key_when_two_copies_make_the_first_at_once
//checker:fails TestRotate/gives_one_key_when_two_copies_replace_it_at_once
//checker:hint 3

// Package rotateandrevoke signs tokens with keys that are replaced, for users
// who can be shut out.
package rotateandrevoke

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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

// KeyStore issues and verifies tokens. It keeps nothing in memory, so that all
// copies know the same at any moment.
type KeyStore struct {
	pool   *pgxpool.Pool
	cfg    Config
	parser *jwt.Parser
}

// NewKeyStore returns an error for a Config that breaks a rule stated at its
// fields. It makes no key.
func NewKeyStore(pool *pgxpool.Pool, cfg Config) (*KeyStore, error) {
	if cfg.TTL <= 0 || cfg.MaxStale <= 0 {
		return nil, fmt.Errorf("TTL is %v and MaxStale is %v, need more than zero", cfg.TTL, cfg.MaxStale)
	}
	if cfg.Grace < cfg.TTL+cfg.MaxStale {
		return nil, fmt.Errorf("grace is %v: a key would go before its last token", cfg.Grace)
	}
	return &KeyStore{pool, cfg, jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(cfg.Now),
	)}, nil
}

// Rotate publishes a key that begins to sign MaxStale later: by then, whoever
// keeps our JWKS has had to fetch it again. The first key has nobody to wait
// for. The table's lock makes two rotations at once follow each other, so that
// the second one replaces the key of the first.
func (s *KeyStore) Rotate(ctx context.Context) error {
	key := s.cfg.NewKey()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		now := s.cfg.Now()
		replaced, err := tx.Exec(ctx, `UPDATE signing_keys SET good_until = $1 WHERE good_until IS NULL`, now.Add(s.cfg.Grace))
		if err != nil {
			return err
		}
		from := now
		if replaced.RowsAffected() > 0 {
			from = now.Add(s.cfg.MaxStale)
		}
		_, err = tx.Exec(ctx, `INSERT INTO signing_keys (kid, private_key, signs_from) VALUES ($1, $2, $3)`, key.ID, key.Ed25519.Seed(), from)
		return err
	})
	if err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	return nil
}

// claims has, beside the registered names, the version of the user's tokens.
// A number that only grows needs no clock: it tells apart what happened within
// one second.
type claims struct {
	jwt.RegisteredClaims
	Version int64 `json:"ver"`
}

// Issue returns a token for user, good for Config.TTL.
func (s *KeyStore) Issue(ctx context.Context, user string) (string, error) {
	now := s.cfg.Now()
	var kid string
	var seed []byte
	err := s.pool.QueryRow(ctx, `SELECT kid, private_key FROM signing_keys WHERE signs_from <= $1
		ORDER BY signs_from DESC, kid LIMIT 1`, now).Scan(&kid, &seed)
	if err != nil {
		return "", fmt.Errorf("issue token: read key: %w", err)
	}
	version, err := s.version(ctx, user)
	if err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject:   user,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(s.cfg.TTL)),
		},
		Version: version,
	})
	token.Header["kid"] = kid
	return token.SignedString(ed25519.NewKeyFromSeed(seed))
}

// Verify returns the user whom raw was issued to. For a token that it refuses
// it returns an empty user and an error. The header chooses among our keys, by
// kid, and decides nothing else.
func (s *KeyStore) Verify(ctx context.Context, raw string) (user string, err error) {
	var c claims
	_, err = s.parser.ParseWithClaims(raw, &c, func(token *jwt.Token) (any, error) {
		kid, _ := token.Header["kid"].(string)
		var seed []byte
		err := s.pool.QueryRow(ctx, `SELECT private_key FROM signing_keys
			WHERE kid = $1`, kid).Scan(&seed)
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		return public(seed), nil
	})
	if err != nil {
		return "", fmt.Errorf("verify token: %w", err)
	}
	version, err := s.version(ctx, c.Subject)
	if err != nil {
		return "", fmt.Errorf("verify token: %w", err)
	}
	if c.Version != version {
		return "", errors.New("verify token: it was revoked")
	}
	return c.Subject, nil
}

// RevokeAll ends every token that user has now.
func (s *KeyStore) RevokeAll(ctx context.Context, user string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO token_versions AS t (user_id, version) VALUES ($1, 1)
		ON CONFLICT (user_id) DO UPDATE SET version = t.version + 1`, user)
	if err != nil {
		return fmt.Errorf("revoke tokens: %w", err)
	}
	return nil
}

func (s *KeyStore) version(ctx context.Context, user string) (version int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT version FROM token_versions WHERE user_id = $1`, user).Scan(&version)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("read version: %w", err)
	}
	return version, nil
}

// Handler answers GET /.well-known/jwks.json.
func (s *KeyStore) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) {
		keys, err := s.jwks(r.Context())
		if err != nil {
			slog.ErrorContext(r.Context(), "read keys", "error", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		// Half of what is allowed: the time that a rotation needs to commit counts too.
		w.Header().Set("Cache-Control", fmt.Sprintf("max-age=%d", int(s.cfg.MaxStale.Seconds()/2)))
		w.Header().Set("Content-Type", "application/jwk-set+json")
		json.NewEncoder(w).Encode(map[string]any{"keys": keys})
	})
	return mux
}

// jwks returns the public half of every key that tokens are good by now or
// will be (RFC 8037, section 2); never nil, which would be null in JSON.
func (s *KeyStore) jwks(ctx context.Context) ([]map[string]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT kid, private_key FROM signing_keys WHERE good_until IS NULL OR good_until > $1`, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (map[string]string, error) {
		var kid string
		var seed []byte
		if err := row.Scan(&kid, &seed); err != nil {
			return nil, err
		}
		return map[string]string{
			"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(public(seed)),
			"kid": kid, "use": "sig", "alg": jwt.SigningMethodEdDSA.Alg(),
		}, nil
	})
}

func public(seed []byte) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
}
