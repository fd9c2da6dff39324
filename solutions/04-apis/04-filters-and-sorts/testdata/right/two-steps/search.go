// Right: all faults are collected; named arguments; the text is put together from fixed parts.
package filters

import (
	"context"
	"fmt"
	"maps"
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

// Query is what passed.
type Query struct {
	named pgx.NamedArgs
	conds []string
	order [2]string
}

var conditions = map[string]string{
	"status": "status = ANY (@status)", "assignee": "assignee = @assignee", "q": "title LIKE @q",
	"from": "created_at >= @from", "before": "created_at < @before", "sort": "", "limit": "",
}

// ParseQuery checks the parameters.
func ParseQuery(v url.Values) (Query, error) {
	q := Query{named: pgx.NamedArgs{"limit": 20}, order: [2]string{"created_at", "DESC"}}
	faults := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		cond, known := conditions[name]
		if !known {
			faults[name] = "unknown"
			continue
		}
		if err := q.read(name, v[name]); err != nil {
			faults[name] = err.Error()
		}
		if cond != "" {
			q.conds = append(q.conds, cond)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		return Query{}, &ParamError{Param: name, Reason: faults[name]}
	}
	return q, nil
}

func (q *Query) read(name string, values []string) error {
	if name == "status" {
		for _, s := range values {
			if !slices.Contains([]string{"open", "waiting", "closed"}, s) {
				return fmt.Errorf("%q is no status", s)
			}
		}
		q.named[name] = values
		return nil
	}
	if len(values) > 1 || values[0] == "" {
		return fmt.Errorf("wanted once")
	}
	value := values[0]
	switch name {
	case "from", "before":
		at, err := time.Parse(time.RFC3339, value)
		q.named[name] = at
		return err
	case "limit":
		n, err := strconv.Atoi(value)
		q.named[name] = n
		if n < 1 || n > 100 || err != nil {
			return fmt.Errorf("%q is not from 1 to 100", value)
		}
	case "sort":
		q.order = [2]string{strings.TrimPrefix(value, "-"), "ASC"}
		if value[0] == '-' {
			q.order[1] = "DESC"
		}
		if q.order[0] != "priority" && q.order[0] != "created_at" {
			return fmt.Errorf("%q is no order", value)
		}
	default:
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return fmt.Errorf("no text")
		}
		if name == "q" {
			value = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(value) + "%"
		}
		q.named[name] = value
	}
	return nil
}

// Search returns the tickets that q asks for.
func Search(ctx context.Context, pool *pgxpool.Pool, q Query) ([]Ticket, error) {
	sql := "SELECT * FROM tickets WHERE " + strings.Join(append([]string{"TRUE"}, q.conds...), " AND ") +
		" ORDER BY " + q.order[0] + " " + q.order[1] + ", id " + q.order[1] + " LIMIT @limit"
	rows, err := pool.Query(ctx, sql, q.named)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Ticket])
}
