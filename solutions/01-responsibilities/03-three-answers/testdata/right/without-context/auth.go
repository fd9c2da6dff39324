// Right: the users of the requests under way are kept in a map; the header is read byte by byte.

// Package threeanswers keeps the notes of an application's users.
package threeanswers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
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

// underWay has a User for each *http.Request that Authenticate has let through.
var underWay sync.Map

func who(r *http.Request) *User {
	if u, ok := underWay.Load(r); ok {
		return u.(*User)
	}
	return nil
}

// Authenticate lets in who is known.
func Authenticate(v Verifier) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token := ""
			if lines := r.Header.Values("Authorization"); len(lines) == 1 {
				token = afterScheme(lines[0])
			} else if len(lines) > 1 {
				http.Error(w, "more than one Authorization", http.StatusBadRequest)
				return
			}
			if token == "" {
				tellWhoYouAre(w)
				return
			}
			user, err := v.Verify(r.Context(), token)
			if err != nil && !errors.Is(err, ErrBadToken) {
				http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
				return
			}
			if err != nil {
				tellWhoYouAre(w)
				return
			}
			underWay.Store(r, &user)
			defer underWay.Delete(r)
			next.ServeHTTP(w, r)
		})
	}
}

// afterScheme returns the token of a line with the scheme Bearer, or nothing.
func afterScheme(line string) string {
	const scheme = "bearer"
	i := 0
	for i < len(line) && line[i] != ' ' {
		i++
	}
	if strings.ToLower(line[:i]) != scheme {
		return ""
	}
	for i < len(line) && line[i] == ' ' {
		i++
	}
	token := line[i:]
	for _, c := range token {
		if c <= ' ' || c > '~' {
			return ""
		}
	}
	return token
}

// Require lets in who has the permission.
func Require(perm string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user := who(r)
			if user == nil {
				tellWhoYouAre(w)
				return
			}
			has := map[string]bool{}
			for _, p := range user.Permissions {
				has[p] = true
			}
			if !has[perm] {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func tellWhoYouAre(w http.ResponseWriter) {
	w.Header()["Www-Authenticate"] = []string{"BEARER"}
	w.WriteHeader(http.StatusUnauthorized)
}
