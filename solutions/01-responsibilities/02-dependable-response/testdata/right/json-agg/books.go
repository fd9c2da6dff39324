// Right: PostgreSQL makes the whole body with json_agg, and Go passes it on.

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"log"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

const listBooks = `
	SELECT json_build_object('items', coalesce(json_agg(json_build_object(
		'id', id::text,
		'title', title,
		'author', author,
		'price', price::text,
		'published_at', to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
	) ORDER BY id), '[]'))::text
	FROM books`

// New returns the handler of GET /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/books", func(w http.ResponseWriter, r *http.Request) {
		var body string
		if err := pool.QueryRow(r.Context(), listBooks).Scan(&body); err != nil {
			log.Printf("list books: %v", err)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte(body))
	})
	return mux
}
