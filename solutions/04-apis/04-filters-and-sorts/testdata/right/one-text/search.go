// Right: one text for every search; what was not asked for is NULL.
package filters

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Ticket is a row of the table tickets.
type Ticket struct {
	ID        int64
	Title     string
	Status    string
	Priority  int32
	Assignee  string
	CreatedAt time.Time
}

// ParamError says which parameter is at fault, and why.
type ParamError struct {
	Param  string // its name as it was written
	Reason string // for the caller, in any words
}

func (e *ParamError) Error() string { return fmt.Sprintf("parameter %q: %s", e.Param, e.Reason) }

// Query holds the arguments of the statement.
type Query struct {
	statuses     []string
	assignee, q  *string
	from, before *time.Time
	sort         string
	limit        int
}

const search = `
SELECT id, title, status, priority, assignee, created_at
FROM tickets
WHERE ($1::text[] IS NULL OR status = ANY ($1))
  AND ($2::text IS NULL OR assignee = $2)
  AND ($3::text IS NULL OR position($3 IN title) > 0)
  AND ($4::timestamptz IS NULL OR created_at >= $4)
  AND ($5::timestamptz IS NULL OR created_at < $5)
ORDER BY CASE WHEN $6::text = 'created_at' THEN created_at END,
         CASE WHEN $6 = '-created_at' THEN created_at END DESC,
         CASE WHEN $6 = 'priority' THEN priority END,
         CASE WHEN $6 = '-priority' THEN priority END DESC,
         CASE WHEN $6 IN ('created_at', 'priority') THEN id END,
         CASE WHEN $6 IN ('-created_at', '-priority') THEN id END DESC
LIMIT $7`

// ParseQuery checks the parameters.
func ParseQuery(v url.Values) (Query, error) {
	q := Query{sort: "-created_at", limit: 20}
	for name := range v {
		if err := q.set(name, v[name]); err != "" {
			return Query{}, &ParamError{Param: name, Reason: err}
		}
	}
	return q, nil
}

func (q *Query) set(name string, values []string) string {
	if name != "status" && len(values) != 1 {
		return "more than once, or unknown"
	}
	value := values[0]
	for _, v := range values {
		if v == "" {
			return "empty"
		}
	}
	switch name {
	case "status":
		for _, s := range values {
			switch s {
			case "open", "waiting", "closed":
			default:
				return "no such status"
			}
		}
		q.statuses = values
	case "assignee", "q":
		if !utf8.ValidString(value) || strings.Contains(value, "\x00") {
			return "not a text"
		}
		if name == "q" {
			q.q = &value
		} else {
			q.assignee = &value
		}
	case "from", "before":
		t, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			return err.Error()
		}
		if name == "from" {
			q.from = &t
		} else {
			q.before = &t
		}
	case "sort":
		switch value {
		case "created_at", "-created_at", "priority", "-priority":
			q.sort = value
		default:
			return "no such order"
		}
	case "limit":
		n, err := strconv.ParseUint(value, 10, 8)
		if err != nil || n == 0 || n > 100 {
			return "not from 1 to 100"
		}
		q.limit = int(n)
	default:
		return "unknown"
	}
	return ""
}

// Search returns the tickets that q asks for.
func Search(ctx context.Context, pool *pgxpool.Pool, q Query) ([]Ticket, error) {
	rows, err := pool.Query(ctx, search, q.statuses, q.assignee, q.q, q.from, q.before, q.sort, q.limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([]Ticket, 0, q.limit)
	for rows.Next() {
		var t Ticket
		if err := rows.Scan(&t.ID, &t.Title, &t.Status, &t.Priority, &t.Assignee, &t.CreatedAt); err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	return found, rows.Err()
}
