// Wrong: each item can go out as soon as it is read.
//checker:fails TestFailure/half_way_through_the_rows
//checker:hint 7

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
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
	ID          int64     `json:"id,string"` // a JSON number would lose digits in JavaScript
	Title       string    `json:"title"`
	Author      *string   `json:"author"` // null when nobody knows
	Price       string    `json:"price"`  // decimal text, as the database writes it
	PublishedAt time.Time `json:"published_at"`
}

// New returns the handler of GET /v1/books, which answers with the books that
// are in the table of schema.sql at that time, in the order of their ids.
//
// When they cannot be read, the status is 500 or above, and the answer tells
// nothing of the reason.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/books", func(w http.ResponseWriter, r *http.Request) {
		rows, err := pool.Query(r.Context(), `SELECT id, title, author, price::text, published_at FROM books ORDER BY id`)
		if err != nil {
			fail(w, r, err)
			return
		}
		defer rows.Close()
		w.Header().Set("Content-Type", "application/json")
		n := 0
		for rows.Next() {
			b, err := scanView(rows)
			if err != nil {
				fail(w, r, err)
				return
			}
			item, err := json.Marshal(b)
			if err != nil {
				fail(w, r, err)
				return
			}
			separator := ","
			if n == 0 {
				separator = `{"items":[`
			}
			_, _ = fmt.Fprintf(w, "%s%s", separator, item)
			n++
		}
		if err := rows.Err(); err != nil {
			fail(w, r, err)
			return
		}
		if n == 0 {
			_, _ = fmt.Fprint(w, `{"items":[`)
		}
		_, _ = fmt.Fprint(w, "]}")
	})
	return mux
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "books not listed", "error", err)
	http.Error(w, "the books cannot be listed", http.StatusInternalServerError)
}

func scanView(row pgx.Rows) (bookView, error) {
	var b bookView
	err := row.Scan(&b.ID, &b.Title, &b.Author, &b.Price, &b.PublishedAt)
	b.PublishedAt = b.PublishedAt.UTC() // pgx gives the zone of this program
	return b, err
}
