package dashboard_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/wire"
)

type verdict struct {
	Whole  bool   `json:"whole"`
	Broken *int64 `json:"broken"`
}

func (v verdict) String() string {
	if v.Broken == nil {
		return fmt.Sprintf("whole: %v, broken: null", v.Whole)
	}
	return fmt.Sprintf("whole: %v, broken: %d", v.Whole, *v.Broken)
}

// verify requires what the verification says to an admin; a broken of 0 is a history that is whole.
func (s *site) verify(why string, server *wire.Server, x tenant, admin user, broken int) {
	s.t.Helper()
	want := verdict{Whole: true}
	if n := int64(broken); n > 0 {
		want = verdict{Broken: &n}
	}
	a := s.ask(server, why, admin, "GET", x.path("/audit/verify"), "", 200)
	require.Equalf(s.t, want.String(), wire.JSON[verdict](s.t, a).String(), "What the verification of the history of tenant %d says. %s", x.ID, why)
}

// forge changes the table of the history as a superuser does, whom nothing in the schema holds up.
func (s *site) forge(sql string, args ...any) error {
	return pgx.BeginFunc(s.t.Context(), s.Super(), func(tx pgx.Tx) error {
		_, err := tx.Exec(s.t.Context(), `SET LOCAL session_replication_role = replica`)
		if err == nil {
			_, err = tx.Exec(s.t.Context(), sql, args...)
		}
		return err
	})
}

// change changes the line with a number in a tenant's history. It is false where the schema takes that from nobody.
func (s *site) change(x tenant, n int, set string) bool {
	s.t.Helper()
	err := s.forge(`UPDATE audit SET `+set+` WHERE tenant_id = $1 AND id = (SELECT id FROM audit WHERE tenant_id = $1 ORDER BY id OFFSET $2 LIMIT 1)`, x.ID, n-1)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code[:2] == "22" || refused.Code[:2] == "23") {
		return false
	}
	require.NoErrorf(s.t, err, "The history is in the table of the contract; SET %s", set)
	return true
}

// remove removes lines, from the one with a number.
func (s *site) remove(x tenant, n, lines int) {
	s.t.Helper()
	require.NoError(s.t, s.forge(`DELETE FROM audit WHERE tenant_id = $1 AND id IN (SELECT id FROM audit WHERE tenant_id = $1 ORDER BY id OFFSET $2 LIMIT $3)`, x.ID, n-1, lines))
}

// save keeps the histories for restore.
func (s *site) save() {
	s.t.Helper()
	require.NoError(s.t, s.forge(`CREATE TABLE saved AS SELECT * FROM audit`))
}

func (s *site) restore() {
	s.t.Helper()
	require.NoError(s.t, s.forge(`UPDATE audit a SET at = s.at, actor = s.actor, action = s.action, user_id = s.user_id, role = s.role FROM saved s WHERE s.tenant_id = a.tenant_id AND s.id = a.id`))
}

var hal = user{id: 4711}

// told is a tenant with a history of eight lines.
func (s *site) told() tenant {
	s.t.Helper()
	x := s.tenant(ann)                                                                          // 1
	s.join(x, ann, hal, "viewer")                                                               // 2, 3
	s.join(x, ann, bob, "finance")                                                              // 4, 5
	s.ask(s.Server, "An admin changes a role", ann, "PUT", x.member(hal), role("manager"), 200) // 6
	s.ask(s.Server, "An admin removes a member", ann, "DELETE", x.member(hal), "", 204)         // 7
	s.ask(s.Server, "A member leaves", bob, "DELETE", x.member(bob), "", 204)                   // 8
	require.Len(s.t, s.history(x, ann), 8, "What has happened in a tenant is told in so many lines.")
	return x
}

func TestChain(t *testing.T) {
	t.Run("as_it_was_written", func(t *testing.T) {
		s := open(t)
		x := s.told()
		s.join(x, ann, bob, "finance")
		s.ask(s.Server, "A member deletes their account", bob, "DELETE", "/me", "", 204)
		s.verify("Each kind of change has happened", s.Server, x, ann, 0)
		s.verify("A tenant is new", s.Server, s.tenant(bob), bob, 0)
		columns := `SELECT at, actor, action, user_id, role FROM audit WHERE tenant_id = $1 ORDER BY id`
		rows, _ := s.Owner().Query(t.Context(), columns, x.ID)
		lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
			var e entry
			err := row.Scan(&e.At, &e.Actor, &e.Action, &e.User, &e.Role)
			return e.String(), err
		})
		require.NoErrorf(t, err, "The history is in a table that can be read by\n\n\t%s\n", columns)
		require.Equal(t, s.history(x, ann), lines, "The lines of the table, by id, and those of the history.")
	})
	t.Run("who_may", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		s.join(x, ann, eve, "manager")
		s.ask(s.Server, "The user is a member, and no admin", eve, "GET", x.path("/audit/verify"), "", 403)
		s.tenant(bob)
		s.ask(s.Server, "The user is an admin of another tenant", bob, "GET", x.path("/audit/verify"), "", 404)
		s.ask(s.Server, "Nobody knows who sends the request", user{}, "GET", x.path("/audit/verify"), "", 401)
	})
	t.Run("a_line_changed", func(t *testing.T) {
		s := open(t)
		x := s.told()
		s.save()
		for _, c := range []struct {
			n   int
			set string
		}{
			{3, `at = at + interval '1 microsecond'`}, {6, `actor = 1005`}, {6, `action = 'member.create'`}, {7, `user_id = 1005`},
			{4, `user_id = 1005`}, {5, `role = 'admin'`}, {2, `role = NULL`}, {4, `user_id = 0`}, {7, `role = ''`}, {1, `actor = 1005`}, {8, `user_id = 1005`},
		} {
			if !s.change(x, c.n, c.set) {
				continue
			}
			s.verify(fmt.Sprintf("Of the eight lines of a history, line %d was changed by SET %s", c.n, c.set), s.Server, x, ann, c.n)
			s.restore()
		}
		s.verify("All that was changed in the history was changed back", s.Server, x, ann, 0)
	})
	t.Run("a_digit_moved", func(t *testing.T) {
		s := open(t)
		x := s.told()
		s.save()
		for _, set := range []string{`action = 'member.update4', user_id = 711`, `actor = 100, user_id = 14711`} {
			if !s.change(x, 6, set) {
				continue
			}
			s.verify("Line 6 told that 1001 made a member.update of user 4711, and was changed by SET "+set, s.Server, x, ann, 6)
			s.restore()
		}
	})
	t.Run("a_line_removed", func(t *testing.T) {
		s := open(t)
		x := s.told()
		s.remove(x, 4, 1)
		s.verify("Of the eight lines of a history, line 4 was removed", s.Server, x, ann, 4)
		s.remove(x, 1, 1)
		s.verify("Of the eight lines of a history, lines 1 and 4 were removed", s.Server, x, ann, 1)
	})
	t.Run("the_last_lines_removed", func(t *testing.T) {
		s := open(t)
		x := s.told()
		s.remove(x, 7, 2)
		s.verify("Of the eight lines of a history, lines 7 and 8 were removed", s.Server, x, ann, 7)
		s.remove(x, 1, 6)
		s.verify("All eight lines of a history were removed", s.Server, x, ann, 1)
	})
	t.Run("of_another_tenant", func(t *testing.T) {
		s := open(t)
		x, other := s.told(), s.tenant(eve)
		s.join(other, eve, zoe, "viewer")
		s.join(x, ann, zoe, "viewer")
		s.change(other, 2, `actor = 1005`)
		s.verify("A line of another tenant was changed, and none of this one", s.Server, x, ann, 0)
		s.verify("Line 2 was changed", s.Server, other, eve, 2)
	})
	t.Run("copies_in_two_zones", func(t *testing.T) {
		s := open(t)
		there := s.start("second copy", dbtest.Config(func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["timezone"] = "America/New_York" }))
		x := s.tenant(ann)
		s.ask(there, "An admin invites somebody", ann, "POST", x.path("/invites"), `{"email":"a@example.org","role":"viewer"}`, 201)
		s.invite(x, ann, "b@example.org", "viewer")
		why := "Two copies, whose sessions have different time zones, wrote the history in turns"
		s.verify(why, s.Server, x, ann, 0)
		s.verify(why, there, x, ann, 0)
	})
	atOnce := func(name string, request func(s *site, x tenant) [2]wire.Request) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			x := s.tenant(ann)
			s.join(x, ann, bob, "admin")
			two := request(s, x)
			before := len(s.history(x, ann))
			answers, story := s.together(two[:]...)
			for _, a := range answers {
				s.is("Two requests come at once, and both can be done"+story, a, 200, 201, 204)
			}
			require.Lenf(t, s.history(x, ann), before+2, "Each of two requests that came at once has a line in the history.%s", story)
			s.verify("Two lines were written at once"+story, s.Server, x, ann, 0)
			s.remove(x, before+1, 1)
			s.verify("Two lines were written at once, and the first of them was removed later"+story, s.Server, x, ann, before+1)
		})
	}
	invite := func(u user, x tenant) wire.Request {
		return u.request("POST", x.path("/invites"), `{"email":"a@example.org","role":"viewer"}`)
	}
	atOnce("two_invites_at_once", func(s *site, x tenant) [2]wire.Request { return [2]wire.Request{invite(ann, x), invite(bob, x)} })
	atOnce("two_accept_at_once", func(s *site, x tenant) [2]wire.Request {
		return [2]wire.Request{zoe.request("POST", s.invite(x, ann, zoe.address(), "viewer"), ""), eve.request("POST", s.invite(x, ann, eve.address(), "viewer"), "")}
	})
	atOnce("one_invites_while_one_goes", func(s *site, x tenant) [2]wire.Request {
		return [2]wire.Request{invite(ann, x), bob.request("DELETE", "/me", "")}
	})
	t.Run("verified_while_it_is_written", func(t *testing.T) {
		s, steps := open(t), fault.NewSteps(t)
		x, server := s.tenant(ann), s.start("second copy", dbtest.With(steps))
		steps.Count()
		s.verify("Nothing happens", server, x, ann, 0)
		for n := range steps.Seen() {
			var written *wire.Pending
			steps.After(n+1, func() {
				before := s.lines(x)
				written = s.Server.Start(t, invite(ann, x))
				for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
					if s.lines(x) > before || s.waits("first copy") { // a verification may hold new lines up
						break
					}
				}
			})
			a := server.Send(t, ann.request("GET", x.path("/audit/verify"), ""))
			s.is("An admin verifies the history", a, 200)
			if written != nil {
				s.is("An admin invites somebody while another one verifies the history", written.Answer(t), 201)
			}
			require.Equalf(t, verdict{Whole: true}.String(), wire.JSON[verdict](t, a).String(), "One more line was written, as it should be, after\n\n\t%s\n\nThe history is whole, with it or without it.", pgtrace.Short(steps.Text(), 200))
		}
	})
}

// lines is how long a tenant's history is, for any goroutine.
func (s *site) lines(x tenant) (n int) {
	_ = s.Owner().QueryRow(context.Background(), `SELECT count(*) FROM audit WHERE tenant_id = $1`, x.ID).Scan(&n)
	return n
}

// waits says whether a copy waits for a lock, for any goroutine.
func (s *site) waits(name string) (is bool) {
	_ = s.Super().QueryRow(context.Background(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name = $2 AND wait_event_type = 'Lock')`, s.Name(), name).Scan(&is)
	return is
}
