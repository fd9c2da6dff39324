package patchwithoutloss_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

// becomes sends patches one after the other, and requires that each leaves what it is to leave.
func becomes(t *testing.T, steps ...step) {
	t.Helper()
	a := open(t, apollo(), gemini())
	want := apollo()
	for _, s := range steps {
		s.change(&want)
		story := fmt.Sprintf("A project was patched with %s.", s.body)
		_, tag := a.gets()
		got, _ := a.changes("The patch is good, and If-Match has the project's tag.", s.body, tag)
		require.Equal(t, want.String(), got.String(), story+" PATCH answers with the project as it is now.")
		require.Equal(t, []project{want, gemini()}, a.rows(), story+" What the patch names has changed, and nothing else.")
	}
}

type step struct {
	body   string
	change func(*project)
}

func TestPatch(t *testing.T) {
	t.Run("changes_what_it_names", func(t *testing.T) {
		text := seed.New(t).Awkward()
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		becomes(t,
			step{`{"name": "Apollo 12"}`, func(p *project) { p.Name = "Apollo 12" }},
			step{`{"budget": 9007199254740993}`, func(p *project) { p.Budget = new(int64(9007199254740993)) }},
			step{`{"note": ` + string(quoted) + `}`, func(p *project) { p.Note = &text }},
			step{`{"budget": -1, "name": "Apollo 13", "note": "null"}`, func(p *project) { p.Budget, p.Name, p.Note = new(int64(-1)), "Apollo 13", new("null") }},
		)
	})

	t.Run("with_a_value_that_is_zero", func(t *testing.T) {
		becomes(t,
			step{`{"note": ""}`, func(p *project) { p.Note = new("") }},
			step{`{"budget": 0}`, func(p *project) { p.Budget = new(int64(0)) }},
		)
	})

	t.Run("with_null_removes", func(t *testing.T) {
		becomes(t,
			step{`{"note": null}`, func(p *project) { p.Note = nil }},
			step{`{"budget": null, "note": null}`, func(p *project) { p.Budget = nil }},
		)
	})

	t.Run("with_nothing_changes_nothing", func(t *testing.T) {
		becomes(t, step{`{}`, func(*project) {}}, step{` { } `, func(*project) {}})
	})

	t.Run("merges_labels", func(t *testing.T) {
		becomes(t,
			step{`{"labels": {"pad": "39B", "null": "null", "rocket": ""}}`, func(p *project) {
				p.Labels = map[string]string{"crew": "three", "pad": "39B", "null": "null", "rocket": ""}
			}},
			step{`{"labels": {}}`, func(*project) {}},
			step{`{"labels": {"crew": null, "never was": null, "a'b\"c": "é☃"}}`, func(p *project) {
				delete(p.Labels, "crew")
				p.Labels[`a'b"c`] = "é☃"
			}},
			step{`{"labels": null}`, func(p *project) { p.Labels = map[string]string{} }},
			step{`{"labels": {"new": "one", "none": null}}`, func(p *project) { p.Labels["new"] = "one" }},
		)
	})

	t.Run("refuses_what_is_no_patch", func(t *testing.T) {
		a := open(t, apollo())
		_, tag := a.gets()
		for _, body := range []string{
			``, `{"name": "Apollo`, `null`, `[]`, `"x"`, `[{"name": "x"}]`, // no object
			`{"note": "x", "name": null}`, `{"note": "x", "name": ""}`, `{"note": "x", "name": 11}`, `{"name": "x", "note": 11}`, `{"name": "x", "note": ["x"]}`,
			`{"name": "x", "budget": "11"}`, `{"name": "x", "budget": 1.5}`, `{"name": "x", "budget": 9223372036854775808}`,
			`{"name": "x", "labels": "x"}`, `{"name": "x", "labels": ["x"]}`, `{"name": "x", "labels": {"crew": 3}}`, `{"name": "x", "labels": {"crew": {"x": null}}}`,
			`{"name": "a\u0000b"}`, `{"name": "x", "note": "\u0000"}`, `{"name": "x", "labels": {"\u0000": "x"}}`, `{"name": "x", "labels": {"crew": "\u0000"}}`,
		} {
			a.refused(a.patch(body, "If-Match: "+tag), "The body is no patch of a project.", 400, 422)
		}
	})

	t.Run("refuses_members_that_it_does_not_know", func(t *testing.T) {
		a := open(t, apollo())
		_, tag := a.gets()
		for _, body := range []string{`{"note": "x", "nmae": "x"}`, `{"note": "x", "id": "gemini"}`, `{"note": "x", "version": 7}`} {
			a.refused(a.patch(body, "If-Match: "+tag), "The patch has a member that is not to be changed, or does not exist.", 400, 422)
		}
	})

	t.Run("refuses_other_media_types", func(t *testing.T) {
		a := open(t, apollo())
		_, tag := a.gets()
		for _, mediaType := range []string{"application/json-patch+json", "text/plain", "application/x-www-form-urlencoded", "application/merge-patch"} {
			answer := a.Send(t, wire.Request{Method: "PATCH", Path: one, Header: []string{"Content-Type: " + mediaType, "If-Match: " + tag}, Body: `{"name": "Apollo 13"}`})
			a.refused(answer, "The body is of a media type that is no merge patch.", http.StatusUnsupportedMediaType)
			require.Containsf(t, strings.ToLower(strings.Join(answer.Header.Values("Accept-Patch"), ",")), "application/merge-patch+json", "Accept-Patch says which media type to send.\n%s", answer.Story())
		}
	})

	t.Run("takes_its_media_type_however_it_is_written", func(t *testing.T) {
		a := open(t, apollo())
		for n, mediaType := range []string{"application/merge-patch+json; charset=utf-8", "Application/Merge-Patch+JSON", "application/merge-patch+json ;x=\"y\""} {
			_, tag := a.gets()
			answer := a.Send(t, wire.Request{Method: "PATCH", Path: one, Header: []string{"Content-Type: " + mediaType, "If-Match: " + tag}, Body: fmt.Sprintf(`{"budget": %d}`, n+1)})
			got, _ := a.read(answer, "The media type is that of a merge patch.")
			require.Equalf(t, new(int64(n+1)), got.Budget, "the budget\n%s", answer.Story())
		}
	})

	t.Run("finds_none", func(t *testing.T) {
		a := open(t, apollo())
		_, tag := a.gets()
		for _, id := range []string{"gemini", "Apollo", "%00"} {
			for _, ifMatch := range []string{"*", tag} {
				answer := a.Send(t, wire.Request{Method: "PATCH", Path: all + id, Header: []string{merge, "If-Match: " + ifMatch}, Body: `{"name": "Gemini"}`})
				a.refused(answer, "There is no such project.", http.StatusNotFound, http.StatusPreconditionFailed)
			}
		}
	})

	t.Run("is_seen_as_a_whole", func(t *testing.T) {
		reader, steps := open(t, apollo()), fault.NewSteps(t)
		writer := reader.copy("copy B", dbtest.With(steps))
		patch := func(n int) string {
			return fmt.Sprintf(`{"name": "%[1]d", "note": "%[1]d", "budget": %[1]d, "labels": {"crew": "%[1]d"}}`, n)
		}
		_, tag := writer.gets()
		steps.Count()
		writer.changes("The patch is good.", patch(0), tag)
		for n := range steps.Seen() {
			before, tag := reader.gets()
			var during wire.Answer
			steps.After(n+1, func() { during = reader.Get(t, one) })
			after, _ := writer.changes("The patch is good.", patch(n+1), tag)
			if during.Status == 0 {
				break // it took fewer statements than the time before
			}
			story := fmt.Sprintf("Somebody read the project while it was patched, after the statement\n\n\t%s\n\n", steps.Text())
			seen, _ := reader.read(during, story)
			require.Containsf(t, []string{before.String(), after.String()}, seen.String(), "%sThey see all of the patch or nothing of it.", story)
			reader.oneStateEach(story, during, reader.Get(t, one))
		}
	})
}
