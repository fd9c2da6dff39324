package store

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/07-projects/02-dashboard-api/policy"
)

type person struct {
	ID      int64
	Version int64
	Name    string
	Team    string
	Phone   string
	Salary  int64
}

// columns are in the order of the struct.
const columns = `id, version, name, team, phone, salary`

func (p *person) value(field string) any {
	switch field {
	case "id":
		return p.ID
	case "name":
		return p.Name
	case "team":
		return p.Team
	case "phone":
		return p.Phone
	case "salary":
		return p.Salary
	}
	return nil
}

// compare orders by a field.
func compare(a, b any) int {
	if n, ok := a.(int64); ok {
		return cmp.Compare(n, b.(int64))
	}
	return strings.Compare(a.(string), b.(string))
}

// set takes a value from JSON.
func (p *person) set(field string, value any) error {
	text, isText := value.(string)
	digits, _ := value.(json.Number)
	number, err := strconv.ParseInt(string(digits), 10, 64)
	switch {
	case field == "salary" && err == nil && number >= 0:
		p.Salary = number
	case !isText || strings.Contains(text, "\x00"):
		return ErrInvalid
	case field == "name":
		p.Name = text
	case field == "team":
		p.Team = text
	case field == "phone":
		p.Phone = text
	default:
		return ErrInvalid
	}
	if p.Name == "" || p.Team == "" {
		return ErrInvalid
	}
	return nil
}

// may decides about one field; a name that is no field is refused like one that is hidden.
func may(who policy.Principal, a policy.Action, field string) error {
	if !slices.Contains(policy.Fields, field) {
		return ErrInvalid
	}
	if !policy.Can(who, a, policy.Object{Tenant: who.Tenant, Kind: "person", Field: field}).Allowed {
		return ErrForbidden
	}
	return nil
}

func (p *person) seenBy(who policy.Principal) map[string]any {
	seen := map[string]any{}
	for _, field := range policy.Fields {
		if may(who, policy.Read, field) == nil {
			seen[field] = p.value(field)
		}
	}
	return seen
}

// all reads the people of a tenant who match the filters: a tenant has some hundreds.
func (s *Session) all(who policy.Principal, query url.Values, others ...string) ([]person, error) {
	rows, _ := s.tx.Query(s.ctx, `SELECT `+columns+` FROM people WHERE tenant = $1 ORDER BY id`, who.Tenant)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[person])
	if err != nil {
		return nil, err
	}
	for name := range query {
		if slices.Contains(others, name) {
			continue
		}
		field := strings.TrimSuffix(strings.TrimSuffix(name, ".min"), ".max")
		if err := may(who, policy.Read, field); err != nil {
			return nil, err
		}
		var want any = query.Get(name)
		if field == "id" || field == "salary" {
			if want, err = strconv.ParseInt(query.Get(name), 10, 64); err != nil {
				return nil, ErrInvalid
			}
		} else if field != name {
			return nil, ErrInvalid
		}
		list = slices.DeleteFunc(list, func(p person) bool {
			order := compare(p.value(field), want)
			return order < 0 && !strings.HasSuffix(name, ".max") || order > 0 && !strings.HasSuffix(name, ".min")
		})
	}
	return list, nil
}

type Page struct {
	Items []map[string]any `json:"items"`
	Next  *string          `json:"next"`
}

func (s *Session) People(tenant int64, query url.Values) (page Page, err error) {
	who, err := s.may(tenant, policy.Read, "person")
	if err != nil {
		return page, err
	}
	list, err := s.all(who, query, "sort", "limit", "cursor")
	if err != nil {
		return page, err
	}
	sort := cmp.Or(query.Get("sort"), "id")
	field, down := strings.CutPrefix(sort, "-")
	if err := may(who, policy.Read, field); err != nil {
		return page, err
	}
	order := func(a, b person) int {
		c := cmp.Or(compare(a.value(field), b.value(field)), cmp.Compare(a.ID, b.ID))
		if down {
			return -c
		}
		return c
	}
	slices.SortFunc(list, order)
	if cursor := query.Get("cursor"); cursor != "" {
		raw, _ := base64.URLEncoding.DecodeString(cursor)
		parts := strings.SplitN(string(raw), "|", 3)
		if len(parts) != 3 || parts[0] != sort {
			return page, ErrInvalid
		}
		last := person{Name: parts[2], Team: parts[2], Phone: parts[2]}
		last.ID, _ = strconv.ParseInt(parts[1], 10, 64)
		last.Salary, _ = strconv.ParseInt(parts[2], 10, 64)
		list = slices.DeleteFunc(list, func(p person) bool { return order(p, last) <= 0 })
	}
	limit := 50
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 100 {
			return page, ErrInvalid
		}
	}
	page.Items = []map[string]any{}
	for i, p := range list {
		if i == limit {
			last := list[i-1]
			next := base64.URLEncoding.EncodeToString([]byte(fmt.Sprintf("%s|%d|%v", sort, last.ID, last.value(field))))
			page.Next = &next
			break
		}
		page.Items = append(page.Items, p.seenBy(who))
	}
	return page, nil
}

func (s *Session) Summary(tenant int64, query url.Values) (any, error) {
	who, err := s.may(tenant, policy.Read, "person")
	if err != nil {
		return nil, err
	}
	by, sum := query.Get("by"), query.Get("sum")
	for _, field := range []string{by, cmp.Or(sum, "id")} {
		if err := may(who, policy.Read, field); err != nil {
			return nil, err
		}
	}
	if by == "id" || by == "salary" || sum != "" && sum != "salary" {
		return nil, ErrInvalid
	}
	list, err := s.all(who, query, "by", "sum")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b person) int { return compare(a.value(by), b.value(by)) })
	groups := []map[string]any{}
	for _, p := range list {
		if len(groups) == 0 || groups[len(groups)-1]["by"] != p.value(by) {
			groups = append(groups, map[string]any{"by": p.value(by), "count": 0})
		}
		g := groups[len(groups)-1]
		g["count"] = g["count"].(int) + 1
		if sum != "" {
			before, _ := g["sum"].(int64)
			g["sum"] = before + p.Salary
		}
	}
	return groups, nil
}

func (s *Session) one(tenant, id int64) (person, error) {
	rows, _ := s.tx.Query(s.ctx, `SELECT `+columns+` FROM people WHERE tenant = $1 AND id = $2`, tenant, id)
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[person])
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNotFound
	}
	return p, err
}

// Person has an ETag of the version and the role: what the two of them tell is seen.
func (s *Session) Person(tenant, id int64) (map[string]any, string, error) {
	who, err := s.may(tenant, policy.Read, "person")
	if err != nil {
		return nil, "", err
	}
	p, err := s.one(tenant, id)
	return p.seenBy(who), fmt.Sprintf(`W/"%d.%d.%s"`, id, p.Version, who.Role), err
}

func (s *Session) AddPerson(tenant int64, read func(*map[string]any) error) (any, error) {
	who, err := s.may(tenant, policy.Create, "person")
	if err != nil {
		return nil, err
	}
	var in map[string]any
	if err := read(&in); err != nil {
		return nil, err
	}
	p := person{Name: "?", Team: "?"}
	for field, value := range in {
		if err := may(who, policy.Update, field); err != nil {
			return nil, err
		}
		if err := p.set(field, value); err != nil {
			return nil, err
		}
	}
	if in["name"] == nil || in["team"] == nil {
		return nil, ErrInvalid
	}
	err = s.tx.QueryRow(s.ctx, `INSERT INTO people (tenant, name, team, phone, salary) VALUES ($1, $2, $3, $4, $5) RETURNING id`, tenant, p.Name, p.Team, p.Phone, p.Salary).Scan(&p.ID)
	return p.seenBy(who), err
}

func (s *Session) ChangePeople(tenant int64, read func(*[]map[string]any) error) ([]map[string]any, error) {
	who, err := s.may(tenant, policy.Update, "person")
	if err != nil {
		return nil, err
	}
	var in []map[string]any
	if err := read(&in); err != nil {
		return nil, err
	}
	for _, change := range in {
		for field := range change {
			if err := may(who, policy.Update, field); err != nil && field != "id" {
				return nil, err
			}
		}
	}
	seen := []map[string]any{}
	for _, change := range in {
		digits, _ := change["id"].(json.Number)
		id, err := digits.Int64()
		if err != nil {
			return nil, ErrInvalid
		}
		p, err := s.one(tenant, id)
		if err != nil {
			return nil, err
		}
		for field, value := range change {
			if field == "id" {
				continue
			}
			if err := p.set(field, value); err != nil {
				return nil, err
			}
		}
		_, err = s.tx.Exec(s.ctx, `UPDATE people SET version = version + 1, name = $2, team = $3, phone = $4, salary = $5 WHERE id = $1`, p.ID, p.Name, p.Team, p.Phone, p.Salary)
		if err != nil {
			return nil, err
		}
		seen = append(seen, p.seenBy(who))
	}
	return seen, nil
}

func (s *Session) DeletePerson(tenant, id int64) error {
	if _, err := s.may(tenant, policy.Delete, "person"); err != nil {
		return err
	}
	if _, err := s.one(tenant, id); err != nil {
		return err
	}
	_, err := s.tx.Exec(s.ctx, `DELETE FROM people WHERE tenant = $1 AND id = $2`, tenant, id)
	return err
}
