// Package refusenonsense adds books to the table of a shop.
package refusenonsense

import (
	"errors"
	"net/http"
	"regexp"

	"github.com/jackc/pgx/v5/pgxpool"
)

var somethingToRead = regexp.MustCompile(`\S`)

// A body is what a client sends.
type body struct {
	Title  string `json:"title"`
	Pages  uint16 `json:"pages"` // a negative or huge number does not decode
	Author string `json:"author"`
}

// New returns the handler of POST /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	create := func(w http.ResponseWriter, r *http.Request) int {
		b, err := DecodeJSON[body](w, r, 16384)
		switch {
		case errors.Is(err, ErrMediaType):
			return http.StatusUnsupportedMediaType
		case errors.Is(err, ErrTooLarge):
			return http.StatusRequestEntityTooLarge
		case err != nil:
			return http.StatusBadRequest
		case !somethingToRead.MatchString(b.Title), b.Pages == 0, b.Pages > 20000:
			return http.StatusUnprocessableEntity
		}
		tag, err := pool.Exec(r.Context(), `INSERT INTO books (title, author, pages, is_featured) SELECT $1, $2, $3, false`, b.Title, b.Author, b.Pages)
		if err != nil || tag.RowsAffected() != 1 {
			return http.StatusInternalServerError
		}
		return http.StatusCreated
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/books", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(create(w, r)) })
	return mux
}
