package threeanswers_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	threeanswers "workbook/exercises/01-responsibilities/03-three-answers"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/wire"
)

// door is a handler that answers 299, with middlewares in front of it.
type door struct {
	http.Handler
	ran int // how often the handler was called
}

func newDoor(t *testing.T, middlewares ...func() threeanswers.Middleware) *door {
	t.Helper()
	d := &door{}
	d.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.ran++
		w.WriteHeader(299)
	})
	for _, m := range slices.Backward(middlewares) {
		guard.Run(t, func() { d.Handler = m()(d.Handler) })
	}
	return d
}

func authenticate() threeanswers.Middleware  { return threeanswers.Authenticate(people) }
func requireDelete() threeanswers.Middleware { return threeanswers.Require("notes.delete") }

// get sends a request, which the door lets through or, unless 299 is among the statuses, refuses.
func (d *door) get(t *testing.T, when string, statuses []int, header ...string) {
	t.Helper()
	before := d.ran
	a := wire.Serve(t, d).Get(t, "/notes", header...)
	requireStatus(t, a, when+" (the handler behind answers 299)", statuses...)
	if d.ran > before && !slices.Contains(statuses, 299) {
		require.Fail(t, "When "+when+", the handler behind does not run. It has run.\n"+a.Story())
	}
}

func TestAuthenticate(t *testing.T) {
	for name, header := range map[string]string{
		"a_token_of_every_kind_of_character": bearer(signs),
		"the_scheme_in_lower_case":           "Authorization: bearer " + ben,
		"the_scheme_in_upper_case":           "Authorization: BEARER " + ben,
		"several_spaces_before_the_token":    "Authorization: Bearer    " + ben,
	} {
		t.Run("lets_through_"+name, func(t *testing.T) {
			newDoor(t, authenticate).get(t, "the Verifier knows the token", through, header)
		})
	}

	refuses := func(name, when string, statuses []int, header ...string) {
		t.Run("refuses_"+name, func(t *testing.T) {
			d := newDoor(t, authenticate)
			d.get(t, "the Verifier knows the token", through, bearer(ben))
			d.get(t, when, statuses, header...)
		})
	}
	t.Run("refuses_a_token_that_was_good_before", func(t *testing.T) {
		v := maps.Clone(people)
		d := newDoor(t, func() threeanswers.Middleware { return threeanswers.Authenticate(v) })
		d.get(t, "the Verifier knows the token", through, bearer(ben))
		v[ben] = v[expired]
		d.get(t, "the Verifier knew the token, and Verify now returns an error that wraps ErrBadToken", unauthorized, bearer(ben))
	})

	refuses("a_request_without_Authorization", "there is no Authorization", unauthorized)
	refuses("a_token_that_nobody_has", "Verify returns an error that wraps ErrBadToken", unauthorized, bearer("Nobodys.Token"))
	refuses("a_token_that_has_expired", "Verify returns a User and an error that wraps ErrBadToken", unauthorized, bearer(expired))
	refuses("another_scheme", "the scheme is not Bearer", unauthorized, "Authorization: Basic "+ben)
	refuses("a_scheme_that_begins_alike", "the scheme is not Bearer", unauthorized, "Authorization: Bearer2 "+ben)
	refuses("a_token_without_a_scheme", "there is no scheme before the token", malformed, "Authorization: "+ben)
	refuses("a_scheme_and_a_token_without_a_space", "there is no space before the token", malformed, "Authorization: Bearer"+ben)
	refuses("a_scheme_without_a_token", "there is no token behind the scheme", malformed, "Authorization: Bearer")
	refuses("an_empty_line", "Authorization is empty", malformed, "Authorization:")
	refuses("a_line_of_one_letter", "Authorization has neither scheme nor token", malformed, "Authorization: B")
	refuses("more_than_a_token", "something follows the token", malformed, bearer(ben)+" "+ann)
	refuses("the_scheme_twice", "the scheme stands there twice", malformed, "Authorization: Bearer Bearer "+ben)
	refuses("two_lines", "there are two lines of Authorization", malformed, bearer(ben), bearer(ann))
	refuses("a_token_that_the_Verifier_cannot_judge", "Verify returns a User and an error that is not ErrBadToken, but \"connection refused\"", failed, bearer(unclear))
}

func TestRequire(t *testing.T) {
	for name, perm := range map[string]string{"first": "notes.export", "second": "notes.delete", "last": "notes.import"} {
		t.Run("lets_through_who_has_it_"+name, func(t *testing.T) {
			newDoor(t, authenticate, func() threeanswers.Middleware { return threeanswers.Require(perm) }).get(t, perm+" is one of the user's three permissions", through, bearer(many))
		})
	}

	for name, token := range map[string]string{"no_permission": ann, "another_permission": ben, "permissions_that_are_called_alike": nearly} {
		t.Run("refuses_who_has_"+name, func(t *testing.T) {
			d := newDoor(t, authenticate, requireDelete)
			d.get(t, "the user has the permission", through, bearer(admin))
			d.get(t, "the token is good, and its user does not have the permission", forbidden, bearer(token))
		})
	}

	t.Run("refuses_everybody_without_Authenticate", func(t *testing.T) {
		newDoor(t, requireDelete).get(t, "there is no Authenticate before Require", []int{401, 403, 404, 500}, bearer(admin))
	})

	overtaken := func(name, of, first, second string, statuses []int) {
		t.Run("judges_each_request_by_its_user_"+name, func(t *testing.T) {
			var d *door
			meanwhile := func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "Bearer "+first {
						other := httptest.NewRequest("GET", "/notes", nil)
						other.Header.Set("Authorization", "Bearer "+second)
						d.ServeHTTP(httptest.NewRecorder(), other)
						d.ran = 0
					}
					next.ServeHTTP(w, r)
				})
			}
			d = newDoor(t, authenticate, func() threeanswers.Middleware { return meanwhile }, requireDelete)
			d.get(t, "somebody else's request is answered while this one, "+of+", is between Authenticate and Require", statuses, bearer(first))
		})
	}
	overtaken("who_has_the_permission", "of a user who has the permission", admin, ben, through)
	overtaken("who_does_not_have_it", "of a user who does not have the permission", ben, admin, forbidden)
}
