// Right: each path is a resource that knows its methods; one question to the database for each permission, through database/sql.

// Package rbac lets users do what their roles permit.
package rbac

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"net/http"
	"sort"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const PermAssignRoles = "roles.assign"

type Authenticator func(r *http.Request) (user int64, ok bool)

type Guard struct {
	db    *sql.DB
	who   Authenticator
	mux   *http.ServeMux
	paths map[string]resource
}

func New(pool *pgxpool.Pool, who Authenticator) *Guard {
	g := &Guard{stdlib.OpenDBFromPool(pool), who, http.NewServeMux(), map[string]resource{}}
	g.Handle("PUT /users/{id}/roles/{role}", PermAssignRoles, http.HandlerFunc(g.put))
	return g
}

type route struct {
	permission string
	http.Handler
}

type resource map[string]route // by method

func (g *Guard) Handle(pattern, permission string, h http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	if len(permission) == 0 {
		h, permission = http.HandlerFunc(forbid), "\n"
	}
	if g.paths[path] == nil {
		g.paths[path] = resource{}
		g.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, g.paths[path]) })
	}
	g.paths[path][method] = route{permission, h}
	if method == "GET" && g.paths[path]["HEAD"].Handler == nil {
		g.paths[path]["HEAD"] = route{permission, h}
	}
}

type key string

func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, ok := g.who(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="intranet"`)
		w.WriteHeader(401)
		return
	}
	g.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key("user"), user)))
}

func (g *Guard) serve(w http.ResponseWriter, r *http.Request, res resource) {
	user := r.Context().Value(key("user")).(int64)
	if rt, ok := res[r.Method]; ok {
		switch may, err := g.may(r.Context(), user, rt.permission); {
		case err != nil:
			fail(w, err)
		case may:
			rt.ServeHTTP(w, r)
		default:
			forbid(w, r)
		}
		return
	}
	var allow []string
	for method, rt := range res {
		may, err := g.may(r.Context(), user, rt.permission)
		if err != nil {
			fail(w, err)
			return
		}
		if may {
			allow = append(allow, method)
		}
	}
	if allow == nil {
		forbid(w, r)
		return
	}
	sort.Strings(allow)
	w.Header().Set("Allow", strings.Join(allow, ","))
	w.WriteHeader(405)
}

func (g *Guard) may(ctx context.Context, user int64, permission string) (yes bool, err error) {
	err = g.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM role_permissions WHERE permission = $2 AND role IN (SELECT role FROM user_roles WHERE user_id = $1))`, user, permission).Scan(&yes)
	return yes, err
}

func (g *Guard) put(w http.ResponseWriter, r *http.Request) {
	giver := r.Context().Value(key("user")).(int64)
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		http.Error(w, "the id is a number", 400)
		return
	}
	if int64(id) == giver {
		forbid(w, r)
		return
	}
	var more bool
	err = g.db.QueryRowContext(r.Context(), `SELECT EXISTS (
		SELECT permission FROM role_permissions WHERE role = $1 EXCEPT
		SELECT permission FROM role_permissions JOIN user_roles USING (role) WHERE user_id = $2)`, r.PathValue("role"), giver).Scan(&more)
	if err == nil && more {
		forbid(w, r)
		return
	}
	if err == nil {
		_, err = g.db.ExecContext(r.Context(), `INSERT INTO user_roles VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, r.PathValue("role"))
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23503" {
		http.Error(w, "no such user or role", 404)
	} else if err != nil {
		fail(w, err)
	}
}

func forbid(w http.ResponseWriter, _ *http.Request) { http.Error(w, "forbidden", 403) }

func fail(w http.ResponseWriter, err error) {
	log.Print("guard: ", err)
	http.Error(w, "try again later", 503)
}
