// Wrong: mux.Handler finds the handler, and then it is called.
//checker:fails TestChange/another_copy_gives_a_role
//checker:fails TestChange/the_database_refuses_the_role
//checker:fails TestGiveRole/that_permits_more_beside_what_the_giver_may
//checker:fails TestGiveRole/that_permits_more_than_the_giver_may
//checker:fails TestGiveRole/that_permits_nothing
//checker:fails TestGiveRole/that_permits_what_another_role_does
//checker:fails TestGiveRole/to_oneself
//checker:fails TestGiveRole/to_somebody_else
//checker:fails TestMatrix/an_administrator
//checker:fails TestMatrix/one_permission
//checker:fails TestMatrix/several_roles
//checker:hint 2

// Package rbac lets users do what their roles permit.
package rbac

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PermAssignRoles is the permission to give roles to other users.
const PermAssignRoles = "roles.assign"

// An Authenticator says which user sends a request. Where ok is false nobody
// knows, and the number means nothing. Several requests may ask it at once.
type Authenticator func(r *http.Request) (user int64, ok bool)

// A Guard is the http.Handler of an application: each of its routes needs a
// permission.
type Guard struct {
	pool    *pgxpool.Pool
	who     Authenticator
	mux     *http.ServeMux
	methods []string // that any route has
}

// New returns a Guard that reads the tables of schema.sql. It has one route of
// its own, PUT /users/{id}/roles/{role}, which gives a role to a user.
func New(pool *pgxpool.Pool, who Authenticator) *Guard {
	g := &Guard{pool: pool, who: who, mux: http.NewServeMux()}
	g.Handle("PUT /users/{id}/roles/{role}", PermAssignRoles, http.HandlerFunc(g.giveRole))
	return g
}

// Handle adds a route: h answers requests that match the pattern, for users who
// have the permission. Without a permission it panics, so that a program with
// such a mistake does not start.
func (g *Guard) Handle(pattern, permission string, h http.Handler) {
	if permission == "" {
		panic("rbac: no permission for " + pattern)
	}
	g.mux.Handle(pattern, route{permission, h})
	if method, _, _ := strings.Cut(pattern, " "); !slices.Contains(g.methods, method) {
		g.methods = append(g.methods, method)
	}
}

// A route is the only kind of handler in the mux. It looks at its permission
// itself, so that no way through the mux leads past that.
type route struct {
	permission string
	next       http.Handler
}

func (rt route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !subjectOf(r).may[rt.permission] {
		refuse(w, http.StatusForbidden)
		return
	}
	rt.next.ServeHTTP(w, r)
}

// subject is who sends a request, and what they may do at that moment.
type subject struct {
	user int64
	may  map[string]bool
}

type subjectKey struct{}

// subjectOf is a subject that may do nothing when ServeHTTP has let nobody in.
func subjectOf(r *http.Request) subject {
	s, _ := r.Context().Value(subjectKey{}).(subject)
	return s
}

// ServeHTTP lets the request through to the handler of its route, or refuses it.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, ok := g.who(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized)
		return
	}
	may, err := g.permissions(r.Context(), user)
	if err != nil {
		fail(w, r, err)
		return
	}
	if _, pattern := g.mux.Handler(r); pattern == "" {
		g.noRoute(w, r, may)
		return
	}
	h, _ := g.mux.Handler(r)
	h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), subjectKey{}, subject{user, may})))
}

// noRoute refuses a request that no pattern matches. Which methods its path has
// is told to those who may use them.
func (g *Guard) noRoute(w http.ResponseWriter, r *http.Request, may map[string]bool) {
	status, other := http.StatusNotFound, *r
	for _, other.Method = range g.methods {
		h, _ := g.mux.Handler(&other)
		rt, ok := h.(route)
		switch {
		case ok && may[rt.permission]:
			status = http.StatusMethodNotAllowed
			w.Header().Add("Allow", other.Method)
		case ok && status == http.StatusNotFound:
			status = http.StatusForbidden
		}
	}
	refuse(w, status)
}

// permissions are those of all roles of the user.
func (g *Guard) permissions(ctx context.Context, user int64) (map[string]bool, error) {
	rows, _ := g.pool.Query(ctx, `SELECT permission FROM user_roles JOIN role_permissions USING (role) WHERE user_id = $1`, user)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	may := map[string]bool{}
	for _, name := range names {
		may[name] = true
	}
	return may, err
}

// giveRole gives a role to somebody else, if it permits nothing that the giver
// may not do: otherwise two who help each other could do everything.
func (g *Guard) giveRole(w http.ResponseWriter, r *http.Request) {
	giver, role := subjectOf(r), r.PathValue("role")
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		refuse(w, http.StatusNotFound)
		return
	}
	var permits []string
	err = g.pool.QueryRow(r.Context(), `
		SELECT array(SELECT permission FROM role_permissions WHERE role = roles.name)
		FROM roles, users WHERE roles.name = $1 AND users.id = $2`, role, id).Scan(&permits)
	lacks := func(permission string) bool { return !giver.may[permission] }
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		refuse(w, http.StatusNotFound)
		return
	case err != nil:
		fail(w, r, err)
		return
	case id == giver.user, slices.ContainsFunc(permits, lacks):
		refuse(w, http.StatusForbidden)
		return
	}
	if _, err := g.pool.Exec(r.Context(), `INSERT INTO user_roles (user_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, role); err != nil {
		fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func refuse(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }

// fail keeps the reason to the log.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	refuse(w, http.StatusServiceUnavailable)
}
