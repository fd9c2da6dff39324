// Wrong: the secret columns are taken out of the row, and the rest goes out.
//checker:fails TestList/stays_as_it_is_when_the_table_gets_a_column
//checker:hint 1

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// bookList is the answer: {"items":[…]}.
type bookList struct {
	Items []json.RawMessage `json:"items"`
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
	rows, err := pool.Query(ctx, `
		SELECT to_jsonb(b) - 'purchase_price' - 'editors_note' || jsonb_build_object('id', id::text, 'price', price::text,
			'published_at', to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
		FROM books b ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("query books: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
	if err != nil {
		return nil, fmt.Errorf("read books: %w", err)
	}
	body, err := json.Marshal(bookList{items})
	if err != nil {
		return nil, fmt.Errorf("encode books: %w", err)
	}
	return body, nil
}
