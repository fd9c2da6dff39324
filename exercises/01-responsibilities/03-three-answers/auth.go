// Package threeanswers keeps the notes of an application's users.
package threeanswers

import (
	"context"
	"errors"
	"net/http"
)

// User is somebody that the application knows.
type User struct {
	ID          int64
	Permissions []string // what they may do beyond their own notes, such as "notes.delete"
}

// ErrBadToken is what a Verifier says of a token that belongs to nobody; errors.Is finds it.
var ErrBadToken = errors.New("the token is not valid")

// A Verifier knows whose a token is. Several requests may ask it at once.
type Verifier interface {
	// Verify returns the user that the token belongs to. The error is
	// ErrBadToken when the token is unknown, has expired or was revoked. Any
	// other error means that Verify could not tell, for instance because the
	// service that it asks is down. With an error, the User means nothing.
	Verify(ctx context.Context, token string) (User, error)
}

// Middleware puts something in front of a handler.
type Middleware func(next http.Handler) http.Handler

// Authenticate lets a request through to next when v knows whose token it
// brings: Authorization: Bearer TOKEN. Require and the handlers behind it know
// the User then.
func Authenticate(v Verifier) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// TODO: yours to write.
			http.Error(w, "not written yet", http.StatusNotImplemented)
		})
	}
}

// Require lets a request through to next when its User has the permission. It
// stands behind Authenticate; without that it lets nobody through.
func Require(perm string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// TODO: yours to write.
			http.Error(w, "not written yet", http.StatusNotImplemented)
		})
	}
}
