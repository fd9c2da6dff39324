// Right: who may not delete sees no admin area at all, 404; a mux of its own for it; a session has the user and what they may do.

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

type key int

const sessionKey key = iota

// session is who has sent the request, and what they may do.
type session struct {
	user User
	can  func(perm string) bool
}

func sessionOf(r *http.Request) session {
	if s, ok := r.Context().Value(sessionKey).(session); ok {
		return s
	}
	return session{can: func(string) bool { return false }}
}

// Authenticate lets in who is known.
func Authenticate(v Verifier) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, ok := bearer(r.Header.Values("Authorization"))
			if !ok {
				unknown(w, "Bearer")
				return
			}
			user, err := v.Verify(r.Context(), token)
			if err == nil {
				s := session{user, func(perm string) bool { return slices.Index(user.Permissions, perm) >= 0 }}
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey, s)))
			} else if errors.Is(err, ErrBadToken) {
				unknown(w, `Bearer error="invalid_token"`)
			} else {
				slog.Warn("identity service", "err", err)
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
	}
}

func bearer(lines []string) (token string, ok bool) {
	for _, line := range lines {
		scheme, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		if token != "" || !strings.EqualFold(scheme, "bearer") || rest == "" || strings.ContainsAny(rest, " \t,") {
			return "", false
		}
		token = rest
	}
	return token, token != ""
}

func unknown(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	http.Error(w, "unknown", http.StatusUnauthorized)
}

// Require hides what is behind it from who lacks the permission.
func Require(perm string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if sessionOf(r).can(perm) {
				next.ServeHTTP(w, r)
			} else {
				http.NotFound(w, r)
			}
		})
	}
}
