// Wrong: a cursor needs no more than the id of the last event: its time is in the table.
//checker:fails TestMeanwhile/all_that_follow_go
//checker:fails TestMeanwhile/the_last_event_of_a_page_goes
//checker:hint 2

// Package pages shows the log of a tenant's events, page by page.
package pages

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
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

const usual, most = 20, 100 // events on a page

// Store reads the log.
type Store struct {
	pool *pgxpool.Pool
	key  []byte
}

// New makes a Store. The key has 32 bytes, is secret, and the same for all
// copies of the service.
func New(pool *pgxpool.Pool, key []byte) *Store { return &Store{pool, key} }

// List returns the page at the cursor, or the first one when it is "". For a
// cursor that it does not accept the error is ErrCursor, as errors.Is sees it.
func (s *Store) List(ctx context.Context, f Filter, cursor string, limit int) (Page, error) {
	limit = min(max(limit, 1), most)
	where, args := "tenant = $1", []any{f.Tenant, limit + 1} // one more, to know whether it is there
	if f.Kind != "" {
		args = append(args, f.Kind)
		where += fmt.Sprintf(" AND kind = $%d", len(args))
	}
	if cursor != "" {
		id, err := s.open(f, cursor)
		if err != nil {
			return Page{}, err
		}
		var at time.Time
		err = s.pool.QueryRow(ctx, `SELECT at FROM events WHERE tenant = $1 AND id = $2`, f.Tenant, id).Scan(&at)
		if errors.Is(err, pgx.ErrNoRows) {
			return Page{}, ErrCursor
		}
		if err != nil {
			return Page{}, fmt.Errorf("find event: %w", err)
		}
		args = append(args, at, id)
		where += fmt.Sprintf(" AND (at, id) < ($%d, $%d)", len(args)-1, len(args))
	}
	rows, _ := s.pool.Query(ctx, `SELECT id, kind, at FROM events WHERE `+where+` ORDER BY at DESC, id DESC LIMIT $2`, args...) // the error comes with the rows
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Event])
	if err != nil {
		return Page{}, fmt.Errorf("list events: %w", err)
	}
	page := Page{Events: events}
	if len(events) > limit {
		page.Events = events[:limit]
		page.Next = s.cursor(f, page.Events[limit-1])
	}
	return page, nil
}

// cursor says after which event the page begins, and has a seal.
func (s *Store) cursor(f Filter, last Event) string {
	place := binary.BigEndian.AppendUint64(nil, uint64(last.ID))
	return base64.RawURLEncoding.EncodeToString(append(place, s.seal(f, place)...))
}

const placeLen = 8

func (s *Store) open(f Filter, cursor string) (id int64, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) != placeLen+sha256.Size {
		return 0, ErrCursor
	}
	place, seal := b[:placeLen], b[placeLen:]
	if !hmac.Equal(seal, s.seal(f, place)) {
		return 0, ErrCursor
	}
	return int64(binary.BigEndian.Uint64(place)), nil
}

// seal binds a place to its filter. JSON keeps the parts apart: no two filters have one text.
func (s *Store) seal(f Filter, place []byte) []byte {
	text, _ := json.Marshal([]any{f.Tenant, f.Kind, place}) // strings and bytes can always be written
	mac := hmac.New(sha256.New, s.key)
	mac.Write(text)
	return mac.Sum(nil)
}

// Routes answers GET /v1/events.
func Routes(s *Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/events", s.serve)
	return mux
}

func (s *Store) serve(w http.ResponseWriter, r *http.Request) {
	query, limit := r.URL.Query(), usual
	if query.Has("limit") {
		var err error
		if limit, err = strconv.Atoi(query.Get("limit")); err != nil || limit < 1 || limit > most {
			http.Error(w, "limit must be a number from 1 to 100", http.StatusBadRequest)
			return
		}
	}
	f := Filter{Tenant: r.Header.Get("X-Tenant"), Kind: query.Get("kind")}
	page, err := s.List(r.Context(), f, query.Get("cursor"), limit)
	if errors.Is(err, ErrCursor) {
		http.Error(w, "cursor must be one that a page with the same filter gave", http.StatusBadRequest)
		return
	}
	if err != nil {
		slog.ErrorContext(r.Context(), "events are not listed", "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	if page.Next != "" {
		query.Set("cursor", page.Next)
		w.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, r.URL.EscapedPath(), query.Encode()))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"events": page.Events}) // a client that has gone
}
