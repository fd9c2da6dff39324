// Package whoisasking knows who has sent a request.
package whoisasking

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// User is somebody who has signed in.
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

// Authenticate calls next when sessions knows whose credential the request
// brings. The request is as it was; from its context, CurrentUser returns the
// User. Otherwise Authenticate answers itself, and next does not run.
func Authenticate(sessions Sessions, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		http.Error(w, "not written yet", http.StatusNotImplemented)
	})
}

// CurrentUser returns the user whose request this is the context of. It is
// false when the request has not come through Authenticate.
func CurrentUser(ctx context.Context) (User, bool) {
	return User{}, false // TODO
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
