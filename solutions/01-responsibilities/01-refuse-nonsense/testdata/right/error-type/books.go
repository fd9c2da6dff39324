// Package refusenonsense adds books to the table of a shop.
package refusenonsense

import (
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// New returns the handler of POST /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/books", handler(func(w http.ResponseWriter, r *http.Request) error {
		book, err := DecodeJSON[struct {
			Title  string  `json:"title"`
			Author *string `json:"author,omitempty"`
			Pages  *int64  `json:"pages"`
		}](w, r, 16<<10)
		if err != nil {
			return err
		}
		if len(strings.Fields(book.Title)) == 0 {
			return &StatusError{422, "a book has a title"}
		}
		if book.Pages == nil || *book.Pages <= 0 || *book.Pages > 20e3 {
			return &StatusError{422, "a book has 1 to 20000 pages"}
		}
		err = pgx.BeginFunc(r.Context(), pool, func(tx pgx.Tx) error {
			author := ""
			if book.Author != nil {
				author = *book.Author
			}
			_, err := tx.CopyFrom(r.Context(), pgx.Identifier{"books"}, []string{"title", "author", "pages", "is_featured"},
				pgx.CopyFromRows([][]any{{book.Title, author, int32(*book.Pages), false}}))
			return err
		})
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, err = w.Write([]byte(`{"status":"created"}`))
		return err
	}))
	return mux
}
