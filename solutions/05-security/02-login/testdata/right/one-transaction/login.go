// Right: one transaction from the look at the failures to the count; the row of the address is locked while Verify is at work, and the database's own time limits end a wait.

// Package login lets people into a shop.
package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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
	spare, err := cfg.Hasher.Hash("")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		l := attempt{Config: cfg, spare: spare}
		if l.status = l.read(w, r); l.status == 0 {
			tx, err := l.begin(r.Context(), pool)
			if err == nil {
				err = errors.Join(l.try(r.Context(), tx), tx.Commit(r.Context()))
			}
			if err != nil {
				if tx != nil {
					_ = tx.Rollback(context.WithoutCancel(r.Context()))
				}
				cfg.Log.Warn("login", "error", err)
				l.status = 500
			}
		}
		kind, body := "application/problem+json", any(map[string]any{"status": l.status, "title": "no login", "detail": "try again with another address or password"})
		switch l.status {
		case 200:
			kind, body = "application/json", map[string]string{"token": l.token}
		case 429:
			w.Header().Set("Retry-After", time.Now().Add(l.wait+time.Second).UTC().Format(http.TimeFormat))
		}
		text, _ := json.Marshal(body)
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(l.status)
		_, _ = w.Write(text)
	})
	return mux, nil
}

// attempt is one request, and in the end its answer.
type attempt struct {
	Config
	spare           string
	email, password string

	status int
	token  string
	wait   time.Duration
}

func (l *attempt) read(w http.ResponseWriter, r *http.Request) (status int) {
	var in *struct{ Email, Password string }
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16_384))
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case errors.As(err, &tooLarge):
		return 413
	case err != nil || in == nil || in.Email == "" || in.Password == "" || len(in.Email) > 254 || len(in.Password) > 1024 || strings.IndexByte(in.Email, 0) >= 0:
		return 422
	}
	l.email, l.password = strings.ToLower(strings.TrimSpace(in.Email)), in.Password
	return 0
}

func (l *attempt) begin(ctx context.Context, pool *pgxpool.Pool) (pgx.Tx, error) {
	wait, cancel := context.WithTimeout(ctx, l.MaxWait)
	defer cancel()
	c, err := pool.Acquire(wait)
	if err != nil {
		return nil, err
	}
	c.Release()
	tx, err := pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)`, fmt.Sprint(l.MaxWait.Milliseconds(), "ms"))
	return tx, err
}

// try returns an error only when the database fails.
func (l *attempt) try(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `INSERT INTO throttles (key, n) VALUES ($1, 0) ON CONFLICT DO NOTHING`, l.email); err != nil {
		return err
	}
	var n float64
	var age float64
	if err := tx.QueryRow(ctx, `SELECT n, extract(epoch FROM clock_timestamp() - at)::float8 FROM throttles WHERE key = $1 FOR UPDATE`, l.email).Scan(&n, &age); err != nil {
		return err
	}
	if age >= 900 {
		n = 0
	}
	if n >= 5 {
		l.status, l.wait = 429, min(time.Duration((900-age)*float64(time.Second)), 899*time.Second)
		return nil
	}
	id, hash, disabled := int64(-1), l.spare, true
	err := tx.QueryRow(ctx, `SELECT id, password_hash, disabled FROM users WHERE lower(email) = $1 FOR NO KEY UPDATE`, l.email).Scan(&id, &hash, &disabled)
	if err != nil && err != pgx.ErrNoRows {
		return err
	}
	ok, rehash, err := l.Hasher.Verify(l.password, hash)
	if err != nil {
		l.Log.Info("hash cannot be verified", "user", id, "error", err)
	}
	if err != nil || !ok || disabled {
		l.status = 401
		_, err := tx.Exec(ctx, `UPDATE throttles SET n = $2, at = clock_timestamp() WHERE key = $1`, l.email, n+1)
		return err
	}
	if rehash {
		if better, err := l.Hasher.Hash(l.password); err != nil {
			l.Log.Info("no new hash", "user", id, "error", err)
		} else if _, err = tx.Exec(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, id, better); err != nil {
			return err
		}
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:])
	l.status, l.token = 200, base64.RawURLEncoding.EncodeToString(secret[:])
	sum := sha256.Sum256([]byte(l.token))
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE throttles SET n = 0 WHERE key = $1`, l.email)
	batch.Queue(`INSERT INTO sessions VALUES ($1, $2)`, sum[:], id)
	return tx.SendBatch(ctx, batch).Close()
}
