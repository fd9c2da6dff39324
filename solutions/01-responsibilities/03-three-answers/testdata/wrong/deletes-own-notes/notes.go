// Wrong: a note is deleted for its owner.
//checker:fails TestDelete/deletes_anybodys_note
//checker:hint 6

package threeanswers

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PermDeleteNotes is the permission to delete anybody's notes.
const PermDeleteNotes = "notes.delete"

// New returns the handler of GET /notes/{id} and DELETE /admin/notes/{id}, for
// the table of schema.sql.
func New(pool *pgxpool.Pool, v Verifier) http.Handler {
	n := notes{pool}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes/{id}", n.show)
	mux.Handle("DELETE /admin/notes/{id}", Require(PermDeleteNotes)(http.HandlerFunc(n.delete)))
	return Authenticate(v)(mux)
}

type notes struct{ pool *pgxpool.Pool }

// show answers with a note of the user's own. Other people's notes are looked
// for in vain, like those that do not exist.
func (n notes) show(w http.ResponseWriter, r *http.Request) {
	user, ok := userOf(r.Context())
	if !ok {
		unauthorized(w)
		return
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		notFound(w)
		return
	}
	var body string
	err = n.pool.QueryRow(r.Context(), `SELECT body FROM notes WHERE id = $1 AND owner_id = $2`, id, user.ID).Scan(&body)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		notFound(w)
	case err != nil:
		failed(w, r, err)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, body)
	}
}

// delete deletes anybody's note. Who may do that is not decided here.
func (n notes) delete(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		notFound(w)
		return
	}
	user, _ := userOf(r.Context())
	done, err := n.pool.Exec(r.Context(), `DELETE FROM notes WHERE id = $1 AND owner_id = $2`, id, user.ID)
	switch {
	case err != nil:
		failed(w, r, err)
	case done.RowsAffected() == 0:
		notFound(w)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// notFound is the answer for what does not exist, as far as this user knows.
func notFound(w http.ResponseWriter) {
	http.Error(w, "no such note", http.StatusNotFound)
}

// failed keeps the reason to the log.
func failed(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	http.Error(w, "something went wrong", http.StatusInternalServerError)
}
