package dashboard_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/wire"
)

func (x tenant) member(u user) string { return x.path(fmt.Sprint("/members/", u.id)) }

func role(r string) string { return fmt.Sprintf(`{"role":%q}`, r) }

func TestTenants(t *testing.T) {
	t.Run("from_the_first_admin_to_four_members", func(t *testing.T) {
		s := open(t)
		a, b := s.tenant(ann), s.tenant(bob)
		require.NotEqual(t, a.ID, b.ID, "Two tenants have two ids.")
		require.Equal(t, tenant{a.ID, "Tenant of u1001@example.org", "Europe/Madrid"}, get[tenant](s, "A member reads the tenant", ann, a.path("")), "The tenant as it was made:")
		s.members("Who makes a tenant is its admin", a, ann, member{ann.id, "admin"})
		s.join(a, ann, zoe, "finance")
		s.join(a, ann, bob, "viewer")
		s.join(a, ann, eve, "manager")
		s.members("Three have accepted their invites", a, bob, member{ann.id, "admin"}, member{bob.id, "viewer"}, member{eve.id, "manager"}, member{zoe.id, "finance"})
		changed := s.ask(s.Server, "An admin changes a role", ann, "PUT", a.member(bob), role("admin"), 200)
		require.Equal(t, member{bob.id, "admin"}, wire.JSON[member](t, changed), "The member with the new role:")
		s.ask(s.Server, "The new admin removes a member", bob, "DELETE", a.member(eve), "", 204)
		s.ask(s.Server, "An admin leaves, and another one stays", ann, "DELETE", a.member(ann), "", 204)
		s.ask(s.Server, "A member who is no admin leaves", zoe, "DELETE", a.member(zoe), "", 204)
		s.members("One was removed, and two have left", a, bob, member{bob.id, "admin"})
		s.members("Nothing was done in the other tenant", b, bob, member{bob.id, "admin"})
	})
	t.Run("requests_that_make_no_sense", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		s.join(x, ann, bob, "viewer")
		for _, q := range [][3]string{
			{"POST", "/tenants", `{"name":"Acme","zone":"Mars/Olympus"}`}, {"POST", "/tenants", `{"name":"Acme"}`}, {"POST", "/tenants", `{"zone":"Asia/Kolkata"}`}, {"POST", "/tenants", `{"name":`},
			{"POST", x.path("/invites"), `{"email":"a@example.org","role":"owner"}`}, {"POST", x.path("/invites"), `{"email":"a@example.org"}`}, {"POST", x.path("/invites"), role("viewer")}, {"POST", x.path("/invites"), `[`},
			{"PUT", x.member(bob), role("Admin")}, {"PUT", x.member(bob), `{}`}, {"PUT", x.member(bob), `"admin"`},
		} {
			s.ask(s.Server, "A body that is no JSON, a missing or unknown value", ann, q[0], q[1], q[2], 400, 422)
		}
		s.members("Nothing has changed", x, ann, member{ann.id, "admin"}, member{bob.id, "viewer"})
	})
}

// matrix sends every request of a tenant, about a member of it, and says how each ends for its members by their role.
func matrix(x tenant, about int64) (requests []wire.Request, admins []int, others []int) {
	add := func(method, path, body string, admin, other int) {
		requests, admins, others = append(requests, wire.Request{Method: method, Path: x.path(path), Body: body}), append(admins, admin), append(others, other)
	}
	add("GET", "", "", 200, 200)
	add("GET", "/members", "", 200, 200)
	add("GET", "/audit", "", 200, 403)
	add("POST", "/invites", `{"email":"u1005@example.org","role":"viewer"}`, 201, 403)
	add("PUT", fmt.Sprint("/members/", about), role("admin"), 200, 403)
	add("DELETE", fmt.Sprint("/members/", about), "", 204, 403)
	return requests, admins, others
}

func TestWhoMay(t *testing.T) {
	// walk sends all requests about zoe to tenant A, and looks that what is refused changes nothing there and in B.
	walk := func(name, why string, u user, expect func(admin, other int) int) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			a, b := s.tenant(ann), s.tenant(bob)
			s.join(a, ann, zoe, "viewer")
			s.join(a, ann, bob, "viewer")
			s.join(a, ann, ned, "finance")
			s.join(b, bob, zoe, "manager")
			before := append(s.history(a, ann), s.history(b, bob)...)
			requests, admins, others := matrix(a, zoe.id)
			for i, r := range requests {
				s.ask(s.Server, why, u, r.Method, r.Path, r.Body, expect(admins[i], others[i]))
			}
			if u != ann {
				require.Equalf(t, before, append(s.history(a, ann), s.history(b, bob)...), "%s. What was refused is no part of the history", why)
				s.members(why, a, ann, member{ann.id, "admin"}, member{bob.id, "viewer"}, member{ned.id, "finance"}, member{zoe.id, "viewer"})
			}
			s.members(why, b, bob, member{bob.id, "admin"}, member{zoe.id, "manager"})
		})
	}
	always := func(status int) func(int, int) int { return func(int, int) int { return status } }
	as := func(_, other int) int { return other }
	walk("an_admin", "The user is an admin of the tenant", ann, func(admin, _ int) int { return admin })
	walk("a_member_who_is_no_admin", "The user is a member, and no admin", ned, as)
	walk("an_admin_of_another_tenant_who_is_a_member", "The user is a viewer in this tenant, and an admin in another one", bob, as)
	walk("a_user_who_is_no_member", "The user is no member of any tenant", eve, always(404))
	walk("a_stranger", "Nobody knows who sends the request", user{}, always(401))

	t.Run("an_admin_of_another_tenant", func(t *testing.T) {
		s := open(t)
		a, b := s.tenant(ann), s.tenant(bob)
		s.join(b, bob, zoe, "viewer")
		before := s.history(b, bob)
		requests, _, _ := matrix(b, zoe.id)
		for _, r := range append(requests,
			wire.Request{Method: "PUT", Path: a.member(zoe), Body: role("admin")}, wire.Request{Method: "DELETE", Path: a.member(zoe)},
			wire.Request{Method: "GET", Path: "/tenants/acme"}, wire.Request{Method: "GET", Path: fmt.Sprint("/tenants/", b.ID+1000)}, wire.Request{Method: "DELETE", Path: a.path("/members/me")},
		) {
			s.ask(s.Server, "The tenant, or the member, is not one of the user's", ann, r.Method, r.Path, r.Body, 404)
		}
		s.members("An admin of another tenant has asked for this and that", b, bob, member{bob.id, "admin"}, member{zoe.id, "viewer"})
		require.Equal(t, before, s.history(b, bob), "An admin of another tenant has asked for this and that. The history is as before.")
	})
	t.Run("a_viewer_about_themselves", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		s.join(x, ann, bob, "viewer")
		s.ask(s.Server, "A viewer wants another role", bob, "PUT", x.member(bob), role("admin"), 403)
		s.members("A viewer wanted to be an admin", x, ann, member{ann.id, "admin"}, member{bob.id, "viewer"})
	})
	t.Run("a_member_was_removed", func(t *testing.T) {
		s := open(t)
		x, other := s.tenant(ann), s.start("second copy")
		s.join(x, ann, bob, "admin")
		s.ask(other, "The user is an admin", bob, "GET", x.path("/audit"), "", 200)
		s.ask(s.Server, "The admin becomes a viewer", ann, "PUT", x.member(bob), role("viewer"), 200)
		s.ask(other, "The user was an admin at the last request, and is a viewer now", bob, "GET", x.path("/audit"), "", 403)
		s.ask(s.Server, "The viewer is removed", ann, "DELETE", x.member(bob), "", 204)
		s.ask(other, "The user was a member at the last request, and is none now", bob, "GET", x.path("/members"), "", 404)
	})
}

func TestHistory(t *testing.T) {
	t.Run("tells_what_was_done", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		s.join(x, ann, bob, "admin")
		s.ask(s.Server, "An admin changes a role", bob, "PUT", x.member(ann), role("viewer"), 200)
		s.ask(s.Server, "A member leaves", ann, "DELETE", x.member(ann), "", 204)
		require.Equal(t, []string{"1001 tenant.create", "1001 invite.create role admin", "1002 member.create user 1002 role admin", "1002 member.update user 1001 role viewer", "1001 member.delete user 1001"},
			s.history(x, bob), "The history, by time: who did what, to which user, with which role.")
		require.Equal(t, []string{"1003 tenant.create"}, s.history(s.tenant(eve), eve), "The history of another tenant is its own.")
		for _, e := range get[[]entry](s, "An admin reads the history", bob, x.path("/audit")) {
			require.True(t, dbtest.Value[bool](s.DB, `SELECT $1::timestamptz BETWEEN now() - interval '5 min' AND now() + interval '5 min'`, e.At), "at is the moment when it was done, and is %s.", e.At)
		}
	})
	t.Run("outlives_a_deleted_account", func(t *testing.T) {
		s := open(t)
		x, y := s.tenant(ann), s.tenant(bob)
		s.join(x, ann, bob, "admin")
		s.join(y, bob, ann, "viewer")
		before, beforeY := s.history(x, bob), s.history(y, bob)
		s.ask(s.Server, "A user deletes their account; other admins stay", ann, "DELETE", "/me", "", 204)
		require.Equal(t, append(before, "1001 member.delete user 1001"), s.history(x, bob), "The history before an account was deleted, and after.")
		require.Equal(t, append(beforeY, "1001 member.delete user 1001"), s.history(y, bob), "The history before an account was deleted, and after.")
		s.members("A user has deleted their account", x, bob, member{bob.id, "admin"})
		s.ask(s.Server, "The user has deleted their account", ann, "GET", y.path(""), "", 404)
	})
	t.Run("the_session_ends", func(t *testing.T) {
		s, steps := open(t), fault.NewSteps(t)
		x, broken := s.tenant(ann), s.start("second copy", dbtest.With(steps))
		accept := ""
		for _, q := range []struct {
			who                user
			method, path, body string
			prepare            func()
		}{
			{bob, "POST", "", "", func() { accept = s.invite(x, ann, bob.address(), "viewer") }},
			{bob, "DELETE", "/me", "", func() { s.join(x, ann, bob, "finance") }},
		} {
			path := func() string {
				if q.path == "" {
					return accept
				}
				return q.path
			}
			out := func() { s.is("A user goes", s.Send(t, bob.request("DELETE", "/me", "")), 204) }
			q.prepare()
			steps.Count()
			s.ask(broken, "Nothing goes wrong", q.who, q.method, path(), q.body, 200, 204)
			for n := range steps.Seen() {
				out()
				q.prepare()
				steps.Kill(n + 1)
				broken.Try(t, q.who.request(q.method, path(), q.body))
				killed := steps.Text()
				got := get[[]member](s, "An admin reads the list of members", ann, x.path("/members"))
				require.Equalf(t, s.replay(x), got, "The database ended the session of %s %s after\n\n\t%s\n\nA change and its line in the history are there together, or neither is. The members by the history, and by the list:", q.method, path(), killed)
				steps.Count()
				broken.Try(t, ann.request("GET", x.path(""), "")) // which finds the dead connection
			}
			out()
		}
	})
}

// replay works out the members of a tenant from its history.
func (s *site) replay(x tenant) (list []member) {
	s.t.Helper()
	for _, e := range get[[]entry](s, "An admin reads the history", ann, x.path("/audit")) {
		if e.Action == "tenant.create" {
			list = append(list, member{e.Actor, "admin"})
		}
		if e.User == nil {
			continue
		}
		list = slices.DeleteFunc(list, func(m member) bool { return m.User == *e.User })
		if e.Role != nil {
			list = append(list, member{*e.User, *e.Role})
		}
	}
	slices.SortFunc(list, func(a, b member) int { return int(a.User - b.User) })
	return list
}
