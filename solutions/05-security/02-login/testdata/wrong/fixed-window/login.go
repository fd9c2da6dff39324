// Wrong: a minute begins with the first failure.
//checker:fails TestThrottle/counts_those_of_any_minute

// Package login lets people into a shop.
package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A Hasher makes and checks password hashes. Each call takes 0.1 s and 64 MiB.
// It may be used by several goroutines.
type Hasher interface {
	// Hash returns a new hash of the password.
	Hash(password string) (string, error)

	// Verify says whether hash, which Hash has made, is of the password. rehash
	// says that the hash is out of date, whether the password is right or not.
	// An error means that the hash cannot be read.
	Verify(password, hash string) (ok, rehash bool, err error)
}

// Config is what the login is started with.
type Config struct {
	Hasher  Hasher
	Log     *slog.Logger
	MaxWait time.Duration // how long one login may wait for the database
}

// New returns a handler that answers POST /login, from the tables of
// schema.sql. Several copies of the program run side by side.
func New(pool *pgxpool.Pool, cfg Config) (http.Handler, error) {
	nobody, err := cfg.Hasher.Hash(rand.Text())
	if err != nil {
		return nil, fmt.Errorf("make a hash for unknown addresses: %w", err)
	}
	s := &server{cfg, pool, nobody}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	return mux, nil
}

type server struct {
	Config
	pool   *pgxpool.Pool
	nobody string // what the password for an unknown address is compared with
}

// refusal is a status that is answered with the same bytes each time.
type refusal int

func (r refusal) Error() string { return http.StatusText(int(r)) }

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	email, password, err := read(w, r)
	var token string
	if err == nil {
		token, err = s.attempt(r.Context(), email, password)
	}
	w.Header().Set("Cache-Control", "no-store")
	if err == nil {
		send(w, http.StatusOK, "application/json", map[string]any{"token": token})
		return
	}
	status, known := errors.AsType[refusal](err)
	if !known {
		s.Log.ErrorContext(r.Context(), "login failed", "error", err)
		status = http.StatusServiceUnavailable
	}
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer") // RFC 9110 wants one in every 401
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", fmt.Sprint(window.Seconds()))
	}
	send(w, int(status), "application/problem+json", map[string]any{"title": status.Error(), "status": status})
}

// read returns an address in lower case, as everything else uses it, and a
// password that is worth hashing.
func read(w http.ResponseWriter, r *http.Request) (email, password string, err error) {
	var body struct{ Email, Password string }
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<10))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return "", "", refusal(http.StatusRequestEntityTooLarge)
	}
	short := func(s string, most int) bool { return 0 < len(s) && len(s) <= most }
	if err != nil || json.Unmarshal(text, &body) != nil || !short(body.Email, 254) || !short(body.Password, 1024) || strings.Contains(body.Email, "\x00") {
		return "", "", refusal(http.StatusBadRequest)
	}
	return strings.ToLower(body.Email), body.Password, nil
}

// attempt does the same work for every attempt that fails.
func (s *server) attempt(ctx context.Context, email, password string) (token string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.MaxWait)
	defer cancel()
	if err := s.admit(ctx, email); err != nil {
		return "", err
	}
	var id int64
	var disabled bool
	hash := s.nobody
	err = s.pool.QueryRow(ctx, `SELECT id, disabled, password_hash FROM users WHERE lower(email) = $1`, email).Scan(&id, &disabled, &hash)
	unknown := errors.Is(err, pgx.ErrNoRows)
	if err != nil && !unknown {
		return "", fmt.Errorf("find user: %w", err)
	}
	ok, rehash, err := s.Hasher.Verify(password, hash)
	if err != nil {
		s.Log.ErrorContext(ctx, "verify password", "user", id, "error", err)
		ok = false
	}
	if !ok || unknown || disabled {
		return "", refusal(http.StatusUnauthorized)
	}
	if rehash {
		s.rehash(ctx, id, password, hash)
	}
	return s.open(ctx, id, email)
}

// After so many failures an address gets no attempt until the last of them is
// as old as window.
const (
	failures = 5
	window   = 15 * time.Minute
)

// admit counts the attempt as a failure before anybody knows how it ends, so
// that attempts at the same time cannot all pass while none has failed yet.
func (s *server) admit(ctx context.Context, email string) error {
	tag, err := s.pool.Exec(ctx, `
		INSERT INTO throttles AS t (key, n, at) VALUES ($1, 1, now())
		ON CONFLICT (key) DO UPDATE
		SET n = CASE WHEN t.n < $2 AND t.at > now() - interval '1 minute' THEN t.n + 1 ELSE 1 END,
		    at = CASE WHEN t.n + 1 < $2 AND t.at > now() - interval '1 minute' THEN t.at ELSE now() END
		WHERE t.n < $2 OR t.at <= now() - $3::interval`, email, failures, window)
	if err != nil {
		return fmt.Errorf("count attempt: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return refusal(http.StatusTooManyRequests)
	}
	return nil
}

// rehash replaces the hash that was verified, if it is still there. A login
// does not fail because of it; the next one will try again.
func (s *server) rehash(ctx context.Context, id int64, password, old string) {
	hash, err := s.Hasher.Hash(password)
	if err == nil {
		_, err = s.pool.Exec(ctx, `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, id, old, hash)
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "rehash password", "user", id, "error", err)
	}
}

// open forgets the failures and begins a session.
func (s *server) open(ctx context.Context, id int64, email string) (token string, err error) {
	token = rand.Text() // at least 128 bits
	hash := sha256.Sum256([]byte(token))
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM throttles WHERE key = $1`, email); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO sessions (token_hash, user_id) VALUES ($1, $2)`, hash[:], id)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return token, nil
}

func send(w http.ResponseWriter, status int, mediaType string, body map[string]any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // when the client has gone, nobody is left to be told
}
