package patchwithoutloss_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	patchwithoutloss "workbook/exercises/04-apis/02-patch-without-loss"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// project is what a client reads.
type project struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	Note   *string           `json:"note"`
	Budget *int64            `json:"budget"`
	Labels map[string]string `json:"labels"`
}

// String is for failure messages.
func (p project) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func apollo() project {
	return project{"apollo", "Apollo 11", new("to the moon"), new(int64(25_400)), map[string]string{"crew": "three", "pad": "39A"}}
}

func gemini() project { return project{"gemini", "Gemini 12", nil, nil, map[string]string{}} }

const all, one, merge = "/v1/projects/", "/v1/projects/apollo", "Content-Type: application/merge-patch+json"

// api is a database with projects, and a copy of the program on it.
type api struct {
	*dbtest.DB
	*wire.Server
	t *testing.T
}

// open starts a copy on a new database with these projects.
func open(t *testing.T, there ...project) *api {
	t.Helper()
	db := dbtest.New(t, schema)
	for _, p := range there {
		db.Exec(`INSERT INTO projects (id, name, note, budget, labels) VALUES ($1, $2, $3, $4, $5)`, p.ID, p.Name, p.Note, p.Budget, p.Labels)
	}
	return (&api{DB: db, t: t}).copy("copy A")
}

// copy starts one more copy, whose pool has these options.
func (a *api) copy(name string, options ...dbtest.Option) *api {
	a.t.Helper()
	i := instances.Start(a.t, a.DB, name, func(pool *pgxpool.Pool) http.Handler { return patchwithoutloss.Routes(pool) }, options...)
	return &api{a.DB, wire.Serve(a.t, i.App), a.t}
}

func (a *api) rows() []project {
	return dbtest.Structs[project](a.DB, `SELECT id, name, note, budget, labels FROM projects ORDER BY id`)
}

// patch sends a PATCH of apollo with these header lines besides the media type.
func (a *api) patch(body string, header ...string) wire.Answer {
	a.t.Helper()
	return a.Send(a.t, wire.Request{Method: "PATCH", Path: one, Header: append([]string{merge}, header...), Body: body})
}

// gets reads apollo, and with it the tag.
func (a *api) gets() (project, string) {
	a.t.Helper()
	return a.read(a.Get(a.t, one), "The project is there.")
}

// changes sends a PATCH that is to succeed, and returns the project that came back.
func (a *api) changes(why, body, ifMatch string) (project, string) {
	a.t.Helper()
	return a.read(a.patch(body, "If-Match: "+ifMatch), why)
}

// read returns the project and the tag of a good answer.
func (a *api) read(answer wire.Answer, why string) (project, string) {
	a.t.Helper()
	require.Equalf(a.t, http.StatusOK, answer.Status, "%s\n%s", why, answer.Story())
	mediaType, _ := answer.ContentType(a.t)
	require.Equalf(a.t, "application/json", mediaType, "the media type of a project\n%s", answer.Story())
	tag := answer.ETag(a.t)
	require.Falsef(a.t, tag.Weak, "The ETag is strong.\n%s", answer.Story())
	return wire.JSON[project](a.t, answer), tag.String()
}

// oneStateEach requires that answers with the same tag have the same project.
func (a *api) oneStateEach(story string, answers ...wire.Answer) {
	a.t.Helper()
	states := map[string]string{}
	for _, answer := range answers {
		p, tag := a.read(answer, story)
		if states[tag] == "" {
			states[tag] = p.String()
		}
		require.Equalf(a.t, states[tag], p.String(), "%s An ETag stands for one state of a project. %s came with two.", story, tag)
	}
}

// refused requires that an answer has one of the statuses, and that apollo is as it was.
func (a *api) refused(answer wire.Answer, why string, statuses ...int) {
	a.t.Helper()
	require.Containsf(a.t, statuses, answer.Status, "%s\n%s", why, answer.Story())
	require.Equalf(a.t, []project{apollo()}, a.rows(), "%s The projects are as before.\n%s", why, answer.Story())
}

func TestGet(t *testing.T) {
	t.Run("gives_a_project_with_its_tag", func(t *testing.T) {
		a := open(t, apollo(), gemini(), project{"a-1", "<b>&\"é☃", new(""), new(int64(0)), map[string]string{"": ""}}, project{"a-2", "-", new("null"), new(int64(-9007199254740993)), map[string]string{"null": "null"}})
		for _, want := range a.rows() {
			got, _ := a.read(a.Get(t, all+want.ID), "The project is there.")
			require.Equal(t, want.String(), got.String(), "GET gives the project as it is stored.")
		}
	})

	t.Run("finds_none", func(t *testing.T) {
		a := open(t, apollo())
		for _, id := range []string{"gemini", "Apollo", "%00", "apollo%00"} {
			answer := a.Get(t, all+id)
			require.Equalf(t, http.StatusNotFound, answer.Status, "There is no such project.\n%s", answer.Story())
		}
	})
}

func TestTag(t *testing.T) {
	t.Run("is_the_same_until_the_project_changes", func(t *testing.T) {
		a := open(t, apollo(), gemini())
		b := a.copy("copy B")
		_, tag := a.gets()
		same := func(from *api, what string) {
			t.Helper()
			_, again := from.gets()
			require.Equalf(t, tag, again, "The ETag of a project stays while the project does. It was read from one copy, then %s.", what)
		}
		same(a, "once more")
		same(b, "from another copy")
		same(a.copy("copy C"), "from a copy that was started later")
		a.patch(`{"name": "Apollo 13"}`, `If-Match: "old"`)
		same(b, "after a PATCH with another tag, which was refused")
		a.patch(`{"name": "x", "budget": "x"}`, "If-Match: "+tag)
		same(b, "after a PATCH with a budget that is no number, which was refused")
		a.Send(t, wire.Request{Method: "PATCH", Path: all + "gemini", Header: []string{merge, "If-Match: *"}, Body: `{"name": "Gemini 13"}`})
		same(b, "after a PATCH of another project")
		a.changes("The ETag was read before another project was changed.", `{}`, tag)
	})

	t.Run("belongs_to_what_is_read_with_it", func(t *testing.T) {
		writer, steps := open(t, apollo()), fault.NewSteps(t)
		reader := writer.copy("copy B", dbtest.With(steps))
		steps.Count()
		reader.gets()
		for n := range steps.Seen() {
			before := writer.Get(t, one)
			steps.After(n+1, func() { writer.patch(fmt.Sprintf(`{"budget": %d}`, n), "If-Match: "+before.Header.Get("ETag")) })
			during := reader.Get(t, one)
			story := fmt.Sprintf("Somebody else patched the project while it was read, after the statement\n\n\t%s\n\n", steps.Text())
			reader.oneStateEach(story, before, during, reader.Get(t, one))
		}
	})

	t.Run("changes_with_the_project", func(t *testing.T) {
		a := open(t, apollo())
		b := a.copy("copy B")
		_, before := a.gets()
		for _, body := range []string{
			`{"name": "Apollo 1", "note": "1to the moon"}`, `{"note": null}`, `{"note": ""}`, `{"note": "null"}`, `{"budget": null}`, `{"budget": 0}`, `{"name": "Apollo 12"}`,
			`{"labels": {"crew": "one"}}`, `{"labels": {"crew": null}}`, `{"labels": null}`, `{"labels": {"": ""}}`, `{"labels": {"a": "b, c"}}`, `{"labels": {"a": "b", "c": ""}}`,
		} {
			_, tag := b.changes("The ETag is the one that was read last.", body, before)
			require.NotEqualf(t, before, tag, "The ETag of a project changes when the project does, here with %s.", body)
			_, before = a.gets()
			require.Equalf(t, before, tag, "PATCH answers with the project's new ETag; GET, from another copy, has another one after %s.", body)
		}
	})
}
