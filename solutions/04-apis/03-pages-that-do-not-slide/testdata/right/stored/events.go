// Right: what a cursor stands for is kept in the table cursors, and the cursor is its number there.
package pages

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
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

var errLimit = errors.New("limit must be from 1 to 100")

// Store reads the log.
type Store struct{ pool *pgxpool.Pool }

// New makes a Store, which has no use for the key.
func New(pool *pgxpool.Pool, _ []byte) *Store { return &Store{pool} }

// place is what a cursor stands for.
type place struct {
	Filter Filter
	At     time.Time
	ID     int64
}

var form = regexp.MustCompile(`^[A-Z2-7]{26}$`)

func (s *Store) find(ctx context.Context, f Filter, cursor string) (p place, err error) {
	if !form.MatchString(cursor) {
		return p, ErrCursor
	}
	var content string
	err = s.pool.QueryRow(ctx, `SELECT content FROM cursors WHERE token = $1`, cursor).Scan(&content)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, ErrCursor
	}
	if err != nil {
		return p, fmt.Errorf("find cursor: %w", err)
	}
	if err := json.Unmarshal([]byte(content), &p); err != nil {
		return p, fmt.Errorf("read cursor: %w", err)
	}
	if p.Filter != f {
		return p, fmt.Errorf("%w with this filter", ErrCursor)
	}
	return p, nil
}

func (s *Store) keep(ctx context.Context, p place) (string, error) {
	content, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write cursor: %w", err)
	}
	token := rand.Text()
	if _, err := s.pool.Exec(ctx, `INSERT INTO cursors (token, content) VALUES ($1, $2)`, token, string(content)); err != nil {
		return "", fmt.Errorf("keep cursor: %w", err)
	}
	return token, nil
}

// List returns the page at the cursor, or the first one.
func (s *Store) List(ctx context.Context, f Filter, cursor string, limit int) (Page, error) {
	if limit < 1 || limit > 100 {
		return Page{}, errLimit
	}
	p := place{Filter: f, At: time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC), ID: math.MaxInt64}
	if cursor != "" {
		var err error
		if p, err = s.find(ctx, f, cursor); err != nil {
			return Page{}, err
		}
	}
	args := pgx.NamedArgs{"tenant": f.Tenant, "kind": f.Kind, "at": p.At, "id": p.ID, "limit": limit + 1}
	sql := `SELECT id, kind, at FROM events WHERE tenant = @tenant AND (at, id) < (@at, @id)`
	if f.Kind != "" {
		sql += ` AND kind = @kind`
	}
	rows, err := s.pool.Query(ctx, sql+` ORDER BY at DESC, id DESC FETCH FIRST @limit ROWS ONLY`, args)
	if err != nil {
		return Page{}, fmt.Errorf("list events: %w", err)
	}
	events, err := pgx.AppendRows([]Event{}, rows, pgx.RowToStructByName[Event])
	if err != nil {
		return Page{}, fmt.Errorf("list events: %w", err)
	}
	if len(events) <= limit {
		return Page{Events: events}, nil
	}
	last := events[limit-1]
	next, err := s.keep(ctx, place{f, last.At, last.ID})
	return Page{events[:limit], next}, err
}

// Routes answers GET /v1/events.
func Routes(s *Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/events", func(w http.ResponseWriter, r *http.Request) {
		v := r.URL.Query()
		limit := 20
		if text := v.Get("limit"); text != "" {
			var err error
			if limit, err = strconv.Atoi(text); err != nil {
				http.Error(w, errLimit.Error(), http.StatusBadRequest)
				return
			}
		}
		page, err := s.List(r.Context(), Filter{r.Header.Get("X-Tenant"), v.Get("kind")}, v.Get("cursor"), limit)
		switch {
		case errors.Is(err, ErrCursor), errors.Is(err, errLimit):
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		case err != nil:
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
		if page.Next != "" {
			v.Set("cursor", page.Next)
			w.Header().Set("Link", "<?"+v.Encode()+">; rel=\"next\"")
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(struct {
			Events []Event `json:"events"`
		}{page.Events})
	})
	return mux
}
