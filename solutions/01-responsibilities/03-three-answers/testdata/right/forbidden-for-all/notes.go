package threeanswers

import (
	"fmt"
	"log"
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
	auth := Authenticate(v)
	mux.Handle("GET /notes/{id}", auth(getNote(pool)))
	mux.Handle("DELETE /admin/notes/{id}", auth(Require(PermDeleteNotes)(deleteNote(pool))))
	return mux
}

type row struct {
	Owner int64
	Body  string
}

func getNote(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := r.Context().Value(userKey).(*User)
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil || id < 1 {
			problem(w, 400, "the id is a positive number")
			return
		}
		rows, err := pool.Query(r.Context(), "select owner_id, body from notes where id = $1", id)
		if err != nil {
			internal(w, err)
			return
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		if err != nil {
			internal(w, err)
			return
		}
		if len(found) != 1 || found[0].Owner != u.ID {
			problem(w, 403, fmt.Sprintf("permission denied on note %d (or it might not exist)", id))
			return
		}
		fmt.Fprint(w, found[0].Body)
	})
}

func deleteNote(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil || id < 1 {
			problem(w, 400, "the id is a positive number")
			return
		}
		if _, err := pool.Exec(r.Context(), "delete from notes where id = $1", id); err != nil {
			internal(w, err)
			return
		}
		w.WriteHeader(204)
	})
}

func internal(w http.ResponseWriter, err error) {
	log.Println(err)
	problem(w, 500, "internal error")
}
