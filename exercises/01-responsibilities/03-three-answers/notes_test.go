package threeanswers_test

import (
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	threeanswers "workbook/exercises/01-responsibilities/03-three-answers"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// The ids of all the notes in every test, and one that no note has.
const annsNote, annsOther, bensNote, missing int64 = 5_000_000_021, 5_000_000_022, 5_000_000_023, 5_000_000_024

// site is the application, with two notes of Ann and one of Ben.
type site struct {
	*dbtest.DB
	server *wire.Server
	texts  map[int64]string
}

func openSite(t *testing.T) *site {
	t.Helper()
	s, random := &site{DB: dbtest.New(t, schema), texts: map[int64]string{}}, seed.New(t)
	s.add(annsNote, annID, "100%d <i>&</i>\n"+random.Awkward()+random.Word())
	s.add(annsOther, annID, random.Word())
	s.add(bensNote, benID, random.Word())
	pool := s.Pool()
	s.server = wire.Serve(t, guard.Call(t, func() http.Handler { return threeanswers.New(pool, people) }))
	return s
}

func (s *site) add(id, owner int64, text string) {
	s.texts[id] = text
	s.Exec(`INSERT INTO notes (id, owner_id, body) VALUES ($1, $2, $3)`, id, owner, text)
}

// The two routes.
const show, remove = "GET /notes/", "DELETE /admin/notes/"

func (s *site) send(t *testing.T, route string, id any, header ...string) wire.Answer {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	return s.server.Send(t, wire.Request{Method: method, Path: path + fmt.Sprint(id), Header: header})
}

var all = []int64{annsNote, annsOther, bensNote}

// leaves is a leaf test for one request, behind which the table has these notes.
func leaves(t *testing.T, left []int64, name, when string, statuses []int, route string, id any, header ...string) {
	t.Run(name, func(t *testing.T) {
		s := openSite(t)
		a := s.send(t, route, id, header...)
		requireStatus(t, a, when, statuses...)
		require.Equal(t, left, dbtest.Column[int64](s.DB, `SELECT id FROM notes ORDER BY id`), "The ids of all notes after this request.\n"+a.Story())
	})
}

// asksWhoItIs are leaf tests for requests of strangers.
func asksWhoItIs(t *testing.T, route string) {
	for name, id := range map[string]any{"for_a_note": annsNote, "for_no_note": missing, "for_an_id_that_is_a_word": "abc"} {
		const when = "nobody knows who sends the request, whatever its id"
		leaves(t, all, "asks_who_it_is_"+name, when, unauthorized, route, id)
		leaves(t, all, "asks_who_it_is_"+name+"_with_an_expired_token", when, unauthorized, route, id, bearer(expired))
	}
}

// refusesIDs are leaf tests for ids that are none.
func refusesIDs(t *testing.T, token string, statuses []int, route string) {
	for name, id := range map[string]string{
		"a_word": "abc", "a_number_and_letters": fmt.Sprint(annsNote, "abc"), "a_fraction": fmt.Sprint(annsNote, ".0"), "a_condition": fmt.Sprint(annsNote, "%20OR%201=1"),
		"zero": "0", "a_negative_number": "-1", "more_than_a_bigint": "9223372036854775808",
	} {
		leaves(t, all, "refuses_as_an_id_"+name, "the user is known, and the id is no number from 1 to 9223372036854775807", statuses, route, id, bearer(token))
	}
}

// tellsNothing is a leaf test: a user cannot see whether somebody else's note exists.
func tellsNothing(t *testing.T, name, route, token string) {
	t.Run(name, func(t *testing.T) {
		s := openSite(t)
		before := s.send(t, route, missing, bearer(token))
		requireStatus(t, before, "the user is known, and there is no such note", forbidden...)
		s.add(missing, benID, "Ben's")
		after := s.send(t, route, missing, bearer(token))
		requireStatus(t, after, "the user is known, and the note is not for this user", forbidden...)
		requireSame(t, before, after)
	})
}

func TestShow(t *testing.T) {
	shows := func(name, token string, id int64) {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			s.add(missing, benID, "")
			a := s.send(t, show, id, bearer(token))
			requireStatus(t, a, "the user owns the note", 200)
			require.Equal(t, s.texts[id], a.Body, "The body is the note's text, and nothing else.\n"+a.Story())
		})
	}
	shows("gives_a_note_to_its_owner", ann, annsNote)
	shows("gives_a_note_without_text_to_its_owner", ben, missing)

	tellsNothing(t, "hides_the_notes_of_others", show, ann)
	tellsNothing(t, "hides_them_from_who_may_delete_them", show, admin)
	asksWhoItIs(t, show)
	refusesIDs(t, ann, []int{400, 403, 404}, show)
}

func TestDelete(t *testing.T) {
	leaves(t, []int64{annsNote, bensNote}, "deletes_anybodys_note", "the user has the permission notes.delete", []int{200, 204}, remove, annsOther, bearer(admin))
	leaves(t, all, "finds_no_such_note", "the user has the permission notes.delete, and there is no such note", []int{404, 200, 204}, remove, missing, bearer(admin))
	leaves(t, all, "refuses_its_owner", "the user owns the note, and does not have the permission notes.delete", forbidden, remove, annsNote, bearer(ann))
	leaves(t, all, "refuses_before_it_looks_at_the_id", "the user does not have the permission notes.delete, whatever the id", forbidden, remove, "abc", bearer(ben))
	tellsNothing(t, "hides_the_notes_of_others", remove, ann)
	asksWhoItIs(t, remove)
	refusesIDs(t, admin, []int{400, 404, 200, 204}, remove)
}

func TestDatabaseFails(t *testing.T) {
	for route, token := range map[string]string{show: ann, remove: admin} {
		t.Run("on_"+strings.Fields(route)[0], func(t *testing.T) {
			s := openSite(t)
			s.Exec(`DROP TABLE notes`)
			requireStatus(t, s.send(t, route, annsNote, bearer(token)), "the database cannot answer (here the table is gone)", failed...)
		})
	}
}
