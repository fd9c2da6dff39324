package whoisasking

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func Posts(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, ok := CurrentUser(r.Context())
		if !ok {
			unauthorized(w)
			return
		}
		if r.URL.RawQuery != "" || r.Header.Get("X-User-ID") != "" || len(r.Cookies()) > 0 {
			http.Error(w, "only the token says who you are", http.StatusBadRequest)
			return
		}
		switch r.Method + " " + r.URL.Path {
		case "POST /posts":
			var in struct {
				Text *string `json:"text"`
			}
			d := json.NewDecoder(r.Body)
			d.DisallowUnknownFields()
			if err := d.Decode(&in); err != nil || in.Text == nil {
				http.Error(w, "a post has a text, and nothing else", http.StatusBadRequest)
				return
			}
			post, err := add(r.Context(), pool, user.ID, *in.Text)
			send(w, 201, post, err)
		case "GET /me/posts":
			list, err := postsBy(r.Context(), pool, user.ID)
			send(w, 200, list, err)
		default:
			http.NotFound(w, r)
		}
	})
}

func send[T any](w http.ResponseWriter, status int, value T, err error) {
	if err != nil {
		http.Error(w, "try again", 500)
		return
	}
	w.Header().Add("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
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
