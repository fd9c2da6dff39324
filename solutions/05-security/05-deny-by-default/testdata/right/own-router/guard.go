// Right: a router of its own that walks through the segments of the path; the permissions come as one array; problem documents.

// Package rbac lets users do what their roles permit.
package rbac

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

const PermAssignRoles = "roles.assign"

type Authenticator func(r *http.Request) (user int64, ok bool)

type Guard struct {
	pool   *pgxpool.Pool
	who    Authenticator
	routes []route
}

type route struct {
	method, permission string
	segments           []string
	serve              func(w http.ResponseWriter, r *http.Request, user int64, may []string)
}

func New(pool *pgxpool.Pool, who Authenticator) *Guard {
	g := &Guard{pool: pool, who: who}
	g.add("PUT /users/{id}/roles/{role}", PermAssignRoles, g.assign)
	return g
}

func (g *Guard) Handle(pattern, permission string, h http.Handler) {
	g.add(pattern, permission, func(w http.ResponseWriter, r *http.Request, _ int64, _ []string) { h.ServeHTTP(w, r) })
}

func (g *Guard) add(pattern, permission string, serve func(http.ResponseWriter, *http.Request, int64, []string)) {
	if strings.TrimSpace(permission) == "" {
		panic("guard: a route needs a permission")
	}
	words := strings.Fields(pattern)
	g.routes = append(g.routes, route{words[0], permission, strings.Split(words[1], "/")[1:], serve})
	// The more literal segments stand in front, the more specific.
	slices.SortStableFunc(g.routes, func(a, b route) int { return slices.Compare(b.shape(), a.shape()) })
}

// shape has a 2 for each literal segment, a 1 for each of one wildcard, a 0 for the rest.
func (rt route) shape() (s []int) {
	for _, segment := range rt.segments {
		switch {
		case strings.HasSuffix(segment, "...}"):
			s = append(s, 0)
		case strings.HasPrefix(segment, "{"):
			s = append(s, 1)
		default:
			s = append(s, 2)
		}
	}
	return s
}

// match returns the path values; ok is false when this is not the route.
func (rt route) match(segments []string) (values map[string]string, ok bool) {
	values = map[string]string{}
	for i, segment := range rt.segments {
		if name, rest := strings.CutSuffix(segment, "...}"); rest {
			values[name[1:]] = strings.Join(segments[min(i, len(segments)):], "/")
			return values, len(segments) > i
		}
		if i >= len(segments) {
			return nil, false
		}
		if strings.HasPrefix(segment, "{") && segments[i] != "" {
			values[strings.Trim(segment, "{}")] = segments[i]
		} else if segment != segments[i] {
			return nil, false
		}
	}
	return values, len(rt.segments) == len(segments)
}

func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, ok := g.who(r)
	if !ok {
		w.Header().Add("WWW-Authenticate", "Basic realm=x, bearer")
		problem(w, 401)
		return
	}
	var may []string
	if err := g.pool.QueryRow(r.Context(), `SELECT coalesce(array_agg(permission), '{}') FROM role_permissions NATURAL JOIN user_roles WHERE user_id = $1`, user).Scan(&may); err != nil {
		slog.Error(err.Error())
		problem(w, 500)
		return
	}
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i := range segments {
		segments[i], _ = url.PathUnescape(segments[i])
		if segments[i] == ".." || segments[i] == "." || strings.Contains(segments[i], "/") {
			problem(w, 400)
			return
		}
	}
	known := false
	for _, rt := range g.routes {
		values, ok := rt.match(segments)
		if known = known || ok; !ok || r.Method != rt.method && (r.Method != "HEAD" || rt.method != "GET") {
			continue
		}
		if !slices.Contains(may, rt.permission) {
			problem(w, 403)
			return
		}
		for name, value := range values {
			r.SetPathValue(name, value)
		}
		rt.serve(w, r, user, may)
		return
	}
	var allow []string
	seen := map[string]bool{}
	for _, rt := range g.routes {
		if _, ok := rt.match(segments); !ok || seen[rt.method] {
			continue
		}
		if seen[rt.method] = true; slices.Contains(may, rt.permission) {
			allow = append(allow, rt.method)
		}
	}
	switch {
	case !known:
		problem(w, 404)
	case len(allow) == 0:
		problem(w, 403)
	default:
		w.Header()["Allow"] = allow
		problem(w, 405)
	}
}

// assign needs ids as we write them ourselves.
func (g *Guard) assign(w http.ResponseWriter, r *http.Request, giver int64, may []string) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != r.PathValue("id") {
		problem(w, 404)
		return
	}
	var user, role, all bool
	err = g.pool.QueryRow(r.Context(), `SELECT EXISTS (SELECT FROM users WHERE id = $1), EXISTS (SELECT FROM roles WHERE name = $2),
		NOT EXISTS (SELECT FROM role_permissions WHERE role = $2 AND permission <> ALL ($3))`, id, r.PathValue("role"), may).Scan(&user, &role, &all)
	if err == nil && user && role && all && id != giver {
		_, err = g.pool.Exec(r.Context(), `INSERT INTO user_roles SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM user_roles WHERE user_id = $1 AND role = $2)`, id, r.PathValue("role"))
	}
	switch {
	case err != nil:
		slog.Error(err.Error())
		problem(w, 500)
	case id == giver || !all:
		problem(w, 403)
	case !user || !role:
		problem(w, 404)
	default:
		w.WriteHeader(200)
	}
}

func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": http.StatusText(status)})
}
