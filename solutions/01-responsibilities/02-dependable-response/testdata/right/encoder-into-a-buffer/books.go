// Right: an encoder that writes item by item into a buffer, without HTML escapes; the buffer goes out when all rows are read.

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// New returns the handler of GET /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/books", whole(func(ctx context.Context, w io.Writer) error { return writeBooks(ctx, w, pool) }))
	return mux
}

// whole is a handler that sends what write has written, when that is all of it.
func whole(write func(context.Context, io.Writer) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		if err := write(r.Context(), &body); err != nil {
			slog.Error("no answer", "error", err, "path", r.URL.Path)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"title":"Internal Server Error","status":500}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
		_, _ = body.WriteTo(w)
	}
}

func writeBooks(ctx context.Context, w io.Writer, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, `SELECT id::text, title, author, price::text, published_at FROM books AS b ORDER BY b.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_, _ = io.WriteString(w, `{"items":[`)
	for n := 0; rows.Next(); n++ {
		var item struct {
			ID          string    `json:"id"`
			Title       string    `json:"title"`
			Author      *string   `json:"author"`
			Price       string    `json:"price"`
			PublishedAt time.Time `json:"published_at"`
		}
		if err := rows.Scan(&item.ID, &item.Title, &item.Author, &item.Price, &item.PublishedAt); err != nil {
			return err
		}
		item.PublishedAt = item.PublishedAt.In(time.UTC)
		if n > 0 {
			_, _ = io.WriteString(w, ",")
		}
		if err := encoder.Encode(item); err != nil {
			return err
		}
	}
	_, _ = io.WriteString(w, `]}`)
	return rows.Err()
}
