package boringparts_test

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	boringparts "workbook/exercises/04-apis/01-boring-parts"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

type project = boringparts.Project

const all, one = "/v1/projects", "/v1/projects/apollo"

var apollo = project{"apollo", "Apollo 11", "to the moon"}

// api is the code under test on a database with these projects, behind a real server.
type api struct {
	*dbtest.DB
	*wire.Server
	t *testing.T
}

func open(t *testing.T, there []project) *api {
	t.Helper()
	a := &api{DB: dbtest.New(t, schema), t: t}
	for _, p := range there {
		a.Exec(`INSERT INTO projects VALUES ($1, $2, $3)`, p.ID, p.Name, p.Note)
	}
	a.serve()
	return a
}

func (a *api) serve(options ...dbtest.Option) {
	a.t.Helper()
	pool := a.Pool(options...)
	a.Server = wire.Serve(a.t, guard.Call(a.t, func() http.Handler { return boringparts.Routes(pool) }))
}

// rows is the table.
func (a *api) rows() []project {
	return dbtest.Structs[project](a.DB, `SELECT id, name, note FROM projects ORDER BY id`)
}

// sends sends a request and requires one of the statuses.
func (a *api) sends(why string, statuses []int, method, path string, body ...string) wire.Answer {
	a.t.Helper()
	r := wire.Request{Method: method, Path: path, Body: strings.Join(body, "")}
	if len(body) > 0 {
		r.Header = []string{"Content-Type: application/json"}
	}
	answer := a.Send(a.t, r)
	requireStatus(a.t, answer, why, statuses...)
	return answer
}

func requireStatus(t *testing.T, answer wire.Answer, why string, statuses ...int) {
	t.Helper()
	require.Containsf(t, statuses, answer.Status, "The status when %s.\n%s", why, answer.Story())
}

// is requires that the answer is this one project.
func (a *api) is(want project, answer wire.Answer, why string) {
	a.t.Helper()
	requireJSON(a.t, answer)
	require.Equalf(a.t, want, wire.JSON[project](a.t, answer), "%s\n%s", why, answer.Story())
}

func requireJSON(t *testing.T, answer wire.Answer) {
	t.Helper()
	mediaType, _ := answer.ContentType(t)
	require.Equalf(t, "application/json", mediaType, "the media type of what was sent\n%s", answer.Story())
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// malformed is what POST and PUT refuse.
var malformed = []string{
	`{"name": "Apollo`, `name=Apollo`, ``, `null`, `[{"name": "Apollo"}]`, `"Apollo"`, // no object
	`{"note": "to the moon"}`, `{"name": ""}`, `{"name": 11}`, `{"name": null}`, `{"name": ["Apollo"]}`, `{"name": "Apollo", "note": 11}`,
	`{"name": "a\u0000b"}`, `{"name": "Apollo", "note": "\u0000"}`,
}

// refuses sends what is malformed.
func refuses(t *testing.T, name, method, path string) {
	t.Run(name, func(t *testing.T) {
		a := open(t, []project{apollo})
		for _, body := range malformed {
			a.sends("the body is not what it must be", []int{400, 422}, method, path, body)
		}
		require.Equal(t, []project{apollo}, a.rows(), "each request was refused, so the projects are as before")
	})
}

// impossible are ids that no project can have, as they stand in an address.
var impossible = []string{"Apollo", "apollo_11", "apollo%2F11", "caf%C3%A9", "%00", "apollo%00", "apollo%0A", "%FF", "'%20OR%20'1'='1", strings.Repeat("a", 41)}

// hides sends a request for each project that cannot exist.
func hides(t *testing.T, method string, statuses []int, body ...string) {
	t.Run("finds_none_where_none_can_be", func(t *testing.T) {
		a := open(t, []project{apollo})
		for _, id := range impossible {
			a.sends("no project can have that id", statuses, method, all+"/"+id, body...)
		}
		require.Equal(t, []project{apollo}, a.rows(), "the projects are as before")
	})
}

func TestPost(t *testing.T) {
	t.Run("makes_a_project_and_says_where", func(t *testing.T) {
		a := open(t, nil)
		for _, body := range []string{`{"name": "Apollo", "note": "<b>&\"é☃"}`, `{"note": "", "colour": {"r": 1}, "name": " "}`, `{"name": "no note"}`} {
			answer := a.sends("a project is made", []int{201}, "POST", all, body)
			requireJSON(t, answer)
			got, want := wire.JSON[project](t, answer), project{}
			require.NoError(t, json.Unmarshal([]byte(body), &want))
			require.NotEmptyf(t, got.ID, "The server chooses an id.\n%s", answer.Story())
			want.ID = got.ID
			require.Equalf(t, want, got, "The body has the project that was made.\n%s", answer.Story())
			a.is(got, a.sends("one follows Location after 201", []int{200}, "GET", local(a, answer)), "What can be read behind Location is the project that was made.")
		}
	})

	t.Run("makes_another_one_each_time", func(t *testing.T) {
		a := open(t, nil)
		for range 3 {
			a.sends("a project is made, with a name that another one has", []int{201}, "POST", all, `{"name": "Apollo"}`)
		}
		require.Len(t, a.rows(), 3, "POST was sent three times, so there are three projects")
	})

	t.Run("changes_no_other", func(t *testing.T) {
		a := open(t, []project{apollo})
		a.sends("the body has an id, which has no effect", []int{201}, "POST", all, `{"id": "apollo", "name": "Gemini"}`)
		require.Contains(t, a.rows(), apollo, "the body of a POST had the id of another project, which is as before")
		require.Len(t, a.rows(), 2)
	})

	refuses(t, "refuses_what_is_no_project", "POST", all)
}

// local is where Location leads, which must be a path of this server.
func local(a *api, answer wire.Answer) string {
	a.t.Helper()
	at := answer.Location(a.t)
	require.Equalf(a.t, a.Server.URL, (&url.URL{Scheme: at.Scheme, Host: at.Host}).String(), "Location leads to this server\n%s", answer.Story())
	return at.RequestURI()
}

func TestGet(t *testing.T) {
	t.Run("gives_one", func(t *testing.T) {
		strange := project{"a-1", "<b>&\"é☃", "\t\n"}
		a := open(t, []project{{"apollo-2", "another", ""}, apollo, strange, {strings.Repeat("z", 40), "long", ""}})
		for _, p := range a.rows() {
			a.is(p, a.sends("the project is there", []int{200}, "GET", all+"/"+p.ID), "GET gives the project as it is stored.")
		}
	})

	t.Run("finds_none", func(t *testing.T) {
		open(t, []project{apollo}).sends("there is no such project", []int{404}, "GET", all+"/gemini")
	})
	hides(t, "GET", []int{404})

	t.Run("lists", func(t *testing.T) {
		a := open(t, []project{apollo, {"zz", "A", ""}, {"a", "Z", ""}, {"a-b", "B", ""}, {"ab", "M", ""}, {"10", "N", ""}, {"9", "O", ""}})
		answer := a.sends("the projects are listed", []int{200}, "GET", all)
		requireJSON(t, answer)
		got := wire.JSON[struct {
			Projects []project `json:"projects"`
		}](t, answer)
		require.Equal(t, a.rows(), got.Projects, "All projects, ordered by id.")
	})

	t.Run("lists_nothing", func(t *testing.T) {
		answer := open(t, nil).sends("there is no project", []int{200}, "GET", all)
		requireJSON(t, answer)
		require.JSONEq(t, `{"projects": []}`, answer.Body, "There is no project.")
	})
}

func TestHead(t *testing.T) {
	for name, path := range map[string]string{"of_a_project": one, "of_the_list": all, "of_no_project": all + "/gemini"} {
		t.Run(name, func(t *testing.T) {
			a := open(t, []project{apollo})
			get := a.Send(t, wire.Request{Path: path})
			head := a.sends("the method is HEAD; GET is answered with the same", []int{get.Status}, "HEAD", path)
			require.Empty(t, head.Body, "HEAD has no body")
			for field := range get.Header {
				if field != "Date" && (field != "Content-Length" || head.Header.Get(field) != "") {
					require.Equalf(t, get.Header[field], head.Header[field], "HEAD has the header that GET has. This one (%s) is another.\n%s\n%s", field, get.Story(), head.Story())
				}
			}
		})
	}
}

func TestPut(t *testing.T) {
	t.Run("makes_a_project", func(t *testing.T) {
		a := open(t, []project{{"gemini", "Gemini", "before"}})
		a.is(apollo, a.sends("the project is new", []int{201}, "PUT", one, text(apollo)), "The body has the project that was made.")
		a.is(apollo, a.sends("PUT has made the project", []int{200}, "GET", one), "GET gives what PUT has stored.")
		require.Len(t, a.rows(), 2)
	})

	t.Run("replaces_as_a_whole", func(t *testing.T) {
		other := project{"gemini", "Gemini", "before"}
		a := open(t, []project{apollo, other})
		want := project{ID: "apollo", Name: "Apollo 13"}
		answer := a.sends("the project was there", []int{200, 204}, "PUT", one, `{"name": "Apollo 13"}`)
		if answer.Status == 200 {
			a.is(want, answer, "The body has the project as it is now.")
		}
		require.Equal(t, []project{want, other}, a.rows(), "PUT had a name and no note. It replaces the project as a whole, and no other.")
	})

	t.Run("changes_nothing_the_second_time", func(t *testing.T) {
		a := open(t, nil)
		a.sends("the project is new", []int{201}, "PUT", one, text(apollo))
		for range 2 {
			a.sends("the project is there already, and is the same", []int{200, 204}, "PUT", one, text(apollo))
		}
		require.Equal(t, []project{apollo}, a.rows(), "PUT was sent three times, so there is one project")
	})

	t.Run("follows_the_address", func(t *testing.T) {
		a := open(t, []project{apollo})
		a.sends("the body has another id, which has no effect", []int{201}, "PUT", all+"/gemini", `{"id": "apollo", "name": "Gemini"}`)
		require.Equal(t, []project{apollo, {"gemini", "Gemini", ""}}, a.rows(), "The id is the one of the address, /v1/projects/gemini. The body had the id apollo.")
	})

	t.Run("makes_it_again_after_DELETE", func(t *testing.T) {
		a := open(t, []project{apollo})
		a.sends("the project is deleted", []int{200, 204}, "DELETE", one)
		a.sends("the project was deleted before", []int{201}, "PUT", one, text(apollo))
	})

	t.Run("twice_at_once", twiceAtOnce)
	hides(t, "PUT", []int{404, 400, 422}, `{"name": "Apollo"}`)
	refuses(t, "refuses_what_is_no_project_in_place_of_one", "PUT", one)
	refuses(t, "refuses_what_is_no_project_as_a_new_one", "PUT", all+"/gemini")
}

func TestDelete(t *testing.T) {
	t.Run("removes_one", func(t *testing.T) {
		other := project{"apollo-2", "another", ""}
		a := open(t, []project{apollo, other})
		a.sends("the project is there", []int{200, 204}, "DELETE", one)
		a.sends("the project is deleted", []int{404}, "GET", one)
		require.Equal(t, []project{other}, a.rows(), "apollo was deleted, and no other")
	})

	t.Run("again", func(t *testing.T) {
		a := open(t, []project{apollo})
		a.sends("the project is there", []int{200, 204}, "DELETE", one)
		a.sends("the project was deleted before", []int{204, 404}, "DELETE", one)
	})
	hides(t, "DELETE", []int{204, 404})
}

func TestAnythingElse(t *testing.T) {
	methods := func(name, path string, allowed ...string) {
		t.Run(name, func(t *testing.T) {
			a := open(t, []project{apollo})
			for _, method := range []string{"PATCH", "PUT", "DELETE", "POST", "PROPFIND"} {
				if slices.Contains(allowed, method) {
					continue
				}
				answer := a.sends("the path has no such method", []int{405}, method, path, `{"name": "Apollo"}`)
				got := slices.DeleteFunc(answer.Allow(t), func(m string) bool { return m == "OPTIONS" })
				require.Equalf(t, allowed, got, "Allow has the methods of the path.\n%s", answer.Story())
			}
			require.Equal(t, []project{apollo}, a.rows(), "the projects are as before")
		})
	}
	methods("method_on_the_list", all, "GET", "HEAD", "POST")
	methods("method_on_a_project", one, "DELETE", "GET", "HEAD", "PUT")
	methods("method_on_no_project", all+"/gemini", "DELETE", "GET", "HEAD", "PUT")

	t.Run("path", func(t *testing.T) {
		a := open(t, []project{apollo})
		for _, path := range []string{"/", "/v1", "/v2/projects", "/projects", "/v1/projectsapollo", one + "/note", "/v1/people"} {
			a.sends("there is no such path", []int{404}, "GET", path)
		}
	})
}
