// Right: cents as a whole number, sorted in Go, and each item a map, which leaves out an unknown author.

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

type book struct {
	id, cents   int64
	title       string
	author      *string
	publishedAt time.Time
}

// New returns the handler of GET /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows, err := pool.Query(r.Context(), `SELECT id, title, author, (price * 100)::bigint, published_at AT TIME ZONE 'UTC' FROM books`)
		if err != nil {
			w.WriteHeader(500)
			return
		}
		defer rows.Close()
		var books []book
		for rows.Next() {
			var b book
			if err := rows.Scan(&b.id, &b.title, &b.author, &b.cents, &b.publishedAt); err != nil {
				w.WriteHeader(500)
				return
			}
			books = append(books, b)
		}
		if rows.Err() != nil {
			w.WriteHeader(500)
			return
		}
		slices.SortFunc(books, func(a, b book) int { return cmp.Compare(a.id, b.id) })
		items := make([]map[string]any, len(books))
		for i, b := range books {
			items[i] = map[string]any{
				"id":           fmt.Sprint(b.id),
				"title":        b.title,
				"price":        fmt.Sprintf("%d.%02d", b.cents/100, b.cents%100),
				"published_at": b.publishedAt, // a timestamp without a zone comes as UTC
			}
			if b.author != nil {
				items[i]["author"] = *b.author
			}
		}
		body, err := json.MarshalIndent(map[string]any{"items": items, "count": len(items)}, "", "  ")
		if err != nil {
			w.WriteHeader(500)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(200)
		_, _ = w.Write(body)
	})
}
