// Wrong: sql.NullString is null in JSON when it is NULL in the table.
//checker:fails TestUnknownAuthor
//checker:fails TestText/author_arrives_letter_for_letter
//checker:hint 6

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// bookView is a book as clients see it: an item of the answer. The table has
// more columns; nothing goes out that is not named here.
type bookView struct {
	ID          int64          `json:"id,string"` // a JSON number would lose digits in JavaScript
	Title       string         `json:"title"`
	Author      sql.NullString `json:"author"`
	Price       string         `json:"price"` // decimal text, as the database writes it
	PublishedAt time.Time      `json:"published_at"`
}

// bookList is the answer: {"items":[…]}.
type bookList struct {
	Items []bookView `json:"items"`
}

// New returns the handler of GET /v1/books, which answers with the books that
// are in the table of schema.sql at that time, in the order of their ids.
//
// When they cannot be read, the status is 500 or above, and the answer tells
// nothing of the reason.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/books", func(w http.ResponseWriter, r *http.Request) {
		// The body is whole before the first byte goes out: after that, the
		// status can no longer say that something went wrong.
		body, err := listBody(r.Context(), pool)
		if err != nil {
			slog.ErrorContext(r.Context(), "books not listed", "error", err)
			http.Error(w, "the books cannot be listed", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // fails when the client has gone away
	})
	return mux
}

// listBody returns all the books as JSON.
func listBody(ctx context.Context, pool *pgxpool.Pool) ([]byte, error) {
	rows, err := pool.Query(ctx, `SELECT id, title, author, price::text, published_at FROM books ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("query books: %w", err)
	}
	items, err := pgx.CollectRows(rows, scanView) // never nil without an error
	if err != nil {
		return nil, fmt.Errorf("read books: %w", err)
	}
	body, err := json.Marshal(bookList{items})
	if err != nil {
		return nil, fmt.Errorf("encode books: %w", err)
	}
	return body, nil
}

func scanView(row pgx.CollectableRow) (bookView, error) {
	var b bookView
	err := row.Scan(&b.ID, &b.Title, &b.Author, &b.Price, &b.PublishedAt)
	b.PublishedAt = b.PublishedAt.UTC() // pgx gives the zone of this program
	return b, err
}
