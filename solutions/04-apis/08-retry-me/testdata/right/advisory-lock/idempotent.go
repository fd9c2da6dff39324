// Right: an advisory lock for the key, a look, and one row that is inserted when the answer is known. Answers are kept as HTTP messages.

// Package retryme makes requests safe to send again.
package retryme

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Handler does the work of a request and answers it.
type Handler func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error

var errReused = errors.New("the key belongs to another request")

// Idempotent runs next once for each Idempotency-Key of an account.
func Idempotent(pool *pgxpool.Pool, account func(*http.Request) string, next Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := keyOf(r)
		if !ok {
			problem(w, 400, "Idempotency-Key is missing or malformed")
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			problem(w, 400, "The body is not complete")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		who := account(r)
		sum := sha256.New()
		fmt.Fprintf(sum, "%q %q ", r.Method, r.RequestURI)
		sum.Write(body)
		request := fmt.Sprintf("%x", sum.Sum(nil))

		response, err := answer(pool, who, key, request, next, r)
		switch {
		case errors.Is(err, errReused):
			problem(w, 422, "Idempotency-Key was used for another request")
		case err != nil:
			problem(w, 500, "Internal server error")
		default:
			replay(w, response)
		}
	})
}

func answer(pool *pgxpool.Pool, who, key, request string, next Handler, r *http.Request) (response []byte, err error) {
	ctx := r.Context()
	tx, err := pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	// %q keeps "a", "b-c" and "a-b", "c" apart.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 48))`, fmt.Sprintf("%q %q", who, key)); err != nil {
		return nil, err
	}
	var before string
	err = tx.QueryRow(ctx, `SELECT request, response FROM answers WHERE account = $1 AND key = $2`, who, key).Scan(&before, &response)
	if err == nil && before != request {
		return nil, errReused
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return response, err
	}
	rec := httptest.NewRecorder()
	if err := next(rec, r, tx); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := rec.Result().Write(&buf); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO answers VALUES ($1, $2, $3, $4)`, who, key, request, buf.Bytes()); err != nil {
		return nil, err
	}
	return buf.Bytes(), tx.Commit(ctx)
}

func replay(w http.ResponseWriter, response []byte) {
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(response)), nil)
	if err != nil {
		problem(w, 500, "Internal server error")
		return
	}
	for name, values := range res.Header {
		if name != "Connection" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(res.StatusCode)
	io.Copy(w, res.Body)
}

func keyOf(r *http.Request) (string, bool) {
	all := r.Header["Idempotency-Key"]
	if len(all) != 1 || len(all[0]) < 3 || len(all[0]) > 257 || all[0][0] != '"' || all[0][len(all[0])-1] != '"' {
		return "", false
	}
	key := all[0][1 : len(all[0])-1]
	const ok = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return key, strings.Trim(key, ok) == "" && !strings.ContainsFunc(key, func(c rune) bool { return !strings.ContainsRune(ok, c) })
}

func problem(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type": "about:blank", "status": %d, "title": %q}`, status, title)
}
