package threeanswers

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PermDeleteNotes is the permission to delete anybody's notes.
const PermDeleteNotes = "notes.delete"

// New returns the handler of the two routes.
func New(pool *pgxpool.Pool, v Verifier) http.Handler {
	admin := http.NewServeMux()
	admin.HandleFunc("DELETE /admin/notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		err := pgx.BeginFunc(r.Context(), pool, func(tx pgx.Tx) error {
			var id int64
			return tx.QueryRow(r.Context(), `DELETE FROM notes WHERE id = $1 RETURNING id`, idOf(r)).Scan(&id)
		})
		answer(w, r, "deleted", err)
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		var body string
		err := pool.QueryRow(r.Context(), `SELECT body FROM notes WHERE id = @id AND owner_id = @owner`,
			pgx.NamedArgs{"id": idOf(r), "owner": sessionOf(r).user.ID}).Scan(&body)
		answer(w, r, body, err)
	})
	mux.Handle("/admin/", Require(PermDeleteNotes)(admin))
	return Authenticate(v)(mux)
}

// idOf is the id in the path, or 0, which no note has.
func idOf(r *http.Request) uint64 {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 63)
	if err != nil {
		return 0
	}
	return id
}

func answer(w http.ResponseWriter, r *http.Request, text string, err error) {
	if errors.Is(err, pgx.ErrNoRows) {
		http.NotFound(w, r)
	} else if err != nil {
		slog.Error("query failed", "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
	} else {
		w.Write([]byte(text))
	}
}
