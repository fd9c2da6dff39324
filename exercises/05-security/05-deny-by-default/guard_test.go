package rbac_test

import (
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	rbac "workbook/exercises/05-security/05-deny-by-default"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// route is one that the tests add, with a path for it and the path values that its handler finds there.
type route struct{ method, pattern, path, permission, values string }

var routes = []route{
	{"GET", "/reports", "/reports", "reports.read", ""},
	{"POST", "/reports", "/reports", "reports.write", ""},
	{"GET", "/reports/{id}", "/reports/17", "reports.read", "17"},
	{"DELETE", "/reports/{id}", "/reports/17", "reports.delete", "17"},
	{"GET", "/exports/{id}", "/exports/a%20b", "reports.read", "a b"},
	{"GET", "/exports/salaries", "/exports/salaries", "payroll.read", ""},
	{"PATCH", "/users/{id}", "/users/8", "users.update", "8"},
	{"GET", "/files/{path...}", "/files/a/b", "files.read", "a/b"},
	{"GET", "/admin/keys", "/admin/keys", "keys.read", ""},
	{"PUT", "/admin/keys", "/admin/keys", "keys.write", ""},
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "get"}

// permits are the permissions of each role. No role has never.given.
var permits = map[string][]string{
	"admin":  {"roles.assign", "reports.read", "reports.write", "reports.delete", "users.update", "files.read", "keys.read", "keys.write"},
	"keeper": {"keys.read"}, "remover": {"reports.delete"}, "clerk": {"payroll.read"}, "giver": {"roles.assign"}, "guest": {},
	"editor": {"reports.read", "reports.write", "files.read"}, "updater": {"users.update", "files.read"},
	"similar": {"reports", "reports.reader", "Reports.Read", "reports_read", "ports.read", "reports.%", "%", "*", "keys.rea", "keys", "roles.assig", "users.update.own"},
}

// The users of all tests; stranger is nobody, and ghost is in no table.
const stranger, admin, remover, keeper, many, similar, guest, newcomer, updater, head, ghost int64 = 0, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110

var rolesOf = map[int64][]string{
	admin: {"admin"}, remover: {"remover"}, keeper: {"keeper"}, many: {"guest", "editor", "remover", "clerk"}, similar: {"similar"},
	guest: {"guest"}, newcomer: {}, updater: {"updater"}, head: {"giver", "editor", "clerk"}, ghost: {},
}

// may is whether one of the user's roles has the permission.
func may(user int64, permission string) bool {
	return slices.ContainsFunc(rolesOf[user], func(role string) bool { return slices.Contains(permits[role], permission) })
}

// everybody is all who are known, in random order.
func everybody(t *testing.T) []int64 {
	return seed.Shuffled(seed.New(t), slices.Sorted(maps.Keys(rolesOf)))
}

// who finds the user in a header. For a stranger it returns the number of a user who may do much.
func who(r *http.Request) (int64, bool) {
	if user, err := strconv.ParseInt(r.Header.Get("X-User"), 10, 64); err == nil {
		return user, true
	}
	return admin, false
}

// site is the application under test on a database of its own.
type site struct {
	*dbtest.DB
	*wire.Server
	t   *testing.T
	ran []string // the permissions of the handlers that the last request has run
}

func open(t *testing.T) *site {
	t.Helper()
	s := &site{DB: dbtest.New(t, schema), t: t}
	s.Exec(`INSERT INTO roles SELECT key, CASE key WHEN 'admin' THEN 9 WHEN 'similar' THEN 8 WHEN 'guest' THEN 7 ELSE length(key) END FROM jsonb_each($1)`, permits)
	s.Exec(`INSERT INTO permissions SELECT DISTINCT jsonb_array_elements_text(value) FROM jsonb_each($1) UNION VALUES ('never.given')`, permits)
	s.Exec(`INSERT INTO role_permissions SELECT key, jsonb_array_elements_text(value) FROM jsonb_each($1)`, permits)
	s.Exec(`INSERT INTO users SELECT key::bigint, 'user ' || key FROM jsonb_each($1) WHERE key <> '110'`, rolesOf)
	s.Exec(`INSERT INTO user_roles SELECT key::bigint, jsonb_array_elements_text(value) FROM jsonb_each($1)`, rolesOf)
	pool := s.Pool()
	s.Server = wire.Serve(t, guard.Call(t, func() http.Handler { return s.start(pool) }))
	return s
}

// start makes a Guard. The handlers answer 299 with the path values.
func (s *site) start(pool *pgxpool.Pool, more ...route) *rbac.Guard {
	g := rbac.New(pool, who)
	for _, rt := range append(more, routes...) {
		g.Handle(rt.method+" "+rt.pattern, rt.permission, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.ran = append(s.ran, rt.permission)
			w.WriteHeader(299)
			fmt.Fprint(w, r.PathValue("id")+r.PathValue("path"))
		}))
	}
	return g
}

// send sends a request as a user, and returns the permissions of the handlers that have run.
func (s *site) send(server *wire.Server, user int64, method, path string) (wire.Answer, []string) {
	s.t.Helper()
	request := wire.Request{Method: method, Path: path}
	if user != stranger {
		request.Header = []string{fmt.Sprint("X-User: ", user)}
	}
	s.ran = nil
	a := server.Send(s.t, request)
	return a, s.ran
}

// expect sends a request and requires one of the statuses.
func (s *site) expect(server *wire.Server, why string, user int64, method, path string, statuses ...int) wire.Answer {
	s.t.Helper()
	a, ran := s.send(server, user, method, path)
	either := strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", " or "), "[]")
	story := fmt.Sprintf("%s: the status is %s. (The handlers of the tests answer 299.)\n%s\n%s", why, either, a.Story(), describe(user))
	require.Containsf(s.t, statuses, a.Status, "%s", story)
	if a.Status != 299 {
		require.Emptyf(s.t, ran, "A request that is refused runs no handler. Here the handlers ran that need these permissions.\n%s", story)
	}
	if a.Status == 401 {
		require.Containsf(s.t, a.Challenges(s.t), "bearer", "A 401 has a WWW-Authenticate that offers Bearer.\n%s", story)
	}
	if a.Status >= 500 {
		problem.Clean(s.t, a, "user_roles", "role_permissions", "does not exist")
	}
	return a
}

// describe tells what a user may do.
func describe(user int64) string {
	if user == stranger {
		return "The Authenticator returned 101, false."
	}
	text := fmt.Sprintf("The Authenticator returned %d, true. The roles of this user at the start, with their permissions: ", user)
	for _, role := range rolesOf[user] {
		text += fmt.Sprint(role, " ", permits[role], "; ")
	}
	return text
}

// verdict is the route of a path and a method, the status that it gives a user, and the methods that this user may use on the path.
func verdict(user int64, method, path string) (found *route, status int, allowed []string) {
	for _, rt := range routes {
		if rt.path == path && may(user, rt.permission) {
			allowed = append(allowed, rt.method)
		}
		if rt.path == path && (rt.method == method || rt.method == "GET" && method == "HEAD") {
			found = &rt
		}
	}
	switch {
	case found != nil && may(user, found.permission):
		return found, 299, allowed
	case found == nil && len(allowed) > 0:
		return nil, 405, allowed
	}
	return found, 403, allowed
}

func TestMatrix(t *testing.T) {
	// walk is a leaf test for these cells of the matrix of users, paths and methods.
	walk := func(name string, these func(user int64, method string, found *route, status int) bool) {
		t.Run(name, func(t *testing.T) {
			s, random := open(t), seed.New(t)
			for _, user := range everybody(t) {
				for _, rt := range seed.Shuffled(random, routes) {
					for _, method := range methods {
						found, status, allowed := verdict(user, method, rt.path)
						if !these(user, method, found, status) {
							continue
						}
						why := fmt.Sprint("The path has no route for this method; of its routes the user may use ", allowed)
						if found != nil {
							why = fmt.Sprintf("The route of %s needs %s; that the user has it is %t", found.method, found.permission, status == 299)
						}
						if method == "HEAD" && found != nil {
							get, _ := s.send(s.Server, user, "GET", rt.path)
							why, status = "HEAD gets the same status as GET", get.Status
						}
						a := s.expect(s.Server, why, user, method, rt.path, status)
						if status == 299 && method != "HEAD" {
							require.Equalf(t, found.values, a.Body, "The handler of the test answers with the path values that it finds.\n%s", a.Story())
						}
						if status == 405 {
							named := slices.DeleteFunc(a.Allow(t), func(m string) bool { return m == "HEAD" && slices.Contains(allowed, "GET") })
							require.ElementsMatchf(t, allowed, named, "Allow names the methods that this user may use on this path, and no others. (HEAD may stand beside GET.)\n%s\n%s", a.Story(), describe(user))
						}
					}
				}
			}
		})
	}
	for name, who := range map[string]int64{
		"an_administrator": admin, "one_permission": remover, "another_one": keeper, "several_roles": many, "permissions_with_similar_names": similar,
		"a_role_without_permissions": guest, "no_role": newcomer, "a_user_of_no_table": ghost,
	} {
		walk(name, func(user int64, method string, found *route, _ int) bool {
			return user == who && found != nil && method != "HEAD"
		})
	}
	walk("HEAD_like_GET", func(_ int64, method string, found *route, _ int) bool { return found != nil && method == "HEAD" })
	walk("other_methods_for_who_may_use_one", func(_ int64, _ string, _ *route, status int) bool { return status == 405 })
	walk("other_methods_for_who_may_use_none", func(_ int64, _ string, found *route, status int) bool { return found == nil && status == 403 })

	all := func(name, why string, users []int64, status int, paths ...string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			for _, user := range users {
				for _, path := range paths {
					for _, method := range methods {
						s.expect(s.Server, why, user, method, path, status)
					}
				}
			}
		})
	}
	all("paths_without_a_route", "No route has the path", []int64{many, guest}, 404, "/", "/no/such/path", "/reports/17/18", "/admin", "/admin/keys/1", "/users")
	all("strangers", "Nobody knows who sends the request", []int64{stranger}, 401, "/reports", "/reports/17", "/admin/keys", "/users/8/roles/guest", "/no/such/path", "/", "//admin/keys")
}

func TestSpelling(t *testing.T) {
	for name, paths := range map[string][]string{
		"letter_case":        {"/Admin/keys", "/ADMIN/KEYS", "/admin/Keys", "/Exports/salaries", "/EXPORTS/SALARIES"},
		"doubled_slashes":    {"//admin/keys", "/admin//keys", "//admin//keys", "//exports/salaries", "/exports//salaries"},
		"dots":               {"/./admin/keys", "/files/../admin/keys", "/reports/../admin/keys", "/admin/x/../keys", "/../admin/keys", "/files/./../exports/salaries"},
		"percent_encoding":   {"/%61dmin/keys", "/admin%2fkeys", "/%2fadmin/keys", "/files/%2e%2e/admin/keys", "/files/%2E%2E%2Fadmin/keys", "/files/..%2fadmin%2fkeys", "/admin/%6Beys", "/exports/%73alaries"},
		"a_slash_at_the_end": {"/admin/keys/", "/admin/keys//", "/exports/salaries/", "/admin/keys/.", "/admin/keys%2f"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			for _, user := range []int64{updater, guest, remover, head} {
				for _, path := range paths {
					for _, method := range []string{"GET", "HEAD", "PUT"} {
						a, ran := s.send(s.Server, user, method, path)
						for _, permission := range ran {
							require.Truef(t, may(user, permission), "A handler ran that needs %s, which the user does not have.\n%s\n%s", permission, a.Story(), describe(user))
						}
						require.Truef(t, len(ran) > 0 || a.Status >= 300 && a.Status < 500, "When no handler runs, the answer is a redirect or a 4xx.\n%s\n%s", a.Story(), describe(user))
					}
				}
			}
		})
	}
}

func TestHandle(t *testing.T) {
	for name, permission := range map[string]string{"without_a_permission": "", "with_a_permission_that_there_is_not": "reports.reed"} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			if permission == "" { // even if somebody should have one of that name
				s.Exec(`INSERT INTO permissions VALUES (''); INSERT INTO role_permissions SELECT name, '' FROM roles`)
			}
			pool := s.Pool()
			var g *rbac.Guard
			guard.Run(t, func() {
				defer func() { _ = recover() }() // a Guard that panics here is fine
				g = s.start(pool, route{method: "GET", pattern: "/new", permission: permission})
			})
			if g == nil {
				return
			}
			server := wire.Serve(t, g)
			for _, user := range everybody(t) {
				s.expect(server, fmt.Sprintf("The route was added with the permission %q, which is none", permission), user, "GET", "/new", 403)
			}
		})
	}
}

func TestChange(t *testing.T) {
	after := func(name, why, sql string, statuses ...int) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.expect(s.Server, "The user has the permission", remover, "DELETE", "/reports/17", 299)
			s.Exec(sql)
			s.expect(s.Server, "The user had reports.delete at the last request. Before this one "+why+" ("+sql+")", remover, "DELETE", "/reports/17", statuses...)
		})
	}
	after("a_permission_is_taken_from_the_role", "the role lost it", `DELETE FROM role_permissions WHERE permission = 'reports.delete'`, 403)
	after("the_role_is_taken_from_the_user", "the user lost the role", `DELETE FROM user_roles WHERE role = 'remover'`, 403)
	after("the_database_fails", "the database failed", `ALTER TABLE user_roles RENAME TO gone`, 500, 502, 503, 504)
	after("the_database_fails_elsewhere", "the database failed", `ALTER TABLE role_permissions RENAME TO gone`, 500, 502, 503, 504)
	t.Run("the_database_refuses_the_role", func(t *testing.T) {
		s := open(t)
		s.Exec(`CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'user_roles is closed for today'; END $$;
			CREATE TRIGGER closed BEFORE INSERT ON user_roles FOR EACH ROW EXECUTE FUNCTION closed()`)
		s.expect(s.Server, "An administrator gives a role to another user, and the database refuses to store it", admin, "PUT", "/users/107/roles/keeper", 500, 502, 503, 504)
	})
	t.Run("another_copy_gives_a_role", func(t *testing.T) {
		s := open(t)
		one, two := instances.Two(t, s.DB, func(pool *pgxpool.Pool) http.Handler { return s.start(pool) })
		a, b := wire.Serve(t, one.App), wire.Serve(t, two.App)
		s.expect(b, "The user has no role", newcomer, "GET", "/admin/keys", 403)
		s.expect(a, "An administrator gives a role to another user", admin, "PUT", "/users/107/roles/keeper", 200, 204)
		s.expect(b, "The user got the role keeper, which permits keys.read, from another copy of the program", newcomer, "GET", "/admin/keys", 299)
	})
}

func TestGiveRole(t *testing.T) {
	give := func(name, why string, giver int64, id, role string, statuses []int, given ...string) {
		t.Run(name, func(t *testing.T) {
			const query = `SELECT user_id || ' ' || role FROM user_roles ORDER BY 1`
			s := open(t)
			want := append(dbtest.Column[string](s.DB, query), given...)
			for range 2 {
				a := s.expect(s.Server, why, giver, "PUT", "/users/"+id+"/roles/"+role, statuses...)
				require.ElementsMatchf(t, want, dbtest.Column[string](s.DB, query), "The rows of user_roles after the request. %s.\n%s\n%s", why, a.Story(), describe(giver))
			}
		})
	}
	done, refused, missing := []int{200, 204}, []int{403}, []int{400, 404}
	give("to_somebody_else", "The role permits keys.read, and the user who asks may do that", admin, "107", "keeper", done, "107 keeper")
	give("that_permits_nothing", "The role permits nothing, and the user who asks has roles.assign", head, "108", "guest", done, "108 guest")
	give("that_permits_what_another_role_does", "The role permits what another role of the user who asks permits", head, "107", "clerk", done, "107 clerk")
	give("without_roles_assign", "The user who asks does not have roles.assign", updater, "107", "guest", refused)
	give("to_oneself", "The id is that of the user who asks", admin, "101", "guest", refused)
	give("to_oneself_with_zeros", "The id is that of the user who asks, in another form; or it is no id", admin, "00101", "guest", []int{400, 403, 404})
	give("that_permits_more_than_the_giver_may", "The role permits payroll.read, which the user who asks does not have", admin, "107", "clerk", refused)
	give("that_permits_more_beside_what_the_giver_may", "The role permits much that the user who asks does not have", head, "107", "admin", refused)
	give("that_is_missing", "There is no such role", admin, "107", "Keeper", missing)
	give("to_a_missing_user", "There is no such user", admin, "110", "guest", missing)
	give("to_an_id_that_is_a_word", "The id is no number", admin, "me", "guest", missing)
}
