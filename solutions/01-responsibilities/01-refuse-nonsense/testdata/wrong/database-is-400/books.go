// Wrong: what the database does not take is a bad request.
//checker:fails TestFailures/the_database_takes_no_row
//checker:hint 1

// Package refusenonsense adds books to the table of a shop.
package refusenonsense

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// maxBody is how many bytes the body of a request may have.
const maxBody = 16 << 10

// newBook is what a client may say of a book. A Book has more.
type newBook struct {
	Title  string `json:"title"`
	Author string `json:"author"`
	Pages  int    `json:"pages"`
}

// validate also refuses members that were left out: they are zero.
func (b newBook) validate() error {
	if strings.TrimSpace(b.Title) == "" {
		return errors.New("title: required")
	}
	if b.Pages < 1 || b.Pages > 20_000 {
		return errors.New("pages: required, from 1 to 20000")
	}
	return nil
}

// New returns the handler of POST /v1/books, which adds a book to the table of
// schema.sql.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/books", func(w http.ResponseWriter, r *http.Request) {
		b, err := DecodeJSON[newBook](w, r, maxBody)
		if err != nil {
			http.Error(w, err.Error(), statusOf(err))
			return
		}
		if err := b.validate(); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		if err := insert(r.Context(), pool, Book{Title: b.Title, Author: b.Author, Pages: b.Pages}); err != nil {
			slog.ErrorContext(r.Context(), "book not added", "error", err)
			http.Error(w, "the book was not added", http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	return mux
}

// statusOf is the status for an error of DecodeJSON.
func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrMediaType):
		return http.StatusUnsupportedMediaType
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// Book is a row of the table books.
type Book struct {
	ID         int64
	Title      string
	Author     string
	Pages      int
	IsFeatured bool // stands on the front page; the publisher's editors decide
}

// insert adds b to the table, which gives the ID.
func insert(ctx context.Context, pool *pgxpool.Pool, b Book) error {
	_, err := pool.Exec(ctx, `INSERT INTO books (title, author, pages, is_featured) VALUES ($1, $2, $3, $4)`,
		b.Title, b.Author, b.Pages, b.IsFeatured)
	if err != nil {
		return fmt.Errorf("insert book: %w", err)
	}
	return nil
}
