// Right: ES256, with iat in milliseconds and a moment for each user before which no token counts.

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
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Key can sign in three ways. This program uses ECDSA alone.
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

var errRefused = errors.New("token refused")

// NewKeyStore checks the times of the Config.
func NewKeyStore(pool *pgxpool.Pool, cfg Config) (*KeyStore, error) {
	if cfg.TTL <= 0 || cfg.MaxStale <= 0 || cfg.Grace < cfg.TTL+cfg.MaxStale {
		return nil, errors.New("key store: times do not fit together")
	}
	return &KeyStore{pool, cfg}, nil
}

// Rotate only adds a row; the view knows what it replaces.
func (s *KeyStore) Rotate(ctx context.Context) error {
	key := s.cfg.NewKey()
	der, err := x509.MarshalPKCS8PrivateKey(key.ECDSA)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `INSERT INTO signing_keys (kid, pkcs8, made_at) VALUES ($1, $2, $3)`, key.ID, der, s.cfg.Now())
	return err
}

type row struct {
	kid        string
	key        *ecdsa.PrivateKey
	made       time.Time
	replacedAt *time.Time
}

// all returns the keys that are good, the newest first.
func (s *KeyStore) all(ctx context.Context) ([]row, error) {
	rows, err := s.pool.Query(ctx, `SELECT kid, pkcs8, made_at, replaced_at FROM keys_and_ends
		WHERE replaced_at IS NULL OR replaced_at > $1 ORDER BY n DESC`, s.cfg.Now().Add(-s.cfg.Grace))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (k row, err error) {
		var der []byte
		if err := r.Scan(&k.kid, &der, &k.made, &k.replacedAt); err != nil {
			return k, err
		}
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err == nil {
			k.key = parsed.(*ecdsa.PrivateKey)
		}
		return k, err
	})
}

// Issue signs with the newest key that has been published for MaxStale, or with
// the oldest one that there is.
func (s *KeyStore) Issue(ctx context.Context, user string) (string, error) {
	keys, err := s.all(ctx)
	if err != nil {
		return "", err
	}
	if len(keys) == 0 {
		return "", errors.New("issue: there is no key")
	}
	now := s.cfg.Now()
	use := keys[len(keys)-1]
	for _, k := range keys {
		if !k.made.Add(s.cfg.MaxStale).After(now) {
			use = k
			break
		}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"sub": user, "iat": json.Number(fmt.Sprintf("%.3f", float64(now.UnixMilli())/1000)), "exp": now.Add(s.cfg.TTL).Unix(),
	})
	token.Header["kid"] = use.kid
	return token.SignedString(use.key)
}

// Verify compares milliseconds, as whole numbers.
func (s *KeyStore) Verify(ctx context.Context, raw string) (string, error) {
	keys, err := s.all(ctx)
	if err != nil {
		return "", errRefused
	}
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(raw, claims, func(t *jwt.Token) (any, error) {
		for _, k := range keys {
			if t.Header["kid"] == k.kid && t.Header["alg"] == "ES256" {
				return &k.key.PublicKey, nil
			}
		}
		return nil, errRefused
	}, jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.cfg.Now), jwt.WithJSONNumber())
	if err != nil {
		return "", errRefused
	}
	sub, _ := claims["sub"].(string)
	number, _ := claims["iat"].(json.Number)
	iat, err := number.Float64()
	if err != nil {
		return "", errRefused
	}
	var revoked bool
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM cutoffs WHERE sub = $1 AND not_until >= $2)`, sub, time.UnixMilli(int64(iat*1000+0.5))).Scan(&revoked)
	if err != nil || revoked {
		return "", errRefused
	}
	return sub, nil
}

// RevokeAll moves the moment forward.
func (s *KeyStore) RevokeAll(ctx context.Context, user string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO cutoffs VALUES ($1, $2) ON CONFLICT (sub) DO UPDATE SET not_until = greatest(cutoffs.not_until, excluded.not_until)`, user, s.cfg.Now())
	return err
}

// Handler answers with the public halves.
func (s *KeyStore) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys, err := s.all(r.Context())
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var list []string
		for _, k := range keys {
			point, err := k.key.PublicKey.Bytes()
			if err != nil {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			b64 := base64.RawURLEncoding.EncodeToString
			list = append(list, fmt.Sprintf(`{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":%q,"x":%q,"y":%q}`, k.kid, b64(point[1:33]), b64(point[33:])))
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(s.cfg.MaxStale.Seconds())))
		fmt.Fprintf(w, `{"keys":[%s]}`, strings.Join(list, ","))
	})
}
