// Package responsibilities_test runs what the reading shows: each snippet of README.md is cut out of these files, and each
// conversation and table in it is what came out here.
package responsibilities_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
	"workbook/lessons/internal/talk"
	"workbook/lessons/internal/timeline"
)

//go:embed schema.sql
var schema string

// Book is a row of the table.
type Book struct {
	ID         int64
	Title      string
	Cents      int
	IsFeatured bool
}

func insert(ctx context.Context, pool *pgxpool.Pool, b Book) error {
	_, err := pool.Exec(ctx, `INSERT INTO books (title, cents, is_featured) VALUES ($1, $2, $3)`, b.Title, b.Cents, b.IsFeatured)
	return err
}

// trusting is the endpoint that takes whatever comes.
func trusting(pool *pgxpool.Pool) http.HandlerFunc {
	// snippet: trusting
	return func(w http.ResponseWriter, r *http.Request) {
		var b Book
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := insert(r.Context(), pool, b); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}
	// end snippet
}

// strict refuses what is not one book.
func strict(pool *pgxpool.Pool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, status, err := decode(w, r)
		if err != nil {
			http.Error(w, err.Error(), status)
			return
		}
		if err := insert(r.Context(), pool, Book{Title: b.Title, Cents: b.Cents}); err != nil {
			http.Error(w, "the book was not added", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}
}

// snippet: decode
// newBook is what a client may say about a book, and no more.
type newBook struct {
	Title string `json:"title"`
	Cents int    `json:"cents"`
}

func decode(w http.ResponseWriter, r *http.Request) (b newBook, status int, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return b, http.StatusUnsupportedMediaType, errors.New("send application/json")
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
	body.DisallowUnknownFields()
	if err := body.Decode(&b); err != nil {
		return b, http.StatusBadRequest, errors.New("send a title and cents, at most 16 KiB")
	}
	if _, err := body.Token(); err != io.EOF {
		return b, http.StatusBadRequest, errors.New("send one object")
	}
	if b.Title == "" || b.Cents <= 0 {
		return b, http.StatusUnprocessableEntity, errors.New("title and cents are required")
	}
	return b, 0, nil
}

// end snippet

func TestNonsense(t *testing.T) {
	requests := []string{`{"title":"Emma","cents":990} and more`, `{"titel":"Emma"}`, `{"title":"Spam","cents":1,"isFeatured":true}`}
	for name, endpoint := range map[string]func(*pgxpool.Pool) http.HandlerFunc{"trusting": trusting, "strict": strict} {
		db := exercises.Database(t, schema)
		k := talk.New(t, endpoint(db.Pool()), "WWW-Authenticate", "Retry-After")
		for _, body := range requests {
			k.Say("POST", "/books", body)
		}
		rows, err := db.Owner().Query(t.Context(), `SELECT id, title, cents, is_featured FROM books ORDER BY id`)
		require.NoError(t, err)
		books, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Book])
		require.NoError(t, err)
		k.Note("\nThe table has %d books.", len(books))
		for _, b := range books {
			k.Note("   title %q, cents %d, featured %v", b.Title, b.Cents, b.IsFeatured)
		}
		exercises.Golden(t, name, k.String())
	}
}

func TestNumbers(t *testing.T) {
	var text strings.Builder
	for _, id := range []int64{9007199254740992, 9007199254740993} {
		sent, err := json.Marshal(map[string]any{"number": id, "text": strconv.FormatInt(id, 10)})
		require.NoError(t, err)
		var got map[string]any // a client that has floating-point numbers only, such as a browser
		require.NoError(t, json.Unmarshal(sent, &got))
		fmt.Fprintf(&text, "sent %s\n   → a client with float64 has %.0f, and %q\n", sent, got["number"], got["text"])
	}
	var none []Book
	empty, err := json.Marshal(map[string]any{"items": none})
	require.NoError(t, err)
	list, err := json.Marshal(map[string]any{"items": []Book{}})
	require.NoError(t, err)
	fmt.Fprintf(&text, "a nil slice is sent as   %s\nan empty slice           %s\n", empty, list)
	exercises.Golden(t, "numbers", text.String())
}

// A note belongs to a user.
type note struct{ owner, text string }

func notes() http.Handler {
	users := map[string]string{"token-of-ada": "ada", "token-of-bob": "bob"}
	all := map[string]note{"1": {"ada", "buy milk"}}
	// snippet: notes
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		user, known := users[token]
		if !strings.EqualFold(scheme, "Bearer") || !known {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		note, there := all[r.PathValue("id")]
		if !there || note.owner != user { // one answer for both, so that nobody learns which notes there are
			http.Error(w, "no such note", http.StatusNotFound)
			return
		}
		fmt.Fprintln(w, note.text)
	})
	// end snippet
	return mux
}

func TestWhoIsAsking(t *testing.T) {
	k := talk.New(t, notes(), "WWW-Authenticate")
	k.Say("GET", "/notes/1", "")
	k.Say("GET", "/notes/1", "", "Authorization: Bearer token-of-ada")
	k.Say("GET", "/notes/1", "", "Authorization: Bearer token-of-bob")
	k.Say("GET", "/notes/2", "", "Authorization: Bearer token-of-bob")
	exercises.Golden(t, "who", k.String())
}

func TestTwoSignUps(t *testing.T) {
	db := exercises.Database(t, schema)
	site := timeline.New(t, db, "first copy", "second copy")
	look := `SELECT count(*) FROM users WHERE email = 'ada@example.com'`
	site.Do("first copy", look)
	site.Do("second copy", look)
	site.Do("first copy", `INSERT INTO users (email) VALUES ('ada@example.com')`)
	site.Do("second copy", `INSERT INTO users (email) VALUES ('Ada@Example.com')`)
	exercises.Golden(t, "sign-up", site.String())
}
