package threeanswers

import (
	"database/sql"
	"errors"
	"io"
	"net/http"
	"regexp"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// PermDeleteNotes is the permission to delete anybody's notes.
const PermDeleteNotes = "notes.delete"

var number = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// New returns the handler of the two routes, which use database/sql.
func New(pool *pgxpool.Pool, v Verifier) http.Handler {
	db := stdlib.OpenDBFromPool(pool)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if !number.MatchString(id) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		var body sql.NullString
		err := db.QueryRowContext(r.Context(), `SELECT max(body) FROM notes WHERE id = $1 AND owner_id = $2`, id, who(r).ID).Scan(&body)
		switch {
		case err != nil:
			w.WriteHeader(http.StatusInternalServerError)
		case !body.Valid:
			w.WriteHeader(http.StatusNotFound)
		default:
			io.WriteString(w, body.String)
		}
	})
	mux.Handle("DELETE /admin/notes/{id}", Require(PermDeleteNotes)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if !number.MatchString(id) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		err := db.QueryRowContext(r.Context(), `DELETE FROM notes WHERE id = $1 RETURNING id`, id).Scan(&id)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})))
	return Authenticate(v)(mux)
}
