package dashboard_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/wire"
)

func TestInvites(t *testing.T) {
	t.Run("of_another_address", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		accept := s.invite(x, ann, bob.address(), "viewer")
		s.ask(s.Server, "The invite was sent to another address", eve, "POST", accept, "", 404)
		s.ask(s.Server, "The invite was sent to another address", ann, "POST", accept, "", 404)
		s.ask(s.Server, "Nobody knows who sends the request", user{}, "POST", accept, "", 401)
		s.ask(s.Server, "There is no such invite", bob, "POST", "/invites/999999/accept", "", 404)
		s.members("Others have tried an invite", x, ann, member{ann.id, "admin"})
		a := s.ask(s.Server, "The address is the user's, in other letters", user{bob.id, "U1002@Example.ORG"}, "POST", accept, "", 200)
		type accepted struct {
			Tenant int64  `json:"tenant"`
			Role   string `json:"role"`
		}
		require.Equal(t, accepted{x.ID, "viewer"}, wire.JSON[accepted](t, a), "What was accepted:")
	})
	t.Run("used_and_removed", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		accept := s.invite(x, ann, bob.address(), "admin")
		s.ask(s.Server, "The invite is the user's", bob, "POST", accept, "", 200)
		s.ask(s.Server, "An admin removes the new member", ann, "DELETE", x.member(bob), "", 204)
		s.ask(s.Server, "The user has used this invite, and was removed since", bob, "POST", accept, "", 404, 409, 410)
		s.members("A member was removed, and tried the old invite again", x, ann, member{ann.id, "admin"})
	})
	t.Run("of_a_member", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		s.ask(s.Server, "The user is a member already", ann, "POST", s.invite(x, ann, ann.address(), "viewer"), "", 409)
		s.members("The only admin has accepted an invite for a viewer", x, ann, member{ann.id, "admin"})
	})
	t.Run("older_than_seven_days", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		for _, u := range []user{bob, eve} {
			accept := s.invite(x, ann, u.address(), "viewer")
			s.later("6 days 23 hours")
			if u == bob {
				s.ask(s.Server, "The invite is not quite seven days old", u, "POST", accept, "", 200)
				continue
			}
			s.later("2 hours")
			s.ask(s.Server, "The invite is older than seven days", u, "POST", accept, "", 404, 409, 410)
		}
		s.members("One invite was accepted in time, the other one was not", x, ann, member{ann.id, "admin"}, member{bob.id, "viewer"})
	})
	t.Run("two_at_once", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		team := "team@example.org"
		accept := s.invite(x, ann, team, "viewer")
		one, two := user{2001, team}, user{2002, team}
		answers, story := s.together(one.request("POST", accept, ""), two.request("POST", accept, ""))
		if answers[0].Status != 200 {
			one, answers[0], answers[1] = two, answers[1], answers[0]
		}
		why := "Two users who have the same address accept the same invite at once, and it is used once" + story
		s.is(why, answers[0], 200)
		s.is(why, answers[1], 404, 409, 410)
		s.members(why, x, ann, member{ann.id, "admin"}, member{one.id, "viewer"})
	})
	t.Run("one_user_twice_at_once", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		accept := s.invite(x, ann, bob.address(), "viewer")
		answers, story := s.together(bob.request("POST", accept, ""), bob.request("POST", accept, ""))
		if answers[0].Status != 200 {
			answers[0], answers[1] = answers[1], answers[0]
		}
		why := "A user accepts an invite twice at once" + story
		s.is(why, answers[0], 200)
		s.is(why, answers[1], 404, 409, 410)
		s.members(why, x, ann, member{ann.id, "admin"}, member{bob.id, "viewer"})
	})
}

func TestLastAdmin(t *testing.T) {
	alone := func(name, method string, path func(x tenant) string, body string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			x := s.tenant(ann)
			s.join(x, ann, bob, "manager")
			before := s.history(x, ann)
			s.ask(s.Server, "The user is the only admin", ann, method, path(x), body, 409)
			s.members("The only admin wanted to be none", x, ann, member{ann.id, "admin"}, member{bob.id, "manager"})
			require.Equal(t, before, s.history(x, ann), "What was refused is no part of the history.")
		})
	}
	own := func(x tenant) string { return x.member(ann) }
	me := func(tenant) string { return "/me" }
	alone("changes_their_role", "PUT", own, role("viewer"))
	alone("leaves", "DELETE", own, "")
	alone("deletes_their_account", "DELETE", me, "")
	t.Run("of_one_of_two_tenants", func(t *testing.T) {
		s := open(t)
		a, b := s.tenant(ann), s.tenant(ann)
		s.join(a, ann, bob, "admin")
		s.ask(s.Server, "The user is the only admin of one of their two tenants", ann, "DELETE", "/me", "", 409)
		s.members("With 409 nothing has changed", a, ann, member{ann.id, "admin"}, member{bob.id, "admin"})
		s.members("With 409 nothing has changed", b, ann, member{ann.id, "admin"})
	})

	// atOnce lets the two admins of a tenant, or of two, do something at once: one can, the other one cannot.
	atOnce := func(name string, tenants int, request func(a tenant, u, other user) wire.Request) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			var all []tenant
			for i := range tenants {
				first, second := ann, bob
				if i%2 == 1 {
					first, second = bob, ann
				}
				x := s.tenant(first)
				s.join(x, first, second, "admin")
				s.join(x, first, zoe, "viewer")
				all = append(all, x)
			}
			answers, story := s.together(request(all[0], ann, bob), request(all[0], bob, ann))
			slices.SortFunc(answers, func(a, b wire.Answer) int { return a.Status - b.Status })
			for _, x := range all {
				admins := slices.DeleteFunc(get[[]member](s, "A member reads the list", zoe, x.path("/members")), func(m member) bool { return m.Role != "admin" })
				require.Lenf(t, admins, 1, "A tenant keeps at least one admin. Its two admins sent requests at once.%s\nThey were answered:\n%s\n%s", story, answers[0].Story(), answers[1].Story())
			}
			s.is("Two admins send requests at once; one of them can be done"+story, answers[0], 200, 204)
			s.is("Two admins send requests at once; the other one comes too late, whether as no admin any more or as the last one"+story, answers[1], 403, 404, 409)
		})
	}
	atOnce("two_change_each_other_at_once", 1, func(x tenant, u, other user) wire.Request { return u.request("PUT", x.member(other), role("viewer")) })
	atOnce("two_change_themselves_at_once", 1, func(x tenant, u, _ user) wire.Request { return u.request("PUT", x.member(u), role("finance")) })
	atOnce("two_remove_each_other_at_once", 1, func(x tenant, u, other user) wire.Request { return u.request("DELETE", x.member(other), "") })
	atOnce("one_leaves_while_one_changes", 1, func(x tenant, u, _ user) wire.Request {
		if u == ann {
			return u.request("DELETE", x.member(u), "")
		}
		return u.request("PUT", x.member(u), role("manager"))
	})
	atOnce("two_delete_their_accounts_at_once", 3, func(_ tenant, u, _ user) wire.Request { return u.request("DELETE", "/me", "") })
	t.Run("two_of_three_change_each_other_at_once", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		s.join(x, ann, bob, "admin")
		s.join(x, ann, zoe, "admin")
		answers, story := s.together(ann.request("PUT", x.member(bob), role("viewer")), bob.request("PUT", x.member(ann), role("viewer")))
		slices.SortFunc(answers, func(a, b wire.Answer) int { return a.Status - b.Status })
		s.is("Two of three admins take the role from each other at once; one of them comes first"+story, answers[0], 200)
		s.is("Two of three admins take the role from each other at once; the one who comes second is no admin any more"+story, answers[1], 403, 409)
	})
	t.Run("two_of_three_leave_at_once", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		s.join(x, ann, bob, "admin")
		s.join(x, ann, zoe, "admin")
		answers, story := s.together(ann.request("DELETE", x.member(ann), ""), bob.request("DELETE", x.member(bob), ""))
		for _, a := range answers {
			s.is("Two of three admins leave at once, and one stays"+story, a, 204)
		}
		s.members("Two of three admins have left", x, zoe, member{zoe.id, "admin"})
	})
}
