// Package rotateandrevoke signs tokens with keys that are replaced, for users
// who can be shut out.
package rotateandrevoke

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Key can sign in three ways. Choose one of them, and use no other.
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

// KeyStore issues and verifies tokens. Several copies of the program have one
// each, on the same database.
type KeyStore struct {
	// TODO
}

// NewKeyStore returns an error for a Config that breaks a rule stated at its
// fields. It makes no key.
func NewKeyStore(pool *pgxpool.Pool, cfg Config) (*KeyStore, error) {
	return nil, errors.New("NewKeyStore is not written yet") // TODO
}

// Rotate makes a key that replaces the one in use.
func (s *KeyStore) Rotate(ctx context.Context) error {
	return errors.New("Rotate is not written yet") // TODO
}

// Issue returns a token for user, good for Config.TTL.
func (s *KeyStore) Issue(ctx context.Context, user string) (string, error) {
	return "", errors.New("Issue is not written yet") // TODO
}

// Verify returns the user whom raw was issued to. For a token that it refuses
// it returns an empty user and an error.
func (s *KeyStore) Verify(ctx context.Context, raw string) (user string, err error) {
	return "", errors.New("Verify is not written yet") // TODO
}

// RevokeAll ends every token that user has now.
func (s *KeyStore) RevokeAll(ctx context.Context, user string) error {
	return errors.New("RevokeAll is not written yet") // TODO
}

// Handler answers GET /.well-known/jwks.json.
func (s *KeyStore) Handler() http.Handler {
	return http.NotFoundHandler() // TODO
}
