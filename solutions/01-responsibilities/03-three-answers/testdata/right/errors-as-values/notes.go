package threeanswers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PermDeleteNotes is the permission to delete anybody's notes.
const PermDeleteNotes = "notes.delete"

// New returns the handler of the two routes.
func New(pool *pgxpool.Pool, v Verifier) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /notes/{id}", handler(func(w http.ResponseWriter, r *http.Request) error {
		owner := r.Context().Value(current{}).(User).ID
		body, err := ask(r, pool, `SELECT body FROM notes WHERE (id, owner_id) = ($1, $2)`, owner)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/plain")
		_, err = w.Write([]byte(body))
		return err
	}))
	mux.Handle("DELETE /admin/notes/{id}", Require(PermDeleteNotes)(handler(func(w http.ResponseWriter, r *http.Request) error {
		_, err := ask(r, pool, `DELETE FROM notes WHERE id = $1 RETURNING body`)
		return err
	})))
	return Authenticate(v)(mux)
}

// ask sends a query whose first parameter is the id of the path, and returns
// the text that it gives.
func ask(r *http.Request, pool *pgxpool.Pool, sql string, more ...any) (string, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return "", errNotFound
	}
	rows, _ := pool.Query(r.Context(), sql, append([]any{id}, more...)...)
	body, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errNotFound
	}
	return body, err
}
