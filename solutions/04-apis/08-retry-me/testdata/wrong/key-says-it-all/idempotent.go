// Wrong: a client that sends a key again means the same request.
//checker:fails TestKey/is_not_for_another_body
//checker:fails TestKey/is_not_for_another_method
//checker:fails TestKey/is_not_for_another_url
//checker:fails TestKey/is_not_for_a_request_that_reads_alike
//checker:hint 4

// Package retryme makes requests safe to send again.
package retryme

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Handler does the work of a request, such as a payment, and answers it.
//
// It writes to the database through tx alone, and leaves it to its caller to
// commit or to roll back. It returns nil when it has answered. An error means
// that the work could not be done; then nothing that it wrote to w or through
// tx counts.
type Handler func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error

// Idempotent runs next once for each Idempotency-Key of an account, and answers
// a request that comes again with what next has answered. The tables that it
// needs are in keys.sql.
//
// The function account says whose request it is; somebody else has checked who
// is asking. A name of an account is never empty.
func Idempotent(pool *pgxpool.Pool, account func(*http.Request) string, next Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := read(r)
		if err == nil {
			c.account = account(r)
			err = c.run(r.Context(), pool, next)
		}
		var refused refusal
		switch {
		case errors.As(err, &refused):
			refused.send(w)
		case err != nil:
			slog.ErrorContext(r.Context(), "idempotent request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			refusal{http.StatusInternalServerError, "Something went wrong on our side; send the request again"}.send(w)
		default:
			c.answer.send(w)
		}
	})
}

// call is a request with a key, and its answer as soon as there is one.
type call struct {
	account, key string
	fingerprint  [sha256.Size]byte
	request      *http.Request
	body         []byte
	answer       answer
}

var key = regexp.MustCompile(`^"[A-Za-z0-9_-]{1,255}"$`)

func read(r *http.Request) (*call, error) {
	lines := r.Header.Values("Idempotency-Key")
	if len(lines) != 1 || !key.MatchString(lines[0]) {
		return nil, refusal{http.StatusBadRequest, `One Idempotency-Key is needed, such as "8e03978e-40d5": 1 to 255 letters, digits, - and _ in double quotes`}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, refusal{http.StatusBadRequest, "The body did not arrive whole"}
	}
	// No method and no URI has a line end in it, so two requests that differ have two texts.
	text := fmt.Appendf(nil, "%s\n%s\n%s", r.Method, r.URL.RequestURI(), body)
	return &call{key: lines[0], fingerprint: sha256.Sum256(text), request: r, body: body}, nil
}

// run sets the answer: of next or, when the key has one, that one.
func (c *call) run(ctx context.Context, pool *pgxpool.Pool, next Handler) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { // rolls back when next panics, too
		first, err := c.claim(ctx, tx)
		if err != nil {
			return err
		}
		if !first {
			return c.load(ctx, tx)
		}
		c.request.Body = io.NopCloser(bytes.NewReader(c.body))
		rec := recorder{header: http.Header{}}
		if err := next(&rec, c.request, tx); err != nil {
			return err
		}
		c.answer = rec.answer()
		return c.store(ctx, tx)
	})
}

// claim makes the key's row, and says whether it was not there. While another
// transaction has made one, it waits until that one has ended.
func (c *call) claim(ctx context.Context, tx pgx.Tx) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO idempotency_keys (account, key, fingerprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		c.account, c.key, c.fingerprint[:])
	return tag.RowsAffected() == 1, err
}

func (c *call) load(ctx context.Context, tx pgx.Tx) error {
	var fingerprint []byte
	err := tx.QueryRow(ctx, `SELECT fingerprint, status, header, body FROM idempotency_keys WHERE account = $1 AND key = $2`, c.account, c.key).
		Scan(&fingerprint, &c.answer.status, &c.answer.header, &c.answer.body)
	return err
}

func (c *call) store(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE idempotency_keys SET status = $3, header = $4, body = $5 WHERE account = $1 AND key = $2`,
		c.account, c.key, c.answer.status, c.answer.header, c.answer.body)
	return err
}

// answer is what next has said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // when the client has gone, it will ask again
}

// recorder keeps an answer back until the transaction has been committed.
type recorder struct {
	header http.Header
	sent   *answer // from the status on
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.sent == nil && status >= 200 {
		r.sent = &answer{status: status, header: r.header.Clone()}
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

func (r *recorder) answer() answer {
	r.WriteHeader(http.StatusOK)
	r.sent.body = r.body.Bytes()
	return *r.sent
}

// refusal is an answer of Idempotent's own, a problem by RFC 9457.
type refusal struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
}

func (r refusal) Error() string { return r.Title }

func (r refusal) send(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(r.Status)
	_ = json.NewEncoder(w).Encode(r)
}
