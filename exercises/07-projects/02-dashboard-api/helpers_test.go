package dashboard_test

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	dashboard "workbook/exercises/07-projects/02-dashboard-api"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

var (
	//go:embed feed.sql
	feed string
	//go:embed schema.sql
	schema string
)

// A user sends requests; email is empty for the address that nobody else has.
type user struct {
	id    int64
	email string
}

func (u user) address() string {
	if u.email != "" {
		return u.email
	}
	return fmt.Sprintf("u%d@example.org", u.id)
}

var ann, bob, eve, ned, zoe = user{id: 1001}, user{id: 1002}, user{id: 1003}, user{id: 1004}, user{id: 1005}

// authenticate believes the header Test-User. A stranger comes with ann's number: it means nothing.
func authenticate(r *http.Request) (dashboard.User, bool) {
	var u dashboard.User
	if n, _ := fmt.Sscan(r.Header.Get("Test-User"), &u.ID, &u.Email); n != 2 {
		return dashboard.User{ID: ann.id, Email: ann.address()}, false
	}
	return u, true
}

// site is a database, and one copy of the program.
type site struct {
	*dbtest.DB
	*wire.Server
	t    *testing.T
	rand *seed.Rand
}

func open(t *testing.T) *site {
	t.Helper()
	s := &site{DB: dbtest.Load(t, "schema.sql", feed, schema), t: t, rand: seed.New(t)}
	s.Server = s.start("first copy")
	return s
}

// start starts one more copy of the program.
func (s *site) start(name string, options ...dbtest.Option) *wire.Server {
	s.t.Helper()
	i := instances.Start(s.t, s.DB, name, func(pool *pgxpool.Pool) *dashboard.App {
		app, err := dashboard.New(pool, dashboard.Config{Authenticate: authenticate})
		require.NoErrorf(s.t, err, "New got a pool and a full Config")
		return app
	}, options...)
	return wire.Serve(s.t, i.App.Handler())
}

// request is what a user sends. The stranger has no number.
func (u user) request(method, path, body string, header ...string) wire.Request {
	if u.id != 0 {
		header = append(header, fmt.Sprintf("Test-User: %d %s", u.id, u.address()))
	}
	if body != "" {
		header = append(header, "Content-Type: application/json")
	}
	return wire.Request{Method: method, Path: path, Body: body, Header: header}
}

// ask sends a request to a copy, and requires one of the statuses. From 400 on the answer is a problem.
func (s *site) ask(server *wire.Server, why string, u user, method, path, body string, statuses ...int) wire.Answer {
	s.t.Helper()
	return s.is(why, server.Send(s.t, u.request(method, path, body)), statuses...)
}

func (s *site) is(why string, a wire.Answer, statuses ...int) wire.Answer {
	s.t.Helper()
	require.Containsf(s.t, statuses, a.Status, "%s: the status is one of %v.\n%s", why, statuses, a.Story())
	if a.Status >= 400 {
		problem.Of(s.t, a, statuses...)
	}
	return a
}

// get reads what a user is shown.
func get[T any](s *site, why string, u user, path string) T {
	s.t.Helper()
	return wire.JSON[T](s.t, s.ask(s.Server, why, u, "GET", path, "", 200))
}

type tenant struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Zone string `json:"zone"`
}

func (x tenant) path(rest string) string { return fmt.Sprint("/tenants/", x.ID, rest) }

// tenant makes a tenant, whose first admin is u.
func (s *site) tenant(u user) tenant { return s.tenantIn(u, "Europe/Madrid") }

func (s *site) tenantIn(u user, zone string) tenant {
	s.t.Helper()
	a := s.ask(s.Server, "A user makes a tenant", u, "POST", "/tenants", fmt.Sprintf(`{"name":%q,"zone":%q}`, "Tenant of "+u.address(), zone), 201)
	return wire.JSON[tenant](s.t, a)
}

type invited struct {
	ID int64 `json:"id"`
}

// invite lets an admin invite an address, and returns the path to accept it.
func (s *site) invite(x tenant, admin user, email, role string) string {
	s.t.Helper()
	a := s.ask(s.Server, "An admin invites somebody", admin, "POST", x.path("/invites"), fmt.Sprintf(`{"email":%q,"role":%q}`, email, role), 201)
	return fmt.Sprintf("/invites/%d/accept", wire.JSON[invited](s.t, a).ID)
}

// join makes a user a member.
func (s *site) join(x tenant, admin, u user, role string) {
	s.t.Helper()
	s.ask(s.Server, "Somebody accepts an invite that was sent to their address", u, "POST", s.invite(x, admin, u.address(), role), "", 200)
}

type member struct {
	User int64  `json:"user"`
	Role string `json:"role"`
}

// members requires that these are the members of a tenant, as one of them is shown.
func (s *site) members(why string, x tenant, reader user, want ...member) {
	s.t.Helper()
	require.Equalf(s.t, want, get[[]member](s, "A member reads the list of members", reader, x.path("/members")), "%s. The members of tenant %d:", why, x.ID)
}

type entry struct {
	At     time.Time `json:"at"`
	Actor  int64     `json:"actor"`
	Action string    `json:"action"`
	User   *int64    `json:"user"`
	Role   *string   `json:"role"`
}

func (e entry) String() string {
	text := fmt.Sprintf("%d %s", e.Actor, e.Action)
	if e.User != nil {
		text += fmt.Sprintf(" user %d", *e.User)
	}
	if e.Role != nil {
		text += " role " + *e.Role
	}
	return text
}

// history is what the tenant's audit tells, as texts such as "1001 member.update user 1002 role admin".
func (s *site) history(x tenant, admin user) (lines []string) {
	s.t.Helper()
	for _, e := range get[[]entry](s, "An admin reads the history", admin, x.path("/audit")) {
		lines = append(lines, e.String())
	}
	return lines
}

// together sends each request to a copy of its own; the copies take their steps together.
func (s *site) together(requests ...wire.Request) (answers []wire.Answer, story string) {
	s.t.Helper()
	g := gate.New(s.t, s.DB)
	answers = make([]wire.Answer, len(requests))
	var calls []func(context.Context) error
	for i, r := range requests {
		server := s.start(fmt.Sprint("copy ", i+1), dbtest.With(g))
		calls = append(calls, func(context.Context) error { answers[i] = server.Send(s.t, r); return nil })
	}
	for _, err := range g.Run(calls...) {
		require.NoError(s.t, err)
	}
	return answers, g.Story()
}

// later makes time pass: each moment in the tables becomes earlier.
func (s *site) later(interval string) {
	s.t.Helper()
	err := pgx.BeginFunc(s.t.Context(), s.Super(), func(tx pgx.Tx) error {
		rows, _ := tx.Query(s.t.Context(), `
			SELECT format('UPDATE %I.%I SET ', table_schema, table_name) || string_agg(format('%1$I = %1$I - $1::interval', column_name), ', ')
			FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
			WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' AND is_generated = 'NEVER' AND data_type LIKE 'timestamp%'
			GROUP BY table_schema, table_name`)
		updates, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, update := range append([]string{`SET LOCAL session_replication_role = replica`}, updates...) {
			if _, err := tx.Exec(s.t.Context(), strings.ReplaceAll(update, "$1::interval", "interval '"+interval+"'")); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(s.t, err)
}
