// Right: handlers return errors that have a status, and one place answers, with problem documents.

// Package threeanswers keeps the notes of an application's users.
package threeanswers

import (
	"context"
	"encoding/json"
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

// failure is an error that a client may see.
type failure struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
}

func (f failure) Error() string { return f.Title }

var (
	errWho       = failure{401, "authentication required"}
	errMayNot    = failure{403, "not allowed"}
	errNotFound  = failure{404, "not found"}
	errNotNow    = failure{502, "authentication is not available"}
	errUndefined = failure{500, "internal error"}
)

type handler func(w http.ResponseWriter, r *http.Request) error

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h(w, r)
	if err == nil {
		return
	}
	f, ok := errors.AsType[failure](err)
	if !ok {
		f = errUndefined
	}
	if f.Status >= 500 {
		slog.Error(err.Error())
	}
	if f == errWho {
		w.Header().Set("WWW-Authenticate", "Basic realm=\"old clients\", Bearer")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(f)
}

type current struct{}

// Authenticate lets in who is known.
func Authenticate(v Verifier) Middleware {
	return func(next http.Handler) http.Handler {
		return handler(func(w http.ResponseWriter, r *http.Request) error {
			token, err := tokenOf(r)
			if err != nil {
				return err
			}
			u, err := v.Verify(r.Context(), token)
			if errors.Is(err, ErrBadToken) {
				return errWho
			} else if err != nil {
				return errors.Join(errNotNow, err)
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), current{}, u)))
			return nil
		})
	}
}

func tokenOf(r *http.Request) (string, error) {
	all := r.Header.Values("authorization")
	if len(all) != 1 {
		return "", errWho
	}
	scheme, rest, found := strings.Cut(all[0], " ")
	token := strings.Trim(rest, " ")
	if !found || strings.ToLower(scheme) != "bearer" || strings.Contains(token, " ") || len(token) == 0 {
		return "", errWho
	}
	return token, nil
}

// Require lets in who has the permission.
func Require(perm string) Middleware {
	return func(next http.Handler) http.Handler {
		return handler(func(w http.ResponseWriter, r *http.Request) error {
			u, ok := r.Context().Value(current{}).(User)
			if !ok {
				return errors.New("Require without Authenticate")
			}
			if !slices.Contains(u.Permissions, perm) {
				return errMayNot
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}
