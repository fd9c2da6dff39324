package whoisasking

import (
	"encoding/json"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func Posts(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /posts", func(w http.ResponseWriter, r *http.Request) {
		user, _ := CurrentUser(r.Context())
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		text, ok := body["text"].(string)
		if !ok || len(body) != 1 {
			http.Error(w, "a post has a text, and nothing else", http.StatusUnprocessableEntity)
			return
		}
		rows, _ := pool.Query(r.Context(), `INSERT INTO posts (author_id, text) VALUES (@author, @text) RETURNING *`, pgx.NamedArgs{"author": user.ID, "text": text})
		post, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Post])
		answer(w, http.StatusCreated, post, err)
	})
	mux.HandleFunc("GET /me/posts", func(w http.ResponseWriter, r *http.Request) {
		user, _ := CurrentUser(r.Context())
		rows, _ := pool.Query(r.Context(), `SELECT * FROM posts WHERE author_id = @author ORDER BY id`, pgx.NamedArgs{"author": user.ID})
		list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Post])
		answer(w, http.StatusOK, list, err)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := CurrentUser(r.Context()); !ok {
			unauthorized(w)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, status int, value any, err error) {
	if err != nil {
		http.Error(w, "something went wrong", http.StatusInternalServerError)
		return
	}
	body, _ := json.MarshalIndent(value, "", "  ")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}

// Post is a row of the table posts.
type Post struct {
	ID       int64  `json:"id"`
	AuthorID int64  `json:"author_id"`
	Text     string `json:"text"`
}
