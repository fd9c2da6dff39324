// Wrong: an UPDATE without an error has changed something.
//checker:fails TestOneCopy/answers_404_for_a_link_that_is_not_there
//checker:fails TestOneCopy/lets_nobody_else_change_a_link
//checker:hint 7

// Package twocopies is a service that makes short links.
package twocopies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config is what a copy of the program is started with.
type Config struct {
	// NewCode returns a random code for a link. It may return one that another
	// link has already; then ask again.
	NewCode func() string

	// Now is the clock of the machine on which this copy runs. The clocks of two
	// machines differ.
	Now func() time.Time
}

// NewApp starts a copy of the program. Closing it ends its work in good order:
// what it has promised is in the database then. No request comes after that.
func NewApp(pool *pgxpool.Pool, cfg Config) (http.Handler, io.Closer) {
	a := &app{pool, cfg}
	mux := http.NewServeMux()
	mux.Handle("POST /links", handler(a.create))
	mux.Handle("GET /links/{code}", handler(a.show))
	mux.Handle("PUT /links/{code}", handler(a.change))
	mux.Handle("GET /r/{code}", handler(a.redirect))
	return mux, io.NopCloser(nil)
}

type app struct {
	pool *pgxpool.Pool
	cfg  Config
}

// Links that a key may create in a minute.
const perMinute = 5

func (a *app) create(w http.ResponseWriter, r *http.Request) error {
	key := r.Header.Get("X-API-Key")
	if key == "" {
		return failure(http.StatusUnauthorized)
	}
	target, err := target(r)
	if err != nil {
		return err
	}
	var code string
	err = pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) error {
		if err := admit(r.Context(), tx, key); err != nil {
			return err
		}
		code, err = insert(r.Context(), tx, a.cfg.NewCode, target, key)
		return err
	})
	if wait, ok := errors.AsType[tooMany](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait)))
		return failure(http.StatusTooManyRequests)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/links/"+code)
	return reply(w, http.StatusCreated, map[string]any{"code": code})
}

// tooMany says how many seconds to wait.
type tooMany int

func (t tooMany) Error() string { return fmt.Sprintf("too many links, try again in %d s", int(t)) }

// admit lets one creation of a key after the other look at how many there were,
// by the one clock that all copies share. The lock ends with the transaction.
func admit(ctx context.Context, tx pgx.Tx, key string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, key); err != nil {
		return fmt.Errorf("lock key: %w", err)
	}
	var n, wait int
	err := tx.QueryRow(ctx, `
		SELECT count(*), coalesce(ceil(extract(epoch FROM min(created_at) + interval '1 minute' - clock_timestamp())), 1)::int
		FROM links WHERE api_key = $1 AND created_at > clock_timestamp() - interval '1 minute'`, key).Scan(&n, &wait)
	if err != nil {
		return fmt.Errorf("count links: %w", err)
	}
	if n >= perMinute {
		return tooMany(max(wait, 1))
	}
	return nil
}

func insert(ctx context.Context, tx pgx.Tx, newCode func() string, target, key string) (code string, err error) {
	for range 20 {
		code = newCode()
		tag, err := tx.Exec(ctx, `INSERT INTO links (code, url, api_key, created_at) VALUES ($1, $2, $3, clock_timestamp())
			ON CONFLICT (code) DO NOTHING`, code, target, key)
		if err != nil {
			return "", fmt.Errorf("insert link: %w", err)
		}
		if tag.RowsAffected() == 1 {
			return code, nil
		}
	}
	return "", errors.New("insert link: every code is taken")
}

func (a *app) show(w http.ResponseWriter, r *http.Request) error {
	var target string
	var hits int64
	err := a.pool.QueryRow(r.Context(), `SELECT url, hits FROM links WHERE code = $1`, r.PathValue("code")).Scan(&target, &hits)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]any{"url": target, "hits": hits})
}

func (a *app) change(w http.ResponseWriter, r *http.Request) error {
	target, err := target(r)
	if err != nil {
		return err
	}
	_, err = a.pool.Exec(r.Context(), `UPDATE links SET url = $2 WHERE code = $1 AND api_key = $3`, r.PathValue("code"), target, r.Header.Get("X-API-Key"))
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// redirect counts and looks up in one statement, so that no hit gets lost
// between two that come at once.
func (a *app) redirect(w http.ResponseWriter, r *http.Request) error {
	var target string
	err := a.pool.QueryRow(r.Context(), `UPDATE links SET hits = hits + 1 WHERE code = $1 RETURNING url`, r.PathValue("code")).Scan(&target)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusFound)
	return nil
}

// target reads {"url": …}.
func target(r *http.Request) (string, error) {
	var body struct{ URL string }
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&body); err != nil {
		return "", failure(http.StatusBadRequest)
	}
	u, err := url.Parse(body.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", failure(http.StatusUnprocessableEntity)
	}
	return body.URL, nil
}

// failure is an HTTP status to answer with.
type failure int

func (f failure) Error() string { return http.StatusText(int(f)) }

// handler answers what went wrong.
type handler func(http.ResponseWriter, *http.Request) error

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h(w, r)
	status, known := errors.AsType[failure](err)
	switch {
	case err == nil:
		return
	case errors.Is(err, pgx.ErrNoRows):
		status = http.StatusNotFound
	case !known:
		slog.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		status = http.StatusInternalServerError
	}
	http.Error(w, http.StatusText(int(status)), int(status))
}

func reply(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}
