package whoisasking

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Posts returns the handler of POST /posts and GET /me/posts, for the table of
// schema.sql. It stands behind Authenticate; without that, it answers 401.
func Posts(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /posts", func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		http.Error(w, "not written yet", http.StatusNotImplemented)
	})
	mux.HandleFunc("GET /me/posts", func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		http.Error(w, "not written yet", http.StatusNotImplemented)
	})
	return mux
}

// Post is a row of the table posts.
type Post struct {
	ID       int64  `json:"id"`
	AuthorID int64  `json:"author_id"`
	Text     string `json:"text"`
}

// add adds a post to the table, which gives the ID, and returns it.
func add(ctx context.Context, pool *pgxpool.Pool, authorID int64, text string) (Post, error) {
	p := Post{AuthorID: authorID, Text: text}
	err := pool.QueryRow(ctx, `INSERT INTO posts (author_id, text) VALUES ($1, $2) RETURNING id`, authorID, text).Scan(&p.ID)
	if err != nil {
		return Post{}, fmt.Errorf("add post: %w", err)
	}
	return p, nil
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
