// Wrong: an error is ErrBadToken when it is equal to it.
//checker:fails TestAuthenticate/refuses_a_token_that_has_expired
//checker:fails TestAuthenticate/refuses_a_token_that_nobody_has
//checker:fails TestAuthenticate/refuses_a_token_that_was_good_before
//checker:fails TestDelete/asks_who_it_is_for_a_note_with_an_expired_token
//checker:fails TestDelete/asks_who_it_is_for_an_id_that_is_a_word_with_an_expired_token
//checker:fails TestDelete/asks_who_it_is_for_no_note_with_an_expired_token
//checker:fails TestShow/asks_who_it_is_for_a_note_with_an_expired_token
//checker:fails TestShow/asks_who_it_is_for_an_id_that_is_a_word_with_an_expired_token
//checker:fails TestShow/asks_who_it_is_for_no_note_with_an_expired_token
//checker:hint 4

// Package threeanswers keeps the notes of an application's users.
package threeanswers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
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
			token, ok := bearerToken(r.Header)
			if !ok {
				unauthorized(w)
				return
			}
			user, err := v.Verify(r.Context(), token)
			switch {
			case err == ErrBadToken:
				unauthorized(w)
			case err != nil: // the client's token may well be good
				slog.ErrorContext(r.Context(), "token not verified", "error", err)
				http.Error(w, "try again later", http.StatusServiceUnavailable)
			default:
				next.ServeHTTP(w, r.WithContext(withUser(r.Context(), user)))
			}
		})
	}
}

// Require lets a request through to next when its User has the permission. It
// stands behind Authenticate; without that it lets nobody through.
func Require(perm string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, ok := userOf(r.Context())
			switch {
			case !ok:
				unauthorized(w)
			case !slices.Contains(user.Permissions, perm):
				http.Error(w, "you may not do this", http.StatusForbidden)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// bearerToken returns the token of the request's one Authorization line.
func bearerToken(h http.Header) (string, bool) {
	lines := h.Values("Authorization")
	if len(lines) != 1 {
		return "", false
	}
	words := strings.Fields(lines[0])
	if len(words) != 2 || !strings.EqualFold(words[0], "Bearer") {
		return "", false
	}
	return words[1], true
}

// unauthorized asks the client to say who it is.
func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="notes"`)
	http.Error(w, "say who you are", http.StatusUnauthorized)
}

// userKey is the key of the User in a request's context.
type userKey struct{}

func withUser(ctx context.Context, user User) context.Context {
	return context.WithValue(ctx, userKey{}, user)
}

// userOf is false when no Authenticate has let the request through.
func userOf(ctx context.Context) (User, bool) {
	user, ok := ctx.Value(userKey{}).(User)
	return user, ok
}
