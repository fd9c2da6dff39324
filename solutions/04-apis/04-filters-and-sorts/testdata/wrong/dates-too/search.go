// Wrong: a day is a time, too.
//checker:fails TestParseQuery/refuses_a_time_that_is_none
//checker:hint 1

// Package filters searches tickets the way that strangers ask for.
package filters

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
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

// Query is a search that has been checked.
type Query struct {
	filters []filter
	order   string // SQL
	limit   int
}

// filter is a condition on one value, which takes the place of %s as a parameter.
type filter struct {
	sql   string
	value any
}

// orders has all the SQL that a stranger can choose from. An index serves each of
// them, because the id goes the same way.
var orders = map[string]string{
	"created_at":  "created_at, id",
	"-created_at": "created_at DESC, id DESC",
	"priority":    "priority, id",
	"-priority":   "priority DESC, id DESC",
}

// params has a reader for each parameter. It returns the reason why the value is not good, or "".
var params = map[string]func(q *Query, value string) (reason string){
	"assignee": text("assignee = %s"),
	"q":        text("strpos(title, %s) > 0"),
	"from":     instant("created_at >= %s"),
	"before":   instant("created_at < %s"),
	"sort": func(q *Query, value string) string {
		if q.order = orders[value]; q.order == "" {
			return "must be created_at or priority, or one of them after a -"
		}
		return ""
	},
	"limit": func(q *Query, value string) (reason string) {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 100 {
			return "must be a number from 1 to 100"
		}
		q.limit = n
		return ""
	},
}

// ParseQuery checks the parameters. Its error is a *ParamError.
func ParseQuery(v url.Values) (Query, error) {
	q := Query{order: orders["-created_at"], limit: 20}
	for name, values := range v {
		read, known := params[name]
		reason := ""
		switch {
		case name == "status":
			reason = q.status(values)
		case !known:
			reason = "there is no such parameter"
		case len(values) != 1:
			reason = "must be there once"
		default:
			reason = read(&q, values[0])
		}
		if reason != "" {
			return Query{}, &ParamError{name, reason}
		}
	}
	slices.SortFunc(q.filters, func(a, b filter) int { return strings.Compare(a.sql, b.sql) }) // a map comes in any order, and the text shall not
	return q, nil
}

func (q *Query) status(values []string) (reason string) {
	for _, s := range values {
		if s != "open" && s != "waiting" && s != "closed" {
			return "must be open, waiting or closed"
		}
	}
	q.filters = append(q.filters, filter{"status = ANY(%s)", values})
	return ""
}

func text(sql string) func(*Query, string) string {
	return func(q *Query, value string) string {
		if value == "" || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return "must be text that is not empty, without U+0000"
		}
		q.filters = append(q.filters, filter{sql, value})
		return ""
	}
}

func instant(sql string) func(*Query, string) string {
	return func(q *Query, value string) string {
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			at, err = time.Parse(time.DateOnly, value)
		}
		if err != nil {
			return "must be a time such as 2026-01-31T12:00:00Z"
		}
		q.filters = append(q.filters, filter{sql, at})
		return ""
	}
}

// Search returns the tickets that q asks for.
func Search(ctx context.Context, pool *pgxpool.Pool, q Query) ([]Ticket, error) {
	conditions := []string{"true"}
	args := []any{q.limit}
	for _, f := range q.filters {
		args = append(args, f.value)
		conditions = append(conditions, fmt.Sprintf(f.sql, "$"+strconv.Itoa(len(args))))
	}
	rows, err := pool.Query(ctx, `
		SELECT id, title, status, priority, assignee, created_at FROM tickets
		WHERE `+strings.Join(conditions, " AND ")+`
		ORDER BY `+q.order+` LIMIT $1`, args...)
	if err != nil {
		return nil, fmt.Errorf("search tickets: %w", err)
	}
	tickets, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Ticket])
	if err != nil {
		return nil, fmt.Errorf("search tickets: %w", err)
	}
	return tickets, nil
}
