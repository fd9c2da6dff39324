// Package refusenonsense adds books to the table of a shop.
package refusenonsense

import (
	"context"
	"errors"
	"net/http"
	"unicode"

	"github.com/jackc/pgx/v5/pgxpool"
)

const maxBody = 16 << 10

var statuses = map[error]int{ErrMediaType: 415, ErrTooLarge: 413, ErrBadBody: 400}

// Input is what a client sends. Whatever is left out is nil.
type Input struct {
	Title  *string `json:"title"`
	Author *string `json:"author"`
	Pages  *int32  `json:"pages"`
}

// problems says what is wrong with the values, member by member.
func (in Input) problems() map[string]string {
	problems := map[string]string{}
	if in.Title == nil || !says(*in.Title) {
		problems["title"] = "required"
	}
	if in.Pages == nil {
		problems["pages"] = "required"
	} else if *in.Pages < 1 || *in.Pages > 20_000 {
		problems["pages"] = "1 to 20000"
	}
	return problems
}

func says(text string) bool {
	for _, c := range text {
		if !unicode.IsSpace(c) {
			return true
		}
	}
	return false
}

// New returns the handler of POST /v1/books.
func New(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/books", func(w http.ResponseWriter, r *http.Request) {
		in, err := DecodeJSON[Input](w, r, maxBody)
		for known, status := range statuses {
			if errors.Is(err, known) {
				w.WriteHeader(status)
				return
			}
		}
		if len(in.problems()) > 0 {
			w.WriteHeader(422)
			return
		}
		if err := add(r.Context(), pool, in); err != nil {
			w.WriteHeader(503)
			return
		}
		w.WriteHeader(201)
	})
	return mux
}

func add(ctx context.Context, pool *pgxpool.Pool, in Input) error {
	_, err := pool.Exec(ctx, `INSERT INTO books (title, author, pages, is_featured) VALUES ($1, coalesce($2, ''), $3, false)`, in.Title, in.Author, in.Pages)
	return err
}
