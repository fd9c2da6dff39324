package dashboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

type person struct {
	id                int64
	name, team, phone string
	salary            int64
}

var personFields = []string{"id", "name", "team", "phone", "salary"}

func isNumber(field string) bool { return field == "id" || field == "salary" }

// show is what the member may read of a person.
func (p Principal) show(x person) map[string]any {
	all := map[string]any{"id": x.id, "name": x.name, "team": x.team, "phone": x.phone, "salary": x.salary}
	for _, f := range personFields {
		if !p.can(Read, "person", f) {
			delete(all, f)
		}
	}
	return all
}

const personColumns = `id, name, team, phone, salary`

func scanPerson(row pgx.CollectableRow) (x person, err error) {
	err = row.Scan(&x.id, &x.name, &x.team, &x.phone, &x.salary)
	return x, err
}

func (a *App) getPerson(w http.ResponseWriter, r *http.Request) error {
	var p Principal
	var x person
	if err := a.read(r.Context(), func(tx pgx.Tx) (err error) {
		if p, err = member(tx, r); err != nil {
			return err
		}
		if !p.can(Read, "person", "") {
			return forbidden()
		}
		id, err := pathID(r, "p")
		if err != nil {
			return err
		}
		rows, err := tx.Query(r.Context(), `SELECT `+personColumns+` FROM people WHERE tenant_id = $1 AND id = $2`, p.Tenant, id)
		if err != nil {
			return err
		}
		x, err = pgx.CollectExactlyOneRow(rows, scanPerson)
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound()
		}
		return err
	}); err != nil {
		return err
	}
	shown := p.show(x)
	body, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	// Of what is shown, not of a version: that would tell of changes to what is hidden.
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", p.Tenant, p.Role, body))
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return answer(w, http.StatusOK, shown)
}

// matches compares weakly. Our tags have no commas.
func matches(headers []string, tag string) bool {
	for _, h := range headers {
		for one := range strings.SplitSeq(h, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// change is what a body says of a person: the fields, by name.
type change map[string]json.RawMessage

// permit refuses fields that the member may not write, whatever their values are.
func (p Principal) permit(c change) error {
	unknown := ""
	for f := range c {
		if !slices.Contains(personFields, f) {
			unknown = f
		} else if !p.can(Update, "person", f) {
			return refuse(http.StatusForbidden, "your role may not write %s", f)
		}
	}
	if unknown != "" {
		return senseless("there is no field %q", unknown)
	}
	return nil
}

func (c change) apply(x *person) error {
	for f, v := range c {
		if f == "salary" {
			n, err := strconv.ParseInt(string(bytes.TrimSpace(v)), 10, 64)
			if err != nil || n < 0 {
				return senseless("salary has to be a whole number of cents, from 0 up")
			}
			x.salary = n
			continue
		}
		s, err := text(f, v)
		if err != nil {
			return err
		}
		switch f {
		case "name":
			x.name = s
		case "team":
			x.team = s
		case "phone":
			x.phone = s
		}
	}
	if strings.TrimSpace(x.name) == "" || strings.TrimSpace(x.team) == "" {
		return senseless("name and team are never empty")
	}
	return nil
}

func (a *App) createPerson(w http.ResponseWriter, r *http.Request) error {
	body, bodyErr := readBody(w, r)
	var p Principal
	var x person
	if err := a.write(r.Context(), func(tx pgx.Tx) (err error) {
		if p, err = locked(tx, r, shared); err != nil {
			return err
		}
		if !p.can(Create, "person", "") {
			return forbidden()
		}
		if bodyErr != nil {
			return bodyErr
		}
		c, err := object(body)
		if err != nil {
			return err
		}
		if err := p.permit(c); err != nil {
			return err
		}
		if err := change(c).apply(&x); err != nil {
			return err
		}
		return tx.QueryRow(r.Context(), `INSERT INTO people (tenant_id, name, team, phone, salary) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			p.Tenant, x.name, x.team, x.phone, x.salary).Scan(&x.id)
	}); err != nil {
		return err
	}
	w.Header().Set("Location", fmt.Sprintf("/tenants/%d/people/%d", p.Tenant, x.id))
	return answer(w, http.StatusCreated, p.show(x))
}

func (a *App) patchPerson(w http.ResponseWriter, r *http.Request) error {
	body, bodyErr := readBody(w, r)
	var out []map[string]any
	if err := a.write(r.Context(), func(tx pgx.Tx) error {
		p, err := locked(tx, r, shared)
		if err != nil {
			return err
		}
		if !p.can(Update, "person", "") {
			return forbidden()
		}
		if bodyErr != nil {
			return bodyErr
		}
		c, err := object(body)
		if err != nil {
			return err
		}
		if err := p.permit(c); err != nil {
			return err
		}
		id, err := pathID(r, "p")
		if err != nil {
			return err
		}
		out, err = update(r.Context(), tx, p, []int64{id}, []change{c})
		return err
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out[0])
}

func (a *App) patchPeople(w http.ResponseWriter, r *http.Request) error {
	body, bodyErr := readBody(w, r)
	out := []map[string]any{}
	if err := a.write(r.Context(), func(tx pgx.Tx) error {
		p, err := locked(tx, r, shared)
		if err != nil {
			return err
		}
		if !p.can(Update, "person", "") {
			return forbidden()
		}
		if bodyErr != nil {
			return bodyErr
		}
		var list []json.RawMessage
		if err := json.Unmarshal(body, &list); err != nil || list == nil {
			return senseless("a list is needed")
		}
		var ids []int64
		var changes []change
		var wrong error // told when nothing is forbidden
		for _, one := range list {
			c, err := object(one)
			if err != nil {
				wrong = err
				continue
			}
			id, err := strconv.ParseInt(string(bytes.TrimSpace(c["id"])), 10, 64)
			if err != nil {
				wrong = senseless("each change needs the id of a person")
			}
			delete(c, "id")
			var refused *problem
			if err := p.permit(c); errors.As(err, &refused) && refused.status != http.StatusForbidden {
				wrong = err
			} else if err != nil {
				return err
			}
			if slices.Contains(ids, id) {
				wrong = senseless("one change for each person")
			}
			ids, changes = append(ids, id), append(changes, c)
		}
		if wrong != nil {
			return wrong
		}
		out, err = update(r.Context(), tx, p, ids, changes)
		return err
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

// update changes people, all or none.
func update(ctx context.Context, tx pgx.Tx, p Principal, ids []int64, changes []change) ([]map[string]any, error) {
	rows, err := tx.Query(ctx, `SELECT `+personColumns+` FROM people WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE`, p.Tenant, ids)
	if err != nil {
		return nil, err
	}
	people, err := pgx.CollectRows(rows, scanPerson)
	if err != nil {
		return nil, err
	}
	if len(people) != len(ids) {
		return nil, notFound()
	}
	byID := map[int64]*person{}
	for i := range people {
		byID[people[i].id] = &people[i]
	}
	out := []map[string]any{}
	var names, teams, phones []string
	var salaries []int64
	for i, id := range ids {
		x := byID[id]
		if err := changes[i].apply(x); err != nil {
			return nil, err
		}
		names, teams, phones, salaries = append(names, x.name), append(teams, x.team), append(phones, x.phone), append(salaries, x.salary)
		out = append(out, p.show(*x))
	}
	_, err = tx.Exec(ctx, `UPDATE people SET name = n.name, team = n.team, phone = n.phone, salary = n.salary
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[]) AS n (id, name, team, phone, salary)
		WHERE people.tenant_id = $1 AND people.id = n.id`, p.Tenant, ids, names, teams, phones, salaries)
	return out, err
}

func (a *App) deletePerson(w http.ResponseWriter, r *http.Request) error {
	if err := a.write(r.Context(), func(tx pgx.Tx) error {
		p, err := locked(tx, r, shared)
		if err != nil {
			return err
		}
		if !p.can(Delete, "person", "") {
			return forbidden()
		}
		id, err := pathID(r, "p")
		if err != nil {
			return err
		}
		tag, err := tx.Exec(r.Context(), `DELETE FROM people WHERE tenant_id = $1 AND id = $2`, p.Tenant, id)
		if err == nil && tag.RowsAffected() == 0 {
			return notFound()
		}
		return err
	}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// query reads the parameters; each comes once, and all of them can be read.
func query(r *http.Request) (map[string]string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the query cannot be read")
	}
	q := map[string]string{}
	for name, vs := range values {
		if len(vs) != 1 {
			return nil, senseless("%q is there more than once", name)
		}
		if !utf8.ValidString(vs[0]) || strings.ContainsRune(vs[0], 0) {
			return nil, senseless("%q is no text", name)
		}
		q[name] = vs[0]
	}
	return q, nil
}

// readable says whether the field is one, and the member may read it.
func (p Principal) readable(field string) error {
	if !slices.Contains(personFields, field) {
		return senseless("there is no field %q", field)
	}
	if !p.can(Read, "person", field) {
		return refuse(http.StatusForbidden, "your role may not read %s", field)
	}
	return nil
}

// A selection is a condition with its arguments. Names of columns in it are those of personFields.
type selection struct {
	where []string
	args  []any
}

func (s *selection) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

func (s *selection) condition() string { return strings.Join(s.where, " AND ") }

// value is what a parameter says of a field.
func value(field, v string) (any, error) {
	if !isNumber(field) {
		return v, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return nil, senseless("%s is a whole number", field)
	}
	return n, nil
}

// filter reads the filters of q, which are all parameters but others.
func (p Principal) filter(q map[string]string, others ...string) (*selection, error) {
	s := &selection{}
	s.where = append(s.where, "tenant_id = "+s.arg(p.Tenant))
	var wrong error
	for name, v := range q {
		if slices.Contains(others, name) {
			continue
		}
		field, op := name, "="
		if f, ok := strings.CutSuffix(name, ".min"); ok {
			field, op = f, ">="
		} else if f, ok := strings.CutSuffix(name, ".max"); ok {
			field, op = f, "<="
		}
		if err := p.readable(field); err != nil {
			return nil, err
		}
		x, err := value(field, v)
		if err != nil {
			wrong = err
			continue
		}
		s.where = append(s.where, field+" "+op+" "+s.arg(x))
	}
	return s, wrong
}

// A cursor is where a page ended: the value of the field that it was sorted by, and the id.
type cursor struct {
	Tenant int64  `json:"t"`
	Sort   string `json:"s"`
	Value  string `json:"v"`
	ID     int64  `json:"i"`
}

func (a *App) listPeople(w http.ResponseWriter, r *http.Request) error {
	var out struct {
		Items []map[string]any `json:"items"`
		Next  *string          `json:"next"`
	}
	out.Items = []map[string]any{}
	if err := a.read(r.Context(), func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		if !p.can(Read, "person", "") {
			return forbidden()
		}
		q, err := query(r)
		if err != nil {
			return err
		}
		sort, ok := q["sort"]
		if !ok {
			sort = "id"
		}
		field, down := strings.CutPrefix(sort, "-")
		if err := p.readable(field); err != nil {
			return err
		}
		s, err := p.filter(q, "sort", "limit", "cursor")
		if err != nil {
			return err
		}
		limit := 50
		if v, ok := q["limit"]; ok {
			if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > 100 {
				return senseless("limit is 1 to 100")
			}
		}
		op, dir := ">", "ASC"
		if down {
			op, dir = "<", "DESC"
		}
		if v, ok := q["cursor"]; ok {
			c, err := readCursor(v)
			if err != nil || c.Tenant != p.Tenant || c.Sort != sort {
				return senseless("this is no cursor of this list")
			}
			x, err := value(field, c.Value)
			if err != nil {
				return senseless("this is no cursor of this list")
			}
			s.where = append(s.where, fmt.Sprintf("(%s, id) %s (%s, %s)", field, op, s.arg(x), s.arg(c.ID)))
		}
		rows, err := tx.Query(r.Context(), fmt.Sprintf(`SELECT %s FROM people WHERE %s ORDER BY %s %s, id %s LIMIT %d`,
			personColumns, s.condition(), field, dir, dir, limit+1), s.args...)
		if err != nil {
			return err
		}
		people, err := pgx.CollectRows(rows, scanPerson)
		if err != nil {
			return err
		}
		if len(people) > limit {
			people = people[:limit]
			x := people[limit-1]
			c := cursor{Tenant: p.Tenant, Sort: sort, ID: x.id}
			c.Value = fmt.Sprint(p.show(x)[field])
			next, err := writeCursor(c)
			if err != nil {
				return err
			}
			out.Next = &next
		}
		for _, x := range people {
			out.Items = append(out.Items, p.show(x))
		}
		return nil
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

func writeCursor(c cursor) (string, error) {
	b, err := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(b), err
}

func readCursor(s string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, err
	}
	if strings.ContainsRune(c.Value, 0) {
		return c, errors.New("no text")
	}
	return c, nil
}

func (a *App) summarizePeople(w http.ResponseWriter, r *http.Request) error {
	out := []map[string]any{}
	if err := a.read(r.Context(), func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		if !p.can(Read, "person", "") {
			return forbidden()
		}
		q, err := query(r)
		if err != nil {
			return err
		}
		by := q["by"]
		sum, summed := q["sum"]
		if err := p.readable(by); err != nil {
			return err
		}
		if summed {
			if err := p.readable(sum); err != nil {
				return err
			}
		}
		s, err := p.filter(q, "by", "sum")
		if err != nil {
			return err
		}
		if isNumber(by) {
			return senseless("by is name, team or phone")
		}
		if summed && sum != "salary" {
			return senseless("sum is salary")
		}
		rows, err := tx.Query(r.Context(), fmt.Sprintf(`SELECT %s, count(*), sum(salary)::text FROM people WHERE %s GROUP BY 1 ORDER BY 1`,
			by, s.condition()), s.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var group, total string
			var count int64
			if err := rows.Scan(&group, &count, &total); err != nil {
				return err
			}
			line := map[string]any{"by": group, "count": count}
			if summed {
				line["sum"] = json.Number(total)
			}
			out = append(out, line)
		}
		return rows.Err()
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}
