// Right: everybody runs next, and the primary key decides whose work counts; the others undo theirs and answer with what the winner has stored.

// Package retryme makes requests safe to send again.
package retryme

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Handler does the work of a request and answers it.
type Handler func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error

// Response is an answer of next.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

var validKey = regexp.MustCompile(`^"[\w-]{1,255}"$`)

// Idempotent runs next, and undoes it when its key has been used meanwhile.
func Idempotent(pool *pgxpool.Pool, account func(*http.Request) string, next Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				log.Println("panic:", p)
				problem(w, 500)
			}
		}()
		keys := r.Header["Idempotency-Key"]
		if len(keys) != 1 || !validKey.MatchString(keys[0]) {
			problem(w, 400)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			problem(w, 400)
			return
		}
		id, _ := json.Marshal([]string{account(r), keys[0]})
		request, _ := json.Marshal([]any{r.Method, r.URL.String(), sha256.Sum256(body)})

		for range 2 {
			var before []byte
			var res Response
			err := pool.QueryRow(r.Context(), `SELECT request, response FROM done WHERE id = $1`, string(id)).Scan(&before, &res)
			if err == nil && bytes.Equal(before, request) {
				send(w, res)
				return
			}
			if err == nil {
				problem(w, 422)
				return
			}
			if !errors.Is(err, pgx.ErrNoRows) {
				break
			}
			err = pgx.BeginFunc(r.Context(), pool, func(tx pgx.Tx) error {
				r.Body = io.NopCloser(bytes.NewReader(body))
				rec := httptest.NewRecorder()
				if err := next(rec, r, tx); err != nil {
					return err
				}
				res = Response{rec.Code, rec.Result().Header, rec.Body.Bytes()}
				_, err := tx.Exec(r.Context(), `INSERT INTO done VALUES ($1, $2, $3)`, string(id), request, res)
				return err
			})
			if err == nil {
				send(w, res)
				return
			}
			if pg := (*pgconn.PgError)(nil); !errors.As(err, &pg) || pg.Code != "23505" || pg.TableName != "done" {
				break
			}
		}
		problem(w, 500)
	})
}

func send(w http.ResponseWriter, res Response) {
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(res.Status)
	w.Write(res.Body)
}

func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"type": "https://example.com/idempotency", "title": http.StatusText(status), "status": status})
}
