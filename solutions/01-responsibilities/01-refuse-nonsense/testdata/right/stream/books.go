// Package refusenonsense adds books to the table of a shop.
package refusenonsense

import (
	"errors"
	"log"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type books struct{ pool *pgxpool.Pool }

// New returns the handler of POST /v1/books.
func New(pool *pgxpool.Pool) http.Handler { return &books{pool} }

func (b *books) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/books" {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	b.create(w, r)
}

func (b *books) create(w http.ResponseWriter, r *http.Request) {
	type input struct {
		Title  *string `json:"title"`
		Author string  `json:"author"`
		Pages  *int    `json:"pages"`
	}
	in, err := DecodeJSON[input](w, r, 16*1024)
	switch {
	case errors.Is(err, ErrMediaType):
		http.Error(w, err.Error(), 415)
		return
	case errors.Is(err, ErrTooLarge):
		http.Error(w, err.Error(), 413)
		return
	case err != nil:
		http.Error(w, err.Error(), 400)
		return
	}
	if in.Title == nil || strings.TrimSpace(*in.Title) == "" || in.Pages == nil || *in.Pages < 1 || *in.Pages > 20000 {
		http.Error(w, "title and pages (1 to 20000) are required", 400)
		return
	}
	_, err = b.pool.Exec(r.Context(),
		`INSERT INTO books (title, author, pages, is_featured) VALUES (@title, @author, @pages, false)`,
		pgx.NamedArgs{"title": in.Title, "author": in.Author, "pages": in.Pages})
	if err != nil {
		log.Print(err)
		http.Error(w, "internal error", 500)
		return
	}
	w.WriteHeader(201)
}
