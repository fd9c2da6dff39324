package whoisasking

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type handler func(r *http.Request, me User) (status int, value any, err error)

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	me, ok := CurrentUser(r.Context())
	if !ok {
		unauthorized(w)
		return
	}
	status, value, err := h(r, me)
	if err != nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}

func Posts(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /posts", handler(func(r *http.Request, me User) (int, any, error) {
		// The client's author is read, and written over.
		var post Post
		if err := json.NewDecoder(r.Body).Decode(&post); err != nil {
			return http.StatusBadRequest, nil, err
		}
		post.AuthorID = me.ID
		err := pool.QueryRow(r.Context(), `INSERT INTO posts (author_id, text) VALUES ($1, $2) RETURNING id`, post.AuthorID, post.Text).Scan(&post.ID)
		if err != nil {
			return http.StatusInternalServerError, nil, err
		}
		return http.StatusCreated, post, nil
	}))
	mux.Handle("GET /me/posts", handler(func(r *http.Request, me User) (int, any, error) {
		posts, err := postsBy(r.Context(), pool, me.ID)
		if err != nil {
			return http.StatusInternalServerError, nil, err
		}
		return http.StatusOK, posts, nil
	}))
	return mux
}

// Post is a row of the table posts.
type Post struct {
	ID       int64  `json:"id"`
	AuthorID int64  `json:"author_id"`
	Text     string `json:"text"`
}

// postsBy returns the posts of an author by their IDs, the smallest first. It is never nil without an error.
func postsBy(ctx context.Context, pool *pgxpool.Pool, authorID int64) ([]Post, error) {
	rows, _ := pool.Query(ctx, `SELECT id, author_id, text FROM posts WHERE author_id = $1 ORDER BY id`, authorID)
	posts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Post])
	if err != nil {
		return nil, fmt.Errorf("list posts: %w", err)
	}
	return posts, nil
}
