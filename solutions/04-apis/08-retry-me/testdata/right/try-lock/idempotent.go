// Right: who does not get the lock at once is told 409. An answer of 5xx is undone. The work goes on when the client is gone. The whole request is kept, and a row for each header.

// Package retryme makes requests safe to send again.
package retryme

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Handler does the work of a request and answers it.
type Handler func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error

type middleware struct {
	pool    *pgxpool.Pool
	account func(*http.Request) string
	next    Handler
}

// Idempotent runs next once for each Idempotency-Key of an account.
func Idempotent(pool *pgxpool.Pool, account func(*http.Request) string, next Handler) http.Handler {
	return &middleware{pool, account, next}
}

type answer struct {
	status int
	names  []string
	values []string
	body   []byte
}

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Values("Idempotency-Key")
	if len(key) != 1 || !valid(key[0]) {
		problem(w, http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // nobody is there any more
	}
	r = r.WithContext(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	a, status := m.run(r, m.account(r), key[0], body)
	if status != 0 {
		if status == http.StatusConflict {
			w.Header().Set("Retry-After", "1")
		}
		problem(w, status)
		return
	}
	for i, name := range a.names {
		w.Header().Add(name, a.values[i])
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// run returns an answer, or the status of a problem.
func (m *middleware) run(r *http.Request, account, key string, body []byte) (*answer, int) {
	ctx := r.Context()
	tx, err := m.pool.Begin(ctx)
	if err != nil {
		return nil, 503
	}
	defer tx.Rollback(ctx)
	h := fnv.New64a()
	io.WriteString(h, account+"\x00"+key)
	var mine bool
	if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(h.Sum64())).Scan(&mine); err != nil {
		return nil, 503
	}
	if !mine {
		return nil, 409
	}
	a, same, err := find(ctx, tx, account, key, r.Method, r.URL.String(), body)
	switch {
	case err == nil && same:
		w := *a
		w.names, w.values = append(w.names, "Idempotent-Replayed"), append(w.values, "true")
		return &w, 0
	case err == nil:
		return nil, 422
	case !errors.Is(err, pgx.ErrNoRows):
		return nil, 503
	}
	keep := &keeper{header: http.Header{}}
	if err := m.next(keep, r, tx); err != nil {
		return nil, 500
	}
	a = keep.answer()
	if a.status >= 500 {
		return a, 0
	}
	var id int64
	err = tx.QueryRow(ctx, `INSERT INTO http.answers (account, key, method, uri, sent, status, body) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
		account, key, r.Method, r.URL.String(), body, a.status, a.body).Scan(&id)
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO http.headers SELECT $1, n, name, value FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS h (name, value, n)`, id, a.names, a.values)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		return nil, 503
	}
	return a, 0
}

func find(ctx context.Context, tx pgx.Tx, account, key, method, uri string, body []byte) (a *answer, same bool, err error) {
	a = &answer{}
	var id int64
	err = tx.QueryRow(ctx, `SELECT id, status, body, method = $3 AND uri = $4 AND sent = $5 FROM http.answers WHERE account = $1 AND key = $2`,
		account, key, method, uri, body).Scan(&id, &a.status, &a.body, &same)
	if err != nil {
		return nil, false, err
	}
	rows, err := tx.Query(ctx, `SELECT name, value FROM http.headers WHERE answer = $1 ORDER BY n`, id)
	if err != nil {
		return nil, false, err
	}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		a.names, a.values = append(a.names, name), append(a.values, value)
		return nil
	})
	return a, same, err
}

type keeper struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *keeper) Header() http.Header { return k.header }

func (k *keeper) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *keeper) Write(b []byte) (int, error) {
	k.WriteHeader(200)
	return k.body.Write(b)
}

func (k *keeper) answer() *answer {
	k.WriteHeader(200)
	a := &answer{status: k.status, body: append([]byte{}, k.body.Bytes()...)}
	for name, values := range k.header {
		for _, v := range values {
			a.names, a.values = append(a.names, name), append(a.values, v)
		}
	}
	return a
}

func valid(quoted string) bool {
	n := len(quoted)
	if n < 3 || n > 257 || quoted[0] != '"' || quoted[n-1] != '"' {
		return false
	}
	for _, c := range quoted[1 : n-1] {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status})
}
