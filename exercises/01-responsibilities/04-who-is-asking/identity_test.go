package whoisasking_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	whoisasking "workbook/exercises/01-responsibilities/04-who-is-asking"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/wire"
)

const (
	alice, mallory, newcomer = 4_000_000_011, 4_000_000_012, 4_000_000_013

	who = "\n4000000011 is Alice, 4000000012 is Mallory.\n" // for messages
)

// sessions is a Sessions that knows these tokens.
type sessions map[string]int64

func people() sessions {
	return sessions{"alices-token": alice, "mallorys-token": mallory, "newcomers-token": newcomer, "ended": alice, "unclear": alice}
}

func (s sessions) User(_ context.Context, token string) (whoisasking.User, error) {
	user := whoisasking.User{ID: s[token]}
	switch {
	case token == "unclear":
		return user, errors.New("dial tcp: connection refused")
	case token == "ended" || user.ID == 0:
		return user, fmt.Errorf("look for the session: %w", whoisasking.ErrNoSession)
	}
	return user, nil
}

// bearer is the header line that brings a token.
func bearer(token string) string { return "Authorization: Bearer " + token }

// claims are what a request can say to look like one of Alice's: each goes behind its path, or into its header.
var claims = map[string][]wire.Request{
	"the_query":         {{Path: "?author_id=4000000011&user_id=4000000011&userId=4000000011&author=4000000011&user=4000000011&id=4000000011"}},
	"headers":           {{Header: []string{"X-User-Id: 4000000011"}}, {Header: []string{"X-User: 4000000011", "X-Author-Id: 4000000011", "X-Auth-User-Id: 4000000011", "X-Forwarded-User: 4000000011", "Remote-User: 4000000011"}}},
	"cookies":           {{Header: []string{"Cookie: user_id=4000000011; user=4000000011; uid=4000000011; author_id=4000000011; userId=4000000011"}}},
	"a_token_elsewhere": {{Path: "?token=alices-token&access_token=alices-token&session=alices-token"}, {Header: []string{"Cookie: session=alices-token; session_id=alices-token; token=alices-token; access_token=alices-token"}}},
}

// requireStatus fails the test unless the status is want, such as 401 or 5xx.
func requireStatus(t *testing.T, a wire.Answer, when, want string) {
	t.Helper()
	if got := fmt.Sprint(a.Status); got != want && got[:1]+"xx" != want {
		require.Fail(t, fmt.Sprintf("When %s, the status is %s. It was %s.\n%s", when, want, got, a.Story()))
	}
}

// door is Authenticate before a handler, which calls inside and answers 299.
type door struct {
	sessions sessions
	handler  http.Handler
	server   *wire.Server
	users    []string // what CurrentUser has returned in the handler, each time it ran
}

func newDoor(t *testing.T, inside func(*http.Request)) *door {
	t.Helper()
	d := &door{sessions: people()}
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside(r)
		user, ok := whoisasking.CurrentUser(r.Context())
		d.users = append(d.users, fmt.Sprint(user.ID, " ", ok))
		w.WriteHeader(299)
	})
	d.handler = guard.Call(t, func() http.Handler { return whoisasking.Authenticate(d.sessions, next) })
	d.server = wire.Serve(t, d.handler)
	return d
}

func TestAuthenticate(t *testing.T) {
	nothing := func(*http.Request) {}
	const open = "Sessions knows the token, next runs (here it answers 299); so"
	t.Run("lets_users_through", func(t *testing.T) {
		d := newDoor(t, nothing)
		requireStatus(t, d.server.Get(t, "/", bearer("alices-token")), open, "299")
		requireStatus(t, d.server.Get(t, "/", bearer("mallorys-token")), open, "299")
		require.Equal(t, []string{"4000000011 true", "4000000012 true"}, d.users, "Alice has sent a request, and then Mallory has. What CurrentUser has returned in next:"+who)
	})
	t.Run("keeps_what_was_in_the_context", func(t *testing.T) {
		var server any
		d := newDoor(t, func(r *http.Request) { server = r.Context().Value(http.ServerContextKey) })
		requireStatus(t, d.server.Get(t, "/", bearer("alices-token")), open, "299")
		require.NotNil(t, server, "net/http keeps its Server in the context of a request, under http.ServerContextKey. In next it is still there.")
	})

	refuses := func(name, when, want string, requests ...wire.Request) {
		t.Run("refuses_"+name, func(t *testing.T) {
			d := newDoor(t, nothing)
			for _, r := range requests {
				r.Path = "/" + r.Path
				a := d.server.Send(t, r)
				requireStatus(t, a, when, want)
				require.Empty(t, d.users, "Authenticate has refused the request, and next has run all the same. What CurrentUser has returned there:"+who+a.Story())
			}
		})
	}
	token := func(t string) wire.Request { return wire.Request{Header: []string{bearer(t)}} }
	refuses("without_a_credential", "there is no credential", "401", wire.Request{})
	refuses("a_token_that_nobody_has", "Sessions says ErrNoSession", "401", token("nobodys-token"))
	refuses("a_session_that_has_ended", "Sessions says ErrNoSession (and whose the session was)", "401", token("ended"))
	refuses("when_Sessions_cannot_tell", "the error of Sessions is not ErrNoSession", "5xx", token("unclear"))
	for name, requests := range claims {
		refuses("with_only_"+name, "there is no credential", "401", requests...)
	}

	t.Run("asks_about_each_request", func(t *testing.T) {
		d := newDoor(t, nothing)
		requireStatus(t, d.server.Get(t, "/", bearer("alices-token")), open, "299")
		delete(d.sessions, "alices-token")
		requireStatus(t, d.server.Get(t, "/", bearer("alices-token")), "a request has come through, then its session has ended, and the same request comes again", "401")
	})
	t.Run("keeps_users_apart", func(t *testing.T) {
		var d *door
		d = newDoor(t, func(r *http.Request) {
			if r.URL.Path == "/first" {
				second := httptest.NewRequest("GET", "/second", nil)
				second.Header.Set("Authorization", "Bearer mallorys-token")
				d.handler.ServeHTTP(httptest.NewRecorder(), second)
			}
		})
		d.server.Get(t, "/first", bearer("alices-token"))
		require.Equal(t, []string{"4000000012 true", "4000000011 true"}, d.users, "While Alice's request is in next, Mallory's comes and goes. What CurrentUser has returned in Mallory's, and then in Alice's:"+who)
	})
}

func TestCurrentUser(t *testing.T) {
	user := whoisasking.User{ID: alice}
	for name, values := range map[string][]any{"without_a_user": {nil}, "when_other_packages_keep_a_user_there": {user, &user, user.ID, fmt.Sprint(user.ID)}} {
		t.Run("is_false_"+name, func(t *testing.T) {
			for _, value := range values {
				got, ok := guard.Call2(t, func() (whoisasking.User, bool) { return whoisasking.CurrentUser(crowded{t.Context(), value}) })
				require.False(t, ok, fmt.Sprintf("The context is of no request that has come through Authenticate. Other packages have put a value into it, under keys that are texts and numbers: %v (%T). CurrentUser has returned %+v and true.", value, value, got))
			}
		})
	}
}

// crowded is a context in which other packages have put a value under every text, number and truth value.
type crowded struct {
	context.Context
	value any
}

func (c crowded) Value(key any) any {
	if of := reflect.TypeOf(key); of.PkgPath() == "" && (of.Kind() <= reflect.Complex128 || of.Kind() == reflect.String) {
		return c.value
	}
	return c.Context.Value(key)
}
