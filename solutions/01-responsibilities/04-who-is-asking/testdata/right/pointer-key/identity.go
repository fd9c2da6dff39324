// Right: a pointer is the key and a *User the value; a wrapper around the mux asks for the user once, for all routes; the rows are read in SQL of its own.

// Package whoisasking knows who has sent a request.
package whoisasking

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

type User struct {
	ID int64
}

// ErrNoSession is what Sessions says of a token that belongs to nobody; errors.Is finds it.
var ErrNoSession = errors.New("no such session")

// Sessions knows who has signed in. Several requests may ask it at once.
type Sessions interface {
	// User returns the user to whom a session's token was given. The error is
	// ErrNoSession when there is no such session, or when it has ended. Any
	// other error means that Sessions could not tell, for instance because its
	// own server is down. With an error, the User means nothing.
	User(ctx context.Context, token string) (User, error)
}

type contextKey struct{ name string }

var keyOfUser = &contextKey{"user"}

func Authenticate(sessions Sessions, next http.Handler) http.Handler {
	return authenticator{sessions, next}
}

type authenticator struct {
	sessions Sessions
	next     http.Handler
}

func (a authenticator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, err := a.whose(r)
	if errors.Is(err, ErrNoSession) {
		unauthorized(w)
		return
	}
	if err != nil {
		http.Error(w, "cannot tell who you are", http.StatusInternalServerError)
		return
	}
	a.next.ServeHTTP(w, r.Clone(context.WithValue(r.Context(), keyOfUser, user)))
}

func (a authenticator) whose(r *http.Request) (*User, error) {
	token, ok := credential(r)
	if !ok {
		return nil, ErrNoSession
	}
	user, err := a.sessions.User(r.Context(), token)
	if err != nil {
		return nil, err
	}
	return &user, nil
}

func CurrentUser(ctx context.Context) (User, bool) {
	if user, _ := ctx.Value(keyOfUser).(*User); user != nil {
		return *user, true
	}
	return User{}, false
}

// credential returns the token of Authorization: Bearer TOKEN. It is false when
// the request has none.
func credential(r *http.Request) (token string, ok bool) {
	lines := r.Header.Values("Authorization")
	if len(lines) != 1 {
		return "", false
	}
	words := strings.Fields(lines[0])
	if len(words) != 2 || !strings.EqualFold(words[0], "Bearer") {
		return "", false
	}
	return words[1], true
}

// unauthorized answers that somebody must say who they are.
func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="posts"`)
	http.Error(w, "say who you are", http.StatusUnauthorized)
}
