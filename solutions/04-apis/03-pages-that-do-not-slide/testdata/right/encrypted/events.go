// Right: a clamped limit, two ranges, EXISTS for what follows, and cursors of AES-GCM with the filter beside them.
package pages

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Event is a row of the table events. Events never change.
type Event struct {
	ID   int64     `json:"id,string"`
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
}

// Filter says which events are wanted.
type Filter struct {
	Tenant string
	Kind   string // "" for every kind
}

// Page is a piece of the log.
type Page struct {
	Events []Event // newest first; never nil
	Next   string  // the cursor of the page that follows; "" when none does
}

// ErrCursor means that a cursor is not one of this filter's.
var ErrCursor = errors.New("no such cursor")

// Store reads the log.
type Store struct {
	db   *pgxpool.Pool
	aead cipher.AEAD
}

// New makes a Store. The key has 32 bytes.
func New(pool *pgxpool.Pool, key []byte) *Store {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return &Store{pool, aead}
}

type position struct {
	At time.Time `json:"t"`
	ID int64     `json:"i"`
}

var top = position{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), 1<<63 - 1}

// List returns the page at the cursor, or the first one.
func (s *Store) List(ctx context.Context, f Filter, cursor string, limit int) (Page, error) {
	switch {
	case limit < 1:
		limit = 20
	case limit > 100:
		limit = 100
	}
	from := top
	if cursor != "" {
		raw, err := base64.URLEncoding.DecodeString(cursor)
		n := s.aead.NonceSize()
		if err != nil || len(raw) < n {
			return Page{}, ErrCursor
		}
		plain, err := s.aead.Open(nil, raw[:n], raw[n:], beside(f))
		if err != nil || json.Unmarshal(plain, &from) != nil {
			return Page{}, ErrCursor
		}
	}
	const condition = ` FROM events WHERE tenant = $1 AND ($2 = '' OR kind = $2) AND at <= $3 AND (at < $3 OR id < $4)`
	page := Page{Events: []Event{}}
	rows, err := s.db.Query(ctx, `SELECT id, kind, at`+condition+` ORDER BY at DESC, id DESC LIMIT $5`, f.Tenant, f.Kind, from.At, from.ID, limit)
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Event
		if err := rows.Scan(&e.ID, &e.Kind, &e.At); err != nil {
			return Page{}, err
		}
		page.Events = append(page.Events, e)
	}
	if err := rows.Err(); err != nil {
		return Page{}, err
	}
	if len(page.Events) == 0 {
		return page, nil
	}
	last := page.Events[len(page.Events)-1]
	var more bool
	err = s.db.QueryRow(ctx, `SELECT EXISTS (SELECT`+condition+`)`, f.Tenant, f.Kind, last.At, last.ID).Scan(&more)
	if err != nil || !more {
		return page, err
	}
	plain, err := json.Marshal(position{last.At, last.ID})
	if err != nil {
		return Page{}, err
	}
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce)
	page.Next = base64.URLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, beside(f)))
	return page, nil
}

// beside is not encrypted, and has to be the same again.
func beside(f Filter) []byte { return []byte(strconv.Itoa(len(f.Tenant)) + ":" + f.Tenant + f.Kind) }

// Routes answers GET /v1/events.
func Routes(s *Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/events" {
			http.NotFound(w, r)
			return
		}
		q := r.URL.Query()
		limit := 20
		if n, err := strconv.Atoi(q.Get("limit")); err == nil {
			limit = n
		}
		f := Filter{r.Header.Get("X-Tenant"), q.Get("kind")}
		page, err := s.List(r.Context(), f, q.Get("cursor"), limit)
		if err != nil {
			status := 500
			if errors.Is(err, ErrCursor) {
				status = 400
			}
			http.Error(w, http.StatusText(status), status)
			return
		}
		body, err := json.MarshalIndent(map[string]any{"events": page.Events, "next": page.Next}, "", "  ")
		if err != nil {
			http.Error(w, "internal error", 500)
			return
		}
		if page.Next != "" {
			next := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}
			v := url.Values{"cursor": {page.Next}, "limit": {strconv.Itoa(limit)}}
			if f.Kind != "" {
				v.Set("kind", f.Kind)
			}
			next.RawQuery = v.Encode()
			w.Header().Add("Link", `<https://example.com/manual>; rel="help", <`+next.String()+`>; rel=next`)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(body)
	})
}
