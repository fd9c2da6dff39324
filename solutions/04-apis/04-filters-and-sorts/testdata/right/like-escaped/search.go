// Right: LIKE with escapes, IN with as many parameters as there are values, parameters in the order of a list.
package filters

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
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

// Query is a statement with its arguments.
type Query struct {
	where []string
	args  []any
	by    string
	desc  bool
	limit int
}

var number = regexp.MustCompile(`^[1-9][0-9]?$|^100$`)

// ParseQuery checks the parameters.
func ParseQuery(v url.Values) (Query, error) {
	q := Query{by: "created_at", desc: true, limit: 20}
	steps := []struct {
		name string
		take func(name string, values []string) error
	}{
		{"status", q.status}, {"assignee", q.assignee}, {"q", q.title}, {"from", q.time(">=")}, {"before", q.time("<")}, {"sort", q.sort}, {"limit", q.max},
	}
	seen := 0
	for _, s := range steps {
		values, ok := v[s.name]
		if !ok {
			continue
		}
		seen++
		if len(values) > 1 && s.name != "status" {
			return Query{}, &ParamError{s.name, "comes more than once"}
		}
		for _, value := range values {
			if value == "" || !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
				return Query{}, &ParamError{s.name, "is empty or no text"}
			}
		}
		if err := s.take(s.name, values); err != nil {
			return Query{}, err
		}
	}
	if seen == len(v) {
		return q, nil
	}
	for name := range v {
		known := false
		for _, s := range steps {
			known = known || s.name == name
		}
		if !known {
			return Query{}, fmt.Errorf("query: %w", &ParamError{name, "is unknown"})
		}
	}
	return q, nil
}

func (q *Query) arg(value any) string {
	q.args = append(q.args, value)
	return fmt.Sprint("$", len(q.args))
}

func (q *Query) status(name string, values []string) error {
	var in []string
	for _, value := range values {
		if !strings.Contains("|open|waiting|closed|", "|"+value+"|") || strings.Contains(value, "|") {
			return &ParamError{name, "is no status: " + value}
		}
		in = append(in, q.arg(value))
	}
	q.where = append(q.where, "status IN ("+strings.Join(in, ", ")+")")
	return nil
}

func (q *Query) assignee(_ string, values []string) error {
	q.where = append(q.where, "assignee = "+q.arg(values[0]))
	return nil
}

func (q *Query) title(_ string, values []string) error {
	pattern := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(values[0])
	q.where = append(q.where, "title LIKE "+q.arg("%"+pattern+"%")+" ESCAPE '!'")
	return nil
}

func (q *Query) time(operator string) func(string, []string) error {
	return func(name string, values []string) error {
		t, err := time.Parse(time.RFC3339, values[0])
		if err != nil {
			return &ParamError{name, "is no time"}
		}
		q.where = append(q.where, "created_at "+operator+" "+q.arg(t.UTC()))
		return nil
	}
}

func (q *Query) sort(name string, values []string) error {
	by, desc := strings.CutPrefix(values[0], "-")
	if by != "created_at" && by != "priority" {
		return &ParamError{name, "is no order"}
	}
	q.by, q.desc = by, desc
	return nil
}

func (q *Query) max(name string, values []string) error {
	if !number.MatchString(values[0]) {
		return &ParamError{name, "is too small or too large"}
	}
	q.limit, _ = strconv.Atoi(values[0])
	return nil
}

// Search returns the tickets that q asks for.
func Search(ctx context.Context, pool *pgxpool.Pool, q Query) ([]Ticket, error) {
	var sql strings.Builder
	sql.WriteString("SELECT id, title, status, priority, assignee, created_at FROM tickets")
	for i, condition := range q.where {
		if i == 0 {
			sql.WriteString(" WHERE ")
		} else {
			sql.WriteString(" AND ")
		}
		sql.WriteString(condition)
	}
	direction := ""
	if q.desc {
		direction = " DESC"
	}
	args := append(q.args[:len(q.args):len(q.args)], q.limit)
	fmt.Fprintf(&sql, " ORDER BY %[1]s%[2]s, id%[2]s LIMIT $%[3]d", q.by, direction, len(args))
	rows, _ := pool.Query(ctx, sql.String(), args...)
	return pgx.CollectRows(rows, pgx.RowToStructByNameLax[Ticket])
}
