// Wrong: Authenticate writes X-User-Id into the request, and the handlers read it there.
//checker:fails TestPost/nobodys_without_Authenticate
//checker:fails TestMine/nobodys_without_Authenticate
//checker:sign X-User-Id: 4000000011
//checker:hint 2

package whoisasking

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// maxBody is how many bytes the body of a request may have.
const maxBody = 1 << 20

// Posts returns the handler of POST /posts and GET /me/posts, for the table of
// schema.sql. It stands behind Authenticate; without that, it answers 401.
func Posts(pool *pgxpool.Pool) http.Handler {
	p := posts{pool}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /posts", signedIn(p.create))
	mux.HandleFunc("GET /me/posts", signedIn(p.mine))
	return mux
}

// signedIn makes a handler of one that needs to know its user.
func signedIn(handle func(http.ResponseWriter, *http.Request, User)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.Header.Get("X-User-Id"), 10, 64)
		user := User{ID: id}
		if err != nil {
			unauthorized(w)
			return
		}
		handle(w, r, user)
	}
}

type posts struct{ pool *pgxpool.Pool }

func (p posts) create(w http.ResponseWriter, r *http.Request, user User) {
	var in struct {
		Text string `json:"text"` // a client says what is in a post, and not whose it is
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
		http.Error(w, "the body is no post", http.StatusBadRequest)
		return
	}
	post, err := add(r.Context(), p.pool, user.ID, in.Text)
	if err != nil {
		failed(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, post)
}

func (p posts) mine(w http.ResponseWriter, r *http.Request, user User) {
	list, err := postsBy(r.Context(), p.pool, user.ID)
	if err != nil {
		failed(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, list)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}

func failed(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	http.Error(w, "something went wrong", http.StatusInternalServerError)
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
