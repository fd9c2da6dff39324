package dashboard_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

// A person as a client sees one: by the names of the fields. Numbers are json.Number.
type person map[string]any

type page struct {
	Items []person `json:"items"`
	Next  *string  `json:"next"`
}

// staffed is a tenant with one member of each role, and with people.
type staffed struct {
	*site
	tenant
	by     map[string]user // by role
	people []person        // whole, by id
}

func (s *site) staff(n int) *staffed {
	s.t.Helper()
	x := &staffed{site: s, tenant: s.tenant(ann), by: map[string]user{"admin": ann, "finance": bob, "manager": eve, "viewer": ned}}
	for _, role := range allRoles[1:] {
		s.join(x.tenant, ann, x.by[role], role)
	}
	for i := range n {
		p := person{"name": s.rand.Word(), "team": seed.Pick(s.rand, "sales", "support", "board"), "phone": fmt.Sprint("+34-600-", s.rand.Between(1e8, 9e8)), "salary": s.rand.Between(1e8, 9e8)}
		if i < 3 {
			p["team"] = []string{"sales", "support", "board"}[i]
		}
		a := s.ask(s.Server, "An admin adds a person", ann, "POST", x.path("/people"), text(p), 201)
		p["id"] = read[person](x, a)["id"]
		p["salary"] = json.Number(fmt.Sprint(p["salary"]))
		x.people = append(x.people, p)
	}
	return x
}

func text(v any) string { raw, _ := json.Marshal(v); return string(raw) }

// read decodes a body, whose numbers may be large.
func read[T any](x *staffed, a wire.Answer) T {
	x.t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(a.Body))
	d.UseNumber()
	require.NoErrorf(x.t, d.Decode(&v), "The body is JSON of the promised form.\n%s", a.Story())
	return v
}

func (x *staffed) one(p person) string { return x.path(fmt.Sprint("/people/", p["id"])) }

// as is a person as a role sees it.
func as(role string, p person) person {
	seen := person{}
	for _, f := range visible(role) {
		seen[f] = p[f]
	}
	return seen
}

func asAll(role string, list []person) (seen []person) {
	for _, p := range list {
		seen = append(seen, as(role, p))
	}
	return seen
}

// sees sends a request of the member with a role, and requires the fields that the role may read.
func (x *staffed) sees(role, why, method, path, body string, status int, want any) wire.Answer {
	x.t.Helper()
	a := x.ask(x.Server, "A member with the role "+role+". "+why, x.by[role], method, path, body, status)
	require.JSONEqf(x.t, text(want), text(read[any](x, a)), "%s. The %s sees these fields of each person, and no others: %v.\n%s", why, role, visible(role), a.Story())
	return a
}

func TestRead(t *testing.T) {
	for _, role := range allRoles {
		t.Run(role, func(t *testing.T) {
			s := open(t)
			x, other := s.staff(4), s.tenant(zoe)
			s.ask(s.Server, "A person of another tenant", zoe, "POST", other.path("/people"), `{"name":"other","team":"sales","salary":1}`, 201)
			x.sees(role, "All people of the tenant, by id", "GET", x.path("/people"), "", 200, page{asAll(role, x.people), nil})
			x.sees(role, "One person", "GET", x.one(x.people[1]), "", 200, as(role, x.people[1]))
			x.sees(role, "The people of a team", "GET", x.path("/people?sort=id&team=board&name="+url.QueryEscape(x.people[2]["name"].(string))), "", 200, page{asAll(role, x.people[2:3]), nil})
			for _, path := range []string{"", "?team=sales", "/summary?by=team", fmt.Sprint("/", x.people[0]["id"])} {
				a := x.ask(x.Server, "An answer that is for this member", x.by[role], "GET", x.path("/people"+path), "", 200)
				control := a.CacheControl(t)
				_, private := control["private"]
				_, none := control["no-store"]
				require.Truef(t, private || none, "Cache-Control keeps caches that serve several users away, by private or no-store.\n%s", a.Story())
			}
		})
	}
	t.Run("people_of_another_tenant", func(t *testing.T) {
		s := open(t)
		x, other := s.staff(1), s.tenant(ann)
		for _, r := range []wire.Request{{Method: "GET"}, {Method: "PATCH", Body: `{"name":"new"}`}, {Method: "DELETE"}} {
			s.ask(s.Server, "The person belongs to another tenant of the same admin", ann, r.Method, other.path(fmt.Sprint("/people/", x.people[0]["id"])), r.Body, 404)
		}
		s.ask(s.Server, "The person belongs to another tenant of the same admin", ann, "PATCH", other.path("/people"), fmt.Sprintf(`[{"id":%v,"name":"new"}]`, x.people[0]["id"]), 404)
		x.sees("admin", "The person is as before", "GET", x.one(x.people[0]), "", 200, x.people[0])
	})
	t.Run("pages_and_sums", func(t *testing.T) {
		s := open(t)
		x := s.staff(9)
		for _, field := range personFields {
			for _, down := range []string{"", "-"} {
				var got []person
				path := x.path("/people?limit=2&sort=" + down + field)
				for next := ""; len(got) < 20; {
					p := read[page](x, x.ask(s.Server, "A page of two", ann, "GET", path+next, "", 200))
					got = append(got, p.Items...)
					if p.Next == nil {
						break
					}
					next = "&cursor=" + url.QueryEscape(*p.Next)
				}
				require.ElementsMatchf(t, asAll("admin", x.people), got, "All pages of sort=%s%s together have each person once.", down, field)
				require.Truef(t, slices.IsSortedFunc(got, func(a, b person) int {
					order := strings.Compare(fmt.Sprintf("%20v", a[field]), fmt.Sprintf("%20v", b[field]))
					if field == "name" || field == "team" || field == "phone" {
						order = strings.Compare(a[field].(string), b[field].(string))
					}
					if down != "" {
						return -order
					}
					return order
				}), "All pages of sort=%s%s, one after the other, are in this order: %v", down, field, got)
			}
		}
		var bound = x.people[4]["salary"].(json.Number)
		rich := slices.DeleteFunc(slices.Clone(x.people), func(p person) bool { return number(p) < number(x.people[4]) })
		x.sees("finance", "The people from a salary on", "GET", x.path("/people?salary.min="+bound.String()), "", 200, page{asAll("finance", rich), nil})
		x.sees("finance", "The person with a salary", "GET", x.path(fmt.Sprintf("/people?salary.min=%s&salary.max=%[1]s&salary=%[1]s", bound)), "", 200, page{asAll("finance", x.people[4:5]), nil})
		x.sees("admin", "Nobody has such a team", "GET", x.path("/people?team="+url.QueryEscape(`' OR '1'='1`)), "", 200, page{[]person{}, nil})
		type group struct {
			By    string `json:"by"`
			Count int    `json:"count"`
			Sum   int64  `json:"sum"`
		}
		var want []group
		for _, team := range []string{"board", "sales", "support"} {
			g := group{By: team}
			for _, p := range x.people {
				if p["team"] == team {
					g.Count++
					g.Sum += number(p)
				}
			}
			want = append(want, g)
		}
		x.sees("finance", "What the teams earn", "GET", x.path("/people/summary?by=team&sum=salary"), "", 200, want)
		for i, g := range want {
			x.sees("viewer", "How many people a team has", "GET", x.path("/people/summary?by=team&team="+g.By), "", 200, []person{{"by": want[i].By, "count": g.Count}})
		}
	})
}

func number(p person) int64 { n, _ := p["salary"].(json.Number).Int64(); return n }

func TestWrite(t *testing.T) {
	value := map[string]string{"name": `"new"`, "team": `"new"`, "phone": `"+34"`, "salary": "5"}
	for _, role := range allRoles {
		t.Run(role, func(t *testing.T) {
			s := open(t)
			x := s.staff(3)
			p := x.people[1]
			for field, v := range value {
				why := "The member may change " + field + ", or not, on each way that there is"
				one := fmt.Sprintf("{%q:%s}", field, v)
				all := fmt.Sprintf("[{\"id\":%v,%q:%s}]", p["id"], field, v)
				if allowed(role, "update "+field) {
					p[field] = read[any](x, wire.Answer{Body: v})
					x.sees(role, why, "PATCH", x.one(p), one, 200, as(role, p))
					x.sees(role, why, "PATCH", x.path("/people"), all, 200, asAll(role, []person{p}))
				} else {
					x.ask(s.Server, why, x.by[role], "PATCH", x.one(p), one, 403)
					x.ask(s.Server, why, x.by[role], "PATCH", x.path("/people"), all, 403)
				}
				body := map[string]json.RawMessage{"name": []byte(`"gone"`), "team": []byte(`"gone"`)}
				body[field] = []byte(v)
				if !allowed(role, "create") || !allowed(role, "update "+field) {
					x.ask(s.Server, why, x.by[role], "POST", x.path("/people"), text(body), 403)
					continue
				}
				a := x.ask(s.Server, why, x.by[role], "POST", x.path("/people"), text(body), 201)
				gone := read[person](x, a)
				require.ElementsMatchf(t, visible(role), keys(gone), "The fields of a new person that its maker sees.\n%s", a.Story())
				x.ask(s.Server, "An admin removes a person", ann, "DELETE", x.one(gone), "", 204)
			}
			remove := 403
			if role == "admin" {
				remove = 204
			}
			x.ask(s.Server, "Who may remove a person", x.by[role], "DELETE", x.one(x.people[2]), "", remove)
			if remove == 204 {
				x.people = x.people[:2]
			}
			x.sees("admin", "What was permitted is done, and what was refused is not", "GET", x.path("/people"), "", 200, page{x.people, nil})
		})
	}
	t.Run("the_value_that_is_there_already", func(t *testing.T) {
		s := open(t)
		x := s.staff(1)
		p := x.people[0]
		for _, role := range allRoles[1:] {
			for _, field := range personFields[1:] {
				if !allowed(role, "update "+field) {
					body := fmt.Sprintf("{%q:%s}", field, text(p[field]))
					x.ask(s.Server, "A member with the role "+role+" writes a field that they may not write; its value is no other than before", x.by[role], "PATCH", x.one(p), body, 403)
					x.ask(s.Server, "A member with the role "+role+" writes null to a field that they may not write", x.by[role], "PATCH", x.one(p), fmt.Sprintf("{%q:null}", field), 403)
				}
			}
		}
	})
	t.Run("one_field_of_several_or_one_entry_of_several", func(t *testing.T) {
		s := open(t)
		x := s.staff(2)
		why := "One part of the request is not permitted, and so nothing of it is done"
		x.ask(s.Server, why, eve, "PATCH", x.one(x.people[0]), `{"name":"new","salary":5}`, 403)
		x.ask(s.Server, why, eve, "PATCH", x.one(x.people[0]), `{"name":"new","salary":null}`, 403)
		x.ask(s.Server, why, eve, "POST", x.path("/people"), `{"name":"new","team":"new","phone":"+34"}`, 403)
		x.ask(s.Server, why, eve, "PATCH", x.path("/people"), fmt.Sprintf(`[{"id":%v,"name":"new"},{"id":%v,"phone":"+34"}]`, x.people[0]["id"], x.people[1]["id"]), 403)
		x.ask(s.Server, "One person of the list is not there", eve, "PATCH", x.path("/people"), fmt.Sprintf(`[{"id":%v,"name":"new"},{"id":999999,"name":"new"}]`, x.people[0]["id"]), 404)
		for _, body := range []string{`{"shoes":42}`, `{"Salary":5}`, `{"salary":"5"}`, `{"salary":5.5}`, `{"salary":-1}`, `{"salary":null}`, `{"name":""}`, `{"name":7}`, `[]`, `{`} {
			x.ask(s.Server, "A field or a value that there is not", ann, "PATCH", x.one(x.people[0]), body, 400, 422)
		}
		for _, body := range []string{`{"name":"new"}`, `{"team":"new"}`, `{"name":"new","team":"new","tenant_id":1}`} {
			x.ask(s.Server, "A field is missing, or there is no such field", ann, "POST", x.path("/people"), body, 400, 422)
		}
		x.ask(s.Server, "Nobody chooses an id", ann, "POST", x.path("/people"), `{"id":77,"name":"new","team":"new"}`, 400, 403, 422)
		x.sees("admin", "All that was refused has changed nothing", "GET", x.path("/people"), "", 200, page{x.people, nil})
	})
}

func keys(p person) (all []string) {
	for k := range p {
		all = append(all, k)
	}
	return all
}
