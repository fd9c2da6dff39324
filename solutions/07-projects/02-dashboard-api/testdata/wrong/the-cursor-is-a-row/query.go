// Wrong: a cursor is base64, and nobody reads that.
//checker:fails TestHidden/what_a_cursor_tells

package dashboard

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A filter is a condition, with its arguments, on people of the tenant.
type filter struct {
	where string
	args  []any
}

func (f *filter) and(condition string, arg any) {
	f.args = append(f.args, arg)
	f.where += fmt.Sprintf(" AND "+condition, len(f.args))
}

// filter reads the conditions from a query: each parameter that is not known to the route.
func (c *call) filter(query url.Values, known ...string) (filter, error) {
	f := filter{where: "tenant_id = $1", args: []any{c.who.Tenant}}
	for name, values := range query {
		if len(values) != 1 {
			return f, refusal{http.StatusBadRequest, "a parameter comes twice"}
		}
		if strings.Contains(" "+strings.Join(known, " ")+" ", " "+name+" ") {
			continue
		}
		field, bound, _ := strings.Cut(name, ".")
		compare, ok := map[string]string{"": "=", "min": ">=", "max": "<="}[bound]
		if err := c.mayUse(Read, field); err != nil {
			return f, err
		}
		if !ok || bound != "" && !isNumber(field) {
			return f, invalid("there is no such filter")
		}
		value, err := parse(field, values[0])
		if err != nil {
			return f, err
		}
		f.and(field+" "+compare+" $%d", value)
	}
	return f, nil
}

// parse reads the value of a field from a text.
func parse(field, text string) (any, error) {
	if !isNumber(field) {
		if strings.ContainsRune(text, 0) {
			return nil, invalid(field + " is no text")
		}
		return text, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalid(field + " is no number")
	}
	return n, nil
}

// A cursor says where a page ended: after the person with this value of the field that it is sorted by.
type cursor struct {
	Sort  string
	Value string
	ID    int64
	Row   map[string]any
}

func listPeople(c *call) (answer, error) {
	query := c.r.URL.Query()
	f, err := c.filter(query, "sort", "limit", "cursor")
	if err != nil {
		return answer{}, err
	}
	sort := query.Get("sort")
	if sort == "" {
		sort = "id"
	}
	field, down := strings.CutPrefix(sort, "-")
	if err := c.mayUse(Read, field); err != nil {
		return answer{}, err
	}
	after, direction := ">", ""
	if down {
		after, direction = "<", " DESC"
	}
	limit := 50
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 100 {
			return answer{}, invalid("limit is a number from 1 to 100")
		}
	}
	if text := query.Get("cursor"); text != "" {
		var at cursor
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || json.Unmarshal(raw, &at) != nil || at.Sort != sort {
			return answer{}, invalid("the cursor is none of this query")
		}
		value, err := parse(field, at.Value)
		if err != nil {
			return answer{}, err
		}
		f.args = append(f.args, value, at.ID)
		f.where += fmt.Sprintf(" AND (%s, id) %s ($%d, $%d)", field, after, len(f.args)-1, len(f.args))
	}
	rows, _ := c.tx.Query(c.ctx, fmt.Sprintf(`SELECT %s FROM people WHERE %s ORDER BY %s%s, id%[4]s LIMIT %d`, strings.Join(personFields, ", "), f.where, field, direction, limit+1), f.args...)
	items, err := pgx.CollectRows(rows, pgx.RowToMap)
	if err != nil {
		return answer{}, err
	}
	var next *string
	if len(items) > limit {
		items = items[:limit]
		last := items[limit-1]
		raw, err := json.Marshal(cursor{sort, fmt.Sprint(last[field]), last["id"].(int64), maps.Clone(last)})
		if err != nil {
			return answer{}, err
		}
		text := base64.RawURLEncoding.EncodeToString(raw)
		next = &text
	}
	for _, item := range items {
		for field := range item {
			if c.can(Read, "person", field) != nil {
				delete(item, field)
			}
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"items": items, "next": next}}, nil
}

// summary counts people, and adds up a field of theirs, for each value of another one.
func summary(c *call) (answer, error) {
	query := c.r.URL.Query()
	f, err := c.filter(query, "by", "sum")
	if err != nil {
		return answer{}, err
	}
	by, sum := query.Get("by"), query.Get("sum")
	if err := c.mayUse(Read, by); err != nil {
		return answer{}, err
	}
	selected := by + ` AS by, count(*) AS count`
	if sum != "" {
		if err := c.mayUse(Read, sum); err != nil {
			return answer{}, err
		}
		if sum != "salary" {
			return answer{}, invalid("this field cannot be added up")
		}
		selected += `, sum(salary)::bigint AS sum`
	}
	rows, _ := c.tx.Query(c.ctx, `SELECT `+selected+` FROM people WHERE `+f.where+` GROUP BY 1 ORDER BY 1`, f.args...)
	list, err := pgx.CollectRows(rows, pgx.RowToMap)
	return answer{status: http.StatusOK, body: list}, err
}
