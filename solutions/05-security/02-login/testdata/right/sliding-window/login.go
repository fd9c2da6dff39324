// Right: a row for each attempt that did not succeed, counted behind an advisory lock of the address.

// Package login lets people into a shop.
package login

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
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
type user struct {
	ID       int64  `db:"id"`
	Hash     string `db:"password_hash"`
	Disabled bool   `db:"disabled"`
}

// New returns a handler that answers POST /login, from the tables of
// schema.sql. Several copies of the program run side by side.
func New(pool *pgxpool.Pool, cfg Config) (http.Handler, error) {
	decoy, err := cfg.Hasher.Hash("decoy")
	if err != nil {
		return nil, err
	}
	handle := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 16_385))
		var login struct {
			Email    *string `json:"email"`
			Password *string `json:"password"`
		}
		switch {
		case len(body) > 16_384:
			problem(w, http.StatusRequestEntityTooLarge)
			return
		case err != nil || json.Unmarshal(body, &login) != nil || login.Email == nil || login.Password == nil,
			len(*login.Email) < 1 || len(*login.Email) > 254 || len(*login.Password) < 1 || len(*login.Password) > 1024, strings.Contains(*login.Email, "\x00"):
			problem(w, http.StatusUnprocessableEntity)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), cfg.MaxWait)
		defer cancel()

		attempt, wait, err := admit(ctx, pool, *login.Email)
		if err != nil {
			cfg.Log.Error("admit", "error", err)
			problem(w, http.StatusInternalServerError)
			return
		}
		if wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			problem(w, http.StatusTooManyRequests)
			return
		}

		rows, _ := pool.Query(ctx, `SELECT id, password_hash, disabled FROM users WHERE lower(email) = lower($1)
			UNION ALL SELECT 0, $2, true LIMIT 1`, *login.Email, decoy)
		u, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[user])
		if err != nil {
			cfg.Log.Error("find user", "error", err)
			problem(w, http.StatusInternalServerError)
			return
		}
		ok, stale, err := cfg.Hasher.Verify(*login.Password, u.Hash)
		if err != nil {
			cfg.Log.Error("verify", "user", u.ID, "error", err)
		}
		if err != nil || !ok || u.Disabled {
			problem(w, http.StatusUnauthorized)
			return
		}
		if stale {
			if hash, err := cfg.Hasher.Hash(*login.Password); err == nil {
				_, _ = pool.Exec(ctx, `UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3`, hash, u.ID, u.Hash)
			}
		}
		secret := make([]byte, 16)
		rand.Read(secret)
		token := hex.EncodeToString(secret)
		_, err = pool.Exec(ctx, `
			WITH forgotten AS (DELETE FROM failures WHERE key = lower($1) AND id <= $2)
			INSERT INTO sessions (token_hash, user_id) VALUES (sha256(convert_to($3, 'UTF8')), $4)`, *login.Email, attempt, token, u.ID)
		if err != nil {
			cfg.Log.Error("open session", "error", err)
			problem(w, http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, `{"token":"`+token+`","token_type":"Bearer"}`)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/login" {
			problem(w, http.StatusNotFound)
			return
		}
		handle(w, r)
	}), nil
}

// admit notes an attempt, or says how long to wait.
func admit(ctx context.Context, pool *pgxpool.Pool, email string) (id int64, wait time.Duration, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('login'), hashtext(lower($1)))`, email); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `SELECT at + interval '15 minutes' - clock_timestamp() FROM failures
			WHERE key = lower($1) AND at > clock_timestamp() - interval '15 minutes' ORDER BY at DESC LIMIT 5`, email)
		left, err := pgx.CollectRows(rows, pgx.RowTo[time.Duration])
		if err != nil {
			return err
		}
		if len(left) == 5 {
			wait = max(left[4], 1)
			return nil
		}
		return tx.QueryRow(ctx, `INSERT INTO failures (key, at) VALUES (lower($1), clock_timestamp()) RETURNING id`, email).Scan(&id)
	})
	return id, wait, err
}

func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status})
}
