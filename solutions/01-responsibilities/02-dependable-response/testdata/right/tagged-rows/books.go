// Right: rows into structs by the names of their columns, in a transaction that sets its zone to UTC; the tags of one struct serve the query and the answer.

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"encoding/json"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

type bookView struct {
	ID          string      `db:"id" json:"id"`
	Title       string      `db:"title" json:"title"`
	Author      pgtype.Text `db:"author" json:"author"`
	Price       string      `db:"price" json:"price"`
	PublishedAt string      `db:"published_at" json:"published_at"`
}

const listBooks = `
	SELECT b.id::text AS id, title, author, price::text AS price,
		replace(to_json(published_at) #>> '{}', '+00:00', 'Z') AS published_at
	FROM books b
	ORDER BY b.id`

// New returns the handler of GET /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/books", func(w http.ResponseWriter, r *http.Request) {
		var views []bookView
		err := pgx.BeginTxFunc(r.Context(), pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			if _, err := tx.Exec(r.Context(), `SET LOCAL TIME ZONE 'UTC'`); err != nil {
				return err
			}
			rows, err := tx.Query(r.Context(), listBooks)
			if err != nil {
				return err
			}
			views, err = pgx.CollectRows(rows, pgx.RowToStructByName[bookView])
			return err
		})
		body, encodeErr := json.Marshal(map[string]any{"items": views})
		if err != nil || encodeErr != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		w.Header().Add("content-type", "application/json")
		_, _ = w.Write(body)
	})
	return mux
}
