// Right: two queries put together, and a cursor of readable text and its seal, with a point between.
package pages

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
	pool *pgxpool.Pool
	key  []byte
}

// New makes a Store. The key has 32 bytes.
func New(pool *pgxpool.Pool, key []byte) *Store { return &Store{pool: pool, key: key} }

type token struct {
	Tenant, Kind string
	Sec, Nano    int64
	ID           int64
}

func (s *Store) sign(text string) string {
	h := hmac.New(sha512.New, s.key)
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (s *Store) encode(k token) string {
	content, err := json.Marshal(k)
	if err != nil {
		panic(err)
	}
	text := base64.RawURLEncoding.EncodeToString(content)
	return text + "." + s.sign(text)
}

func (s *Store) decode(cursor string) (k token, err error) {
	text, sign, _ := strings.Cut(cursor, ".")
	if !hmac.Equal([]byte(sign), []byte(s.sign(text))) {
		return k, errors.New("the seal is not ours")
	}
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal(content, &k)
}

// List returns the page at the cursor, or the first one.
func (s *Store) List(ctx context.Context, f Filter, cursor string, limit int) (Page, error) {
	limit = max(1, min(100, limit))
	args := []any{f.Tenant, limit + 1}
	narrow := ""
	if f.Kind != "" {
		args = append(args, f.Kind)
		narrow = " AND kind = $3"
	}
	part := func(more string) string {
		return `(SELECT id, kind, at FROM events WHERE tenant = $1` + narrow + more + ` ORDER BY at DESC, id DESC LIMIT $2)`
	}
	sql := part("")
	if cursor != "" {
		k, err := s.decode(cursor)
		if err != nil {
			return Page{}, fmt.Errorf("%w: %w", ErrCursor, err)
		}
		if k.Tenant != f.Tenant || k.Kind != f.Kind {
			return Page{}, fmt.Errorf("%w: it is of another list", ErrCursor)
		}
		n := len(args)
		args = append(args, time.Unix(k.Sec, k.Nano), k.ID)
		sql = part(fmt.Sprintf(" AND at = $%d AND id < $%d", n+1, n+2)) + " UNION ALL " + part(fmt.Sprintf(" AND at < $%d", n+1)) + " ORDER BY at DESC, id DESC LIMIT $2"
	}
	page := Page{Events: []Event{}}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		var e Event
		_, err = pgx.ForEachRow(rows, []any{&e.ID, &e.Kind, &e.At}, func() error {
			if len(page.Events) < limit {
				page.Events = append(page.Events, e)
				return nil
			}
			last := page.Events[limit-1]
			page.Next = s.encode(token{f.Tenant, f.Kind, last.At.Unix(), int64(last.At.Nanosecond()), last.ID})
			return nil
		})
		return err
	})
	return page, err
}

// Routes answers GET /v1/events.
func Routes(s *Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		cursor, text, kind := query.Get("cursor"), query.Get("limit"), query.Get("kind")
		limit := 20
		if text != "" {
			n, err := strconv.ParseUint(text, 10, 16)
			if err != nil {
				w.WriteHeader(400)
				return
			}
			limit = int(n)
		}
		page, err := s.List(r.Context(), Filter{Tenant: r.Header.Get("X-Tenant"), Kind: kind}, cursor, limit)
		if errors.Is(err, ErrCursor) {
			w.WriteHeader(400)
			return
		}
		if err != nil {
			w.WriteHeader(500)
			return
		}
		if page.Next != "" {
			w.Header().Set("Link", fmt.Sprintf("</v1/events?kind=%s&limit=%d&cursor=%s>;rel=next", url.QueryEscape(kind), limit, page.Next))
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string][]Event{"events": page.Events})
	})
}
