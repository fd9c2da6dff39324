package people_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	people "workbook/exercises/04-apis/05-without-breaking-them"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// v1 and v2 are what clients of the two versions know.
type v1 struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

type v2 struct {
	ID     int64  `json:"id"`
	Given  string `json:"given_name"`
	Family string `json:"family_name"`
	Status string `json:"status"`
}

// shown is what version 1 shows of a person of version 2.
func (p v2) shown() v1 {
	status := p.Status
	if status == "suspended" {
		status = "inactive"
	}
	return v1{p.ID, strings.TrimSuffix(p.Given+" "+p.Family, " "), status}
}

// staff are in every test's table, in another order.
var staff = []v2{
	{2, "Ada", "King Lovelace", "active"}, {3, "Mary Ann", "Shadd Cary", "suspended"}, {5, "Prince", "", "inactive"}, {7, "Lin", "Lanying", "suspended"}, {11, "Zoë", "O'Neill-Øst", "inactive"},
}

// api is the code under test, behind a real server.
type api struct {
	*dbtest.DB
	t      *testing.T
	cfg    people.Config
	server *wire.Server
}

func open(t *testing.T, options ...dbtest.Option) *api {
	t.Helper()
	r := seed.New(t)
	a := &api{DB: dbtest.New(t, schema), t: t}
	for _, p := range seed.Shuffled(r, staff) {
		a.Exec(`INSERT INTO people VALUES ($1, $2, $3, $4)`, p.ID, p.Given, p.Family, p.Status)
	}
	a.Exec(`ALTER TABLE people ALTER id RESTART WITH 100`)
	a.cfg.Deprecated = r.Time(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).In(time.FixedZone("IST", 19800))
	a.cfg.Sunset = a.cfg.Deprecated.Add(time.Duration(r.Between(1, 900)) * 24 * time.Hour)
	pool := a.Pool(options...)
	a.server = wire.Serve(t, guard.Call(t, func() http.Handler { return people.Routes(pool, a.cfg) }))
	return a
}

// versioned is a request for a version, as a client of it would send it.
func versioned(t *testing.T, v int, method, path, body string) wire.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://people.example"+path, nil)
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	guard.Run(t, func() { people.Versioned(v, r) })
	out := wire.Request{Method: method, Path: r.URL.RequestURI(), Body: body}
	for name, values := range r.Header {
		for _, value := range values {
			out.Header = append(out.Header, name+": "+value)
		}
	}
	return out
}

// ask sends a request for a version, and requires one of the statuses.
func (a *api) ask(v int, why string, statuses []int, method, path string, body ...any) wire.Answer {
	a.t.Helper()
	sent := ""
	for _, b := range body {
		if s, isText := b.(string); isText {
			sent = s
			continue
		}
		sent = text(a.t, b)
	}
	answer := a.server.Send(a.t, versioned(a.t, v, method, path, sent))
	require.Containsf(a.t, statuses, answer.Status, "The status in version %d when %s.\n%s", v, why, answer.Story())
	return answer
}

var ok, created, refused, missing = []int{200}, []int{201}, []int{400, 422}, []int{404}

func at(id int64) string { return fmt.Sprint("/people/", id) }

// shows requires that the answer is just this, with no other members.
func (a *api) shows(want any, answer wire.Answer, why string) {
	a.t.Helper()
	mediaType, _ := answer.ContentType(a.t)
	require.Truef(a.t, mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"), "the answer is JSON, and says so\n%s", answer.Story())
	require.JSONEqf(a.t, text(a.t, want), answer.Body, "%s\n%s", why, answer.Story())
}

// suspend does what somebody else does, or fails when the program keeps them waiting.
func (a *api) suspend(id int64) error {
	return a.Try(fmt.Sprintf(`DO $$ BEGIN SET LOCAL lock_timeout = '200ms'; UPDATE people SET status = 'suspended' WHERE id = %d; END $$`, id))
}

func text(t *testing.T, v any) string {
	t.Helper()
	encoded, err := json.Marshal(v)
	require.NoError(t, err)
	return string(encoded)
}

func (a *api) rows() []v2 {
	return dbtest.Structs[v2](a.DB, `SELECT id, given_name AS given, family_name AS family, status FROM people ORDER BY id`)
}

func TestBoth(t *testing.T) {
	t.Run("show_one", func(t *testing.T) {
		a := open(t)
		for _, p := range staff {
			a.shows(p.shown(), a.ask(1, "the person is there", ok, "GET", at(p.ID)), "A person as version 1 shows it.")
			a.shows(p, a.ask(2, "the person is there", ok, "GET", at(p.ID)), "A person as version 2 shows it.")
		}
	})

	t.Run("find_none", func(t *testing.T) {
		a := open(t)
		for v := 1; v <= 2; v++ {
			a.ask(v, "there is no such person", missing, "GET", at(4))
		}
		a.ask(1, "there is no such person", missing, "PUT", at(4), v1{4, "Ada", "active"})
		a.ask(2, "there is no such person", missing, "PUT", at(4), v2{4, "Ada", "", "active"})
		require.Equal(t, staff, a.rows(), "PUT makes no person")
	})

	lists := func(query string, passes1, passes2 func(v2) bool) func(*testing.T) {
		return func(t *testing.T) {
			a := open(t)
			want1, want2 := []v1{}, []v2{}
			for _, p := range staff {
				if passes1(p) {
					want1 = append(want1, p.shown())
				}
				if passes2(p) {
					want2 = append(want2, p)
				}
			}
			if len(want1) > 0 {
				a.shows(map[string]any{"people": want1}, a.ask(1, "people are listed", ok, "GET", "/people"+query), "The people with ?status= as version 1 shows it, ordered by id.")
			}
			a.shows(map[string]any{"people": want2}, a.ask(2, "people are listed", ok, "GET", "/people"+query), "The people with ?status= as version 2 shows it, ordered by id.")
		}
	}
	all := func(v2) bool { return true }
	t.Run("list_all", lists("", all, all))
	t.Run("list_the_active", lists("?status=active", func(p v2) bool { return p.Status == "active" }, func(p v2) bool { return p.Status == "active" }))
	t.Run("list_the_inactive", lists("?status=inactive", func(p v2) bool { return p.Status != "active" }, func(p v2) bool { return p.Status == "inactive" }))
	t.Run("list_the_suspended", lists("?status=suspended", func(v2) bool { return false }, func(p v2) bool { return p.Status == "suspended" }))

	t.Run("list_nobody", func(t *testing.T) {
		a := open(t)
		a.Exec(`DELETE FROM people`)
		for v := 1; v <= 2; v++ {
			a.shows(map[string]any{"people": []v1{}}, a.ask(v, "there is nobody", ok, "GET", "/people?status=active"), "There is nobody.")
		}
	})

	t.Run("make_people_where_Location_says", func(t *testing.T) {
		a := open(t)
		for _, p := range []v2{{0, "Grace", "Hopper", "active"}, {0, "Prince", "", "inactive"}, {0, "Grace", "Brewster Murray Hopper", "inactive"}} {
			for v := 1; v <= 2; v++ {
				body := any(p)
				if v == 1 {
					body = p.shown()
				}
				answer := a.ask(v, "a person is made", created, "POST", "/people", body)
				rows := a.rows()
				made := rows[len(rows)-1]
				require.Equal(t, v2{made.ID, p.Given, p.Family, p.Status}, made, fmt.Sprintf("what is stored of a person that version %d has made", v))
				want := any(made)
				if v == 1 {
					want = made.shown()
				}
				a.shows(want, answer, "The person that was made.")
				follow := versioned(t, v, "GET", "/people/0", "")
				follow.Path = answer.Location(t).RequestURI()
				followed := a.server.Send(t, follow)
				require.Equalf(t, 200, followed.Status, "Location of version %d leads to the person, in this version.\n%s", v, followed.Story())
				a.shows(want, followed, "The person behind Location.")
			}
		}
	})

	t.Run("read_what_the_other_has_written", func(t *testing.T) {
		a := open(t)
		a.ask(1, "a name is put", ok, "PUT", at(2), v1{2, "Augusta Ada King", "inactive"})
		a.shows(v2{2, "Augusta", "Ada King", "inactive"}, a.ask(2, "version 1 has written", ok, "GET", at(2)), "Version 1 has put the name Augusta Ada King.")
		a.ask(2, "names are put", ok, "PUT", at(2), v2{2, "Augusta Ada", "King", "suspended"})
		a.shows(v1{2, "Augusta Ada King", "inactive"}, a.ask(1, "version 2 has written", ok, "GET", at(2)), "Version 2 has put Augusta Ada, King.")
		a.ask(2, "names are put", ok, "PUT", at(2), v2{2, "Ada", "", "active"})
		a.shows(v1{2, "Ada", "active"}, a.ask(1, "version 2 has written", ok, "GET", at(2)), "Version 2 has put Ada, without a family name.")
		a.Exec(`UPDATE people SET family_name = 'Byron' WHERE id = 2`)
		a.shows(v1{2, "Ada Byron", "active"}, a.ask(1, "somebody has changed the row", ok, "GET", at(2)), "Somebody else has changed the row in the database.")
	})

	t.Run("refuse_what_is_no_person", func(t *testing.T) {
		a := open(t)
		for v, bodies := range map[int][]string{
			1: {`{"name": "Ada King"}`, `{"status": "active"}`, `{"name": "", "status": "active"}`, `{"name": "Ada King", "status": "retired"}`, `{"name": "Ada King", "status": "suspended"}`, `{"name": 7, "status": "active"}`,
				`{"name": "Ada King", "status": null}`, `{"given_name": "Ada", "family_name": "King", "status": "active"}`, `[]`, `{"name": "Ada`},
			2: {`{"given_name": "Ada", "status": "active"}`, `{"family_name": "King", "status": "active"}`, `{"given_name": "", "family_name": "King", "status": "active"}`, `{"given_name": "Ada", "family_name": "King", "status": "retired"}`,
				`{"given_name": "Ada", "family_name": "King"}`, `{"given_name": "Ada", "family_name": 7, "status": "active"}`, `{"name": "Ada King", "status": "active"}`, `"Ada"`, `{`},
		} {
			for _, body := range bodies {
				a.ask(v, "the body is no person of this version", refused, "POST", "/people", body)
				a.ask(v, "the body is no person of this version", refused, "PUT", at(2), body)
			}
		}
		require.Equal(t, staff, a.rows(), "all requests were refused, so the people are as before")
	})

	t.Run("refuse_a_status_to_filter_by", func(t *testing.T) {
		a := open(t)
		a.ask(1, "the version does not have the status suspended", refused, "GET", "/people?status=suspended")
		a.ask(1, "there is no such status", refused, "GET", "/people?status=retired")
		a.ask(2, "there is no such status", refused, "GET", "/people?status=retired")
	})
}

func TestVersion1(t *testing.T) {
	// puts lets a client of version 1 read a person, change it, and put it back.
	puts := func(name string, id int64, change func(*v1), want v2, story string) {
		t.Run(name, func(t *testing.T) {
			a := open(t)
			p := wire.JSON[v1](t, a.ask(1, "the person is there", ok, "GET", at(id)))
			change(&p)
			answer := a.ask(1, story, ok, "PUT", at(id), p)
			require.Containsf(t, a.rows(), want, "A client of version 1 has read a person and put it back; %s. The row of this person must now be %+v, and the rows are these", story, want)
			a.shows(want.shown(), answer, "The person as it is now.")
		})
	}
	puts("puts_back_what_it_has_read", 3, func(*v1) {}, staff[1], "nothing was changed")
	puts("changes_the_name_of_a_suspended_person", 7, func(p *v1) { p.Name = "Lanying Lin" }, v2{7, "Lanying", "Lin", "suspended"}, "the name was changed, of somebody who is suspended")
	puts("changes_the_status_of_who_has_two_given_names", 3, func(p *v1) { p.Status = "active" }, v2{3, "Mary Ann", "Shadd Cary", "active"}, "the status was changed, of somebody with two given names")
	puts("changes_a_status", 2, func(p *v1) { p.Status = "inactive" }, v2{2, "Ada", "King Lovelace", "inactive"}, "the status was changed")
	puts("changes_a_name", 11, func(p *v1) { p.Name = "Zoë" }, v2{11, "Zoë", "", "inactive"}, "the name was changed")
	puts("changes_both", 3, func(p *v1) { *p = v1{3, "Mary Shadd", "active"} }, v2{3, "Mary", "Shadd", "active"}, "name and status were changed")
	puts("keeps_the_id", 2, func(p *v1) { p.ID = 7 }, staff[0], "the id was changed, which has no effect")

	t.Run("puts_while_somebody_is_suspended", func(t *testing.T) {
		steps := fault.NewSteps(t)
		a := open(t, dbtest.With(steps))
		p := wire.JSON[v1](t, a.ask(1, "the person is there", ok, "GET", at(11)))
		steps.Count()
		a.ask(1, "the person is there", ok, "PUT", at(11), p)
		for n := range steps.Seen() {
			a.Exec(`UPDATE people SET status = 'inactive' WHERE id = 11`)
			p.Name = fmt.Sprint("Zoë Øst ", n)
			var blocked error
			steps.After(n+1, func() { blocked = a.suspend(11) })
			a.ask(1, "the person is there", ok, "PUT", at(11), p)
			if blocked != nil { // so it comes after the PUT
				require.NoError(t, a.suspend(11))
			}
			require.Equalf(t, "suspended", dbtest.Value[string](a.DB, `SELECT status FROM people WHERE id = 11`),
				"Somebody was inactive. A client of version 1 changed the name; meanwhile the person was suspended, after the statement\n\n\t%s\n\nWhichever came first, the person is suspended.", steps.Text())
		}
	})

	t.Run("says_that_it_ends", func(t *testing.T) {
		a := open(t)
		for _, answer := range []wire.Answer{
			a.ask(1, "the person is there", ok, "GET", at(2)), a.ask(1, "people are listed", ok, "GET", "/people"), a.ask(1, "there is no such person", missing, "GET", at(4)),
			a.ask(1, "a person is made", created, "POST", "/people", v1{0, "Ada", "active"}), a.ask(1, "the body is no person", refused, "POST", "/people", "{}"),
			a.ask(1, "a person is put", ok, "PUT", at(2), v1{0, "Ada", "active"}), a.ask(1, "there is no such status", refused, "GET", "/people?status=retired"),
		} {
			require.Equalf(t, fmt.Sprint("@", a.cfg.Deprecated.Unix()), answer.Header.Get("Deprecation"), "Deprecation of RFC 9745, for cfg.Deprecated, which is %v\n%s", a.cfg.Deprecated, answer.Story())
			require.Equalf(t, a.cfg.Sunset.UTC().Format(http.TimeFormat), answer.Header.Get("Sunset"), "Sunset of RFC 8594, for cfg.Sunset, which is %v\n%s", a.cfg.Sunset, answer.Story())
		}
	})

	t.Run("alone_says_so", func(t *testing.T) {
		a := open(t)
		for _, answer := range []wire.Answer{a.ask(2, "the person is there", ok, "GET", at(2)), a.ask(2, "there is no such person", missing, "GET", at(4)), a.ask(2, "people are listed", ok, "GET", "/people")} {
			for _, name := range []string{"Deprecation", "Sunset"} {
				require.Emptyf(t, answer.Header.Get(name), "Version 2 does not end, so it has no %s.\n%s", name, answer.Story())
			}
		}
	})
}

func TestOtherVersions(t *testing.T) {
	a := open(t)
	unknown := []int{404, 406, 400}
	for _, v := range []int{9, 3, 0, 12, 21} {
		a.ask(v, "there is no such version", unknown, "GET", at(2))
		a.ask(v, "there is no such version", unknown, "GET", "/people")
		a.ask(v, "there is no such version", append(unknown, 415), "POST", "/people", v2{0, "Ada", "", "active"})
		a.ask(v, "there is no such version", append(unknown, 415), "PUT", at(2), v1{0, "Ada", "active"})
	}
	require.Equal(t, staff, a.rows(), "there are no such versions, so nothing was changed")
}

func TestVary(t *testing.T) {
	a := open(t)
	for _, path := range []string{at(2), at(4), "/people"} {
		one, two := versioned(t, 1, "GET", path, ""), versioned(t, 2, "GET", path, "")
		if one.Path != two.Path {
			continue // each has a URL of its own
		}
		for _, request := range []wire.Request{one, two} {
			answer := a.server.Send(t, request)
			vary := answer.Vary(t)
			for _, line := range request.Header {
				name, _, _ := strings.Cut(strings.ToLower(line), ":")
				require.Truef(t, strings.Contains(" "+strings.Join(vary, " ")+" ", " "+name+" ") || strings.Join(vary, "") == "*",
					"The same URL answers version 1 and 2, by the header %s, so a cache has to be told: Vary names it. Vary is %q.\n%s", name, vary, answer.Story())
			}
		}
	}
}
