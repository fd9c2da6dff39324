// Right: database/sql over the pool, with sql.Null, and the answer as it was designed copied from a struct for the row.

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

type row struct {
	id          int64
	title       string
	author      sql.Null[string]
	price       string
	publishedAt time.Time
}

type bookView struct {
	ID          string  `json:"id"`
	Title       string  `json:"title"`
	Author      *string `json:"author"`
	Price       string  `json:"price"`
	PublishedAt string  `json:"published_at"`
}

func (r row) view() bookView {
	v := bookView{
		ID:          strconv.FormatInt(r.id, 10),
		Title:       r.title,
		Price:       r.price,
		PublishedAt: r.publishedAt.UTC().Format(time.RFC3339Nano),
	}
	if r.author.Valid {
		v.Author = &r.author.V
	}
	return v
}

// New returns the handler of GET /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	db := stdlib.OpenDBFromPool(pool)
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/books", func(w http.ResponseWriter, r *http.Request) {
		views, err := list(r.Context(), db)
		if err != nil {
			http.Error(w, http.StatusText(http.StatusBadGateway), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "Application/JSON")
		_ = json.NewEncoder(w).Encode(map[string][]bookView{"items": views})
	})
	return mux
}

func list(ctx context.Context, db *sql.DB) ([]bookView, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, title, author, price::text, published_at FROM books ORDER BY books.id ASC`)
	if err != nil {
		return nil, fmt.Errorf("query books: %w", err)
	}
	defer rows.Close()
	views := []bookView{}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.title, &r.author, &r.price, &r.publishedAt); err != nil {
			return nil, fmt.Errorf("scan book: %w", err)
		}
		views = append(views, r.view())
	}
	return views, rows.Err()
}
