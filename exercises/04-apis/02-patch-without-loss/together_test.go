package patchwithoutloss_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/wire"
)

func TestIfMatch(t *testing.T) {
	// matches sends a PATCH for each form of the header, which is made of the current tag.
	matches := func(name, why string, forms ...func(tag string) []string) {
		t.Run(name, func(t *testing.T) {
			a := open(t, apollo())
			for _, form := range forms {
				_, tag := a.gets()
				a.read(a.patch(`{"name": "Apollo 12"}`, form(tag)...), why)
			}
		})
	}
	one := func(before, after string) func(string) []string {
		return func(tag string) []string { return []string{"If-Match: " + before + tag + after} }
	}
	matches("with_the_tag", "If-Match has the project's tag.", one("", ""))
	matches("with_a_star", "If-Match is *, and the project is there.", func(string) []string { return []string{"If-Match: *"} })
	matches("with_several_tags", "If-Match has several tags. One of them is the project's.",
		one(`"x", `, ""), one("", `, "x"`), one(`"x","y",`, `,"z"`), one(`W/"x" , `, "  "))
	matches("in_several_lines", "If-Match stands in two lines. One of them has the project's tag.",
		func(tag string) []string { return []string{`If-Match: "x"`, "If-Match: " + tag} },
		func(tag string) []string { return []string{"If-Match: " + tag, `If-Match: "x"`} })

	// fails sends a PATCH for each form of the header, which does not match.
	fails := func(name, why string, statuses []int, forms ...func(tag string) []string) {
		t.Run(name, func(t *testing.T) {
			a := open(t, apollo())
			_, tag := a.gets()
			for _, form := range forms {
				a.refused(a.patch(`{"name": "Apollo 12"}`, form(tag)...), why, statuses...)
			}
			a.changes("Patches with other tags were refused. If-Match has the project's tag.", `{"name": "Apollo 12"}`, tag)
		})
	}
	inside := func(tag string) string { return tag[1 : len(tag)-1] }
	fails("with_another_tag", "If-Match has no tag of the project.", []int{412},
		func(string) []string { return []string{`If-Match: "x"`} },
		func(string) []string { return []string{`If-Match: "*"`} },
		func(string) []string { return []string{`If-Match: ""`} },
		func(tag string) []string { return []string{`If-Match: "x` + inside(tag) + `", "` + inside(tag) + `x"`} })
	fails("with_a_weak_tag", "If-Match has the project's tag, but as a weak one, which never matches.", []int{412}, one("W/", ""), one(`"x", W/`, ""))
	fails("without_quotes", "If-Match has something that is no tag.", []int{400, 412}, func(tag string) []string { return []string{"If-Match: " + inside(tag)} })
	fails("missing", "There is no If-Match.", []int{428}, func(string) []string { return nil })

	t.Run("with_a_tag_that_is_old", func(t *testing.T) {
		a := open(t, apollo())
		b := a.copy("copy B")
		_, old := a.gets()
		b.changes("If-Match has the project's tag.", `{"name": "Apollo 12"}`, old)
		for _, copy := range []*api{a, b} {
			answer := copy.patch(`{"note": "lost"}`, "If-Match: "+old)
			require.Equalf(t, http.StatusPreconditionFailed, answer.Status, "The project was changed since the tag was read.\n%s", answer.Story())
		}
		want := apollo()
		want.Name = "Apollo 12"
		require.Equal(t, []project{want}, a.rows(), "One patch with a name was done, and others with a note were refused.")
	})
}

func TestAtOnce(t *testing.T) {
	// atOnce sends two patches at the same time, to two copies. Each has all its steps
	// when the other one has: so both look before either writes, where they look first.
	atOnce := func(t *testing.T, ifMatch, first, second string) (a *api, answers []wire.Answer, story string) {
		a = open(t, apollo())
		if ifMatch == "" {
			_, ifMatch = a.gets()
		}
		g := gate.New(t, a.DB, "projects")
		answers = make([]wire.Answer, 2)
		call := func(n int, copy *api, body string) func(context.Context) error {
			return func(context.Context) error {
				answers[n] = copy.patch(body, "If-Match: "+ifMatch)
				return nil
			}
		}
		for _, err := range g.Run(call(0, a.copy("copy B", dbtest.With(g)), first), call(1, a.copy("copy C", dbtest.With(g)), second)) {
			require.NoError(t, err)
		}
		return a, answers, g.Story()
	}

	t.Run("with_one_tag", func(t *testing.T) {
		a, answers, story := atOnce(t, "", `{"name": "Apollo 12"}`, `{"budget": 1}`)
		want := []project{apollo(), apollo()}
		want[0].Name, want[1].Budget = "Apollo 12", new(int64(1))
		if answers[0].Status != http.StatusOK {
			answers[0], answers[1], want[0] = answers[1], answers[0], want[1]
		}
		got, _ := a.read(answers[0], "Two patches with the same tag arrive together. One of them succeeds."+story)
		require.Equalf(t, http.StatusPreconditionFailed, answers[1].Status, "Two patches with the same tag arrive together. When one has succeeded, the other one's tag is old.%s\n%s", story, answers[1].Story())
		require.Equal(t, want[0].String(), got.String(), "The one that succeeds answers with the project as it has made it."+story)
		require.Equal(t, want[:1], a.rows(), "Two patches with the same tag arrive together. The project has the one that succeeded, and nothing of the other."+story)
	})

	kept := func(name, first, second string, change func(*project)) {
		t.Run(name, func(t *testing.T) {
			a, answers, story := atOnce(t, "*", first, second)
			a.oneStateEach("Two patches with If-Match: * arrive together. Both succeed."+story, append(answers, a.Get(t, one))...)
			got, _ := a.gets()
			want := apollo()
			change(&want)
			require.Equal(t, want.String(), got.String(), "Two patches with If-Match: * arrive together and succeed: "+first+" and "+second+". The project has both changes."+story)
		})
	}
	kept("with_a_star_and_different_members", `{"name": "Apollo 12"}`, `{"note": "on the moon"}`, func(p *project) { p.Name, p.Note = "Apollo 12", new("on the moon") })
	kept("with_a_star_and_different_labels", `{"labels": {"crew": null}}`, `{"labels": {"rocket": "Saturn"}}`, func(p *project) {
		p.Labels = map[string]string{"pad": "39A", "rocket": "Saturn"}
	})
}
