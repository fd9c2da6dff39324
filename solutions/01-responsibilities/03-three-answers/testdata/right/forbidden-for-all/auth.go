// Right: 403 for every note that is not the user's, missing ones included; 400 for a malformed line; a regular expression; each route has its own chain.

// Package threeanswers keeps the notes of an application's users.
package threeanswers

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"regexp"
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

var credentials = regexp.MustCompile(`^([!#$%&'*+.^_|~0-9A-Za-z-]+)(?: +(.*))?$`)
var isBearer = regexp.MustCompile(`^(?i:bearer)$`)
var isToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

type contextKey string

const userKey = contextKey("user")

// Authenticate is in front of everything.
func Authenticate(v Verifier) Middleware {
	return func(next http.Handler) http.Handler {
		fn := func(w http.ResponseWriter, r *http.Request) {
			lines := r.Header["Authorization"]
			if len(lines) == 0 {
				challenge(w, "no credentials")
				return
			}
			parts := credentials.FindStringSubmatch(lines[0])
			if len(lines) > 1 || parts == nil {
				problem(w, 400, "one Authorization line with a scheme and a token, please")
				return
			}
			if !isBearer.MatchString(parts[1]) {
				challenge(w, "unsupported scheme")
				return
			}
			if !isToken.MatchString(parts[2]) {
				problem(w, 400, "malformed token")
				return
			}
			u, err := v.Verify(r.Context(), parts[2])
			if errors.Is(err, ErrBadToken) {
				challenge(w, "bad token")
				return
			}
			if err != nil {
				log.Println("verify:", err)
				w.Header().Set("Retry-After", "5")
				problem(w, 503, "cannot check tokens right now")
				return
			}
			ctx := context.WithValue(r.Context(), userKey, &u)
			next.ServeHTTP(w, r.WithContext(ctx))
		}
		return http.HandlerFunc(fn)
	}
}

// Require is behind Authenticate.
func Require(perm string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			u, _ := r.Context().Value(userKey).(*User)
			if u != nil {
				for _, p := range u.Permissions {
					if p == perm {
						next.ServeHTTP(w, r)
						return
					}
				}
			}
			problem(w, 403, "permission "+perm+" denied")
		})
	}
}

func challenge(w http.ResponseWriter, why string) {
	w.Header().Add("WWW-Authenticate", `Bearer realm="notes", error="invalid_token", error_description="`+why+`"`)
	problem(w, 401, why)
}

func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"error": detail})
}
