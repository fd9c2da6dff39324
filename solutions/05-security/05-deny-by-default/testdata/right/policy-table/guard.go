// Right: a table of policies by pattern, which a middleware asks before the mux; what is not in the table is forbidden. Giving a role is one statement.

// Package rbac lets users do what their roles permit.
package rbac

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const PermAssignRoles = "roles.assign"

type Authenticator func(r *http.Request) (user int64, ok bool)

// A Guard is a chain of middlewares around a mux.
type Guard struct {
	http.Handler
	pool   *pgxpool.Pool
	mux    http.ServeMux
	policy map[string]string // permissions by pattern
}

type id struct{}

func New(pool *pgxpool.Pool, who Authenticator) *Guard {
	g := &Guard{pool: pool, policy: map[string]string{}}
	g.Handler = identify(who, http.HandlerFunc(g.authorize))
	g.Handle("PUT /users/{id}/roles/{role}", PermAssignRoles, g.roles())
	return g
}

func (g *Guard) Handle(pattern, permission string, h http.Handler) {
	g.mux.Handle(pattern, h)
	g.policy[pattern] = permission
}

func identify(who Authenticator, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, ok := who(r); ok {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), id{}, user)))
			return
		}
		w.Header().Set("www-authenticate", "Bearer")
		http.Error(w, "unauthorized", http.StatusUnauthorized)
	})
}

// authorize also asks for the permission before the mux redirects to a pattern.
func (g *Guard) authorize(w http.ResponseWriter, r *http.Request) {
	may, err := g.may(r)
	if err != nil {
		slog.Error("authorize", "error", err)
		http.Error(w, "unavailable", http.StatusBadGateway)
		return
	}
	_, pattern := g.mux.Handler(r)
	if pattern != "" {
		if !may(pattern) {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		g.mux.ServeHTTP(w, r)
		return
	}
	patterns := map[string]string{}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := g.mux.Handler(probe); pattern != "" {
			patterns[method] = pattern
		}
	}
	allowed := ""
	for method, pattern := range patterns {
		if may(pattern) {
			allowed += ", " + method
		}
	}
	switch {
	case len(patterns) == 0:
		http.Error(w, "not found", http.StatusNotFound)
	case allowed == "":
		http.Error(w, "forbidden", http.StatusForbidden)
	default:
		w.Header().Set("Allow", strings.TrimPrefix(allowed, ", "))
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// may returns a function that knows the user's permissions.
func (g *Guard) may(r *http.Request) (func(pattern string) bool, error) {
	rows, err := g.pool.Query(r.Context(), `SELECT DISTINCT rp.permission FROM user_roles ur, role_permissions rp WHERE ur.role = rp.role AND ur.user_id = $1`, r.Context().Value(id{}))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	set := map[string]struct{}{}
	for rows.Next() {
		var permission string
		if err := rows.Scan(&permission); err != nil {
			return nil, err
		}
		set[permission] = struct{}{}
	}
	return func(pattern string) bool {
		permission, known := g.policy[pattern]
		_, has := set[permission]
		return known && permission != "" && has
	}, rows.Err()
}

// roles answers with the word that the statement finds.
func (g *Guard) roles() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, err := strconv.ParseUint(r.PathValue("id"), 10, 63)
		if err != nil {
			http.Error(w, "bad id", http.StatusBadRequest)
			return
		}
		var status int
		err = g.pool.QueryRow(r.Context(), `
			WITH verdict (status) AS (
				SELECT CASE WHEN $1::bigint = $3::bigint THEN 403 WHEN EXISTS (
					SELECT FROM role_permissions rp WHERE rp.role = $2 AND NOT EXISTS (
						SELECT FROM user_roles JOIN role_permissions own USING (role) WHERE user_id = $3 AND own.permission = rp.permission)) THEN 403
				ELSE 204 END
				FROM users CROSS JOIN roles WHERE users.id = $1 AND roles.name = $2),
			given AS (INSERT INTO user_roles SELECT $1::bigint, $2::text FROM verdict WHERE status = 204 ON CONFLICT DO NOTHING)
			SELECT status FROM verdict`, int64(user), r.PathValue("role"), r.Context().Value(id{})).Scan(&status)
		if errors.Is(err, pgx.ErrNoRows) {
			status, err = http.StatusNotFound, nil
		}
		if err != nil {
			slog.Error("give role", "error", fmt.Errorf("to %d: %w", user, err))
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
	})
}
