// Right: the database knows the rules: triggers keep the last admin and write and chain the history, each role has a view of the people, and Postgres makes the JSON and the CSV.

// Package dashboard serves companies the numbers of their business, to each member what their role permits.
package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

type User struct {
	ID    int64
	Email string
}

type Config struct {
	Authenticate func(r *http.Request) (u User, ok bool)
}

type App struct {
	pool *pgxpool.Pool
	cfg  Config
}

func New(pool *pgxpool.Pool, cfg Config) (*App, error) { return &App{pool, cfg}, nil }

type Action string

const (
	Read   Action = "read"
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

type Principal struct {
	Tenant, User int64
	Role         string
}

type Object struct {
	Tenant int64
	Kind   string
	Field  string
}

type Decision struct {
	Allowed bool
	Reason  string
}

// rules are written as "action kind.field: roles".
var rules = map[string]string{
	"read tenant.": "admin finance manager viewer", "read member.": "admin finance manager viewer", "read dashboard.": "admin finance manager viewer",
	"update member.": "admin", "delete member.": "admin", "create invite.": "admin", "read audit.": "admin",
	"read order.": "admin finance manager viewer", "read order.id": "admin finance manager viewer", "read order.placed_at": "admin finance manager viewer",
	"read order.customer": "admin finance", "read order.note": "admin manager", "read order.revenue": "admin finance manager viewer", "read order.paid": "admin finance manager viewer",
	"read person.": "admin finance manager viewer", "create person.": "admin manager", "update person.": "admin finance manager", "delete person.": "admin",
	"read person.id": "admin finance manager viewer", "read person.name": "admin finance manager viewer", "read person.team": "admin finance manager viewer",
	"read person.phone": "admin manager", "read person.salary": "admin finance",
	"update person.name": "admin manager", "update person.team": "admin manager", "update person.phone": "admin", "update person.salary": "admin finance",
}

func Can(p Principal, a Action, o Object) Decision {
	for _, role := range strings.Fields(rules[string(a)+" "+o.Kind+"."+o.Field]) {
		if role == p.Role && p.Tenant == o.Tenant {
			return Decision{Allowed: true}
		}
	}
	return Decision{}
}

// status is an error that ends a request.
type status int

func (s status) Error() string { return http.StatusText(int(s)) }

// work is a request at work.
type work struct {
	ctx    context.Context
	tx     pgx.Tx
	r      *http.Request
	w      http.ResponseWriter
	user   User
	tenant int64
	role   string
	arg    string // the last part of the path
	out    *copied
}

// copied is where COPY sends its lines to.
type copied struct {
	to    http.ResponseWriter
	begun bool
}

func (c *copied) Write(p []byte) (int, error) {
	if !c.begun {
		c.begun = true
		c.to.Header().Set("Content-Type", "text/csv")
	}
	return c.to.Write(p)
}

func (a *App) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-cache")
		user, ok := a.cfg.Authenticate(r)
		if !ok {
			refuse(w, 401)
			return
		}
		var body map[string]json.RawMessage
		var list []map[string]json.RawMessage
		var given json.RawMessage
		bad := false
		if r.Method != "GET" && r.Method != "DELETE" && !strings.HasSuffix(r.URL.Path, "/accept") {
			d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
			bad = d.Decode(&given) != nil || json.Unmarshal(given, &body) != nil && json.Unmarshal(given, &list) != nil
		}
		var code int
		var answer *string
		var err error
		out := &copied{to: w}
		for range 5 {
			err = pgx.BeginTxFunc(r.Context(), a.pool, pgx.TxOptions{IsoLevel: map[bool]pgx.TxIsoLevel{true: pgx.RepeatableRead}[r.Method == "GET"]}, func(tx pgx.Tx) (err error) {
				q := &work{ctx: r.Context(), tx: tx, r: r, w: w, user: user, out: out}
				if r.Method != "GET" {
					if _, err := tx.Exec(q.ctx, `SELECT set_config('app.user', $1, true)`, fmt.Sprint(user.ID)); err != nil {
						return err
					}
				}
				code, answer, err = q.route(bad, body, list)
				return err
			})
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != "40001" && e.Code != "40P01" {
				break
			}
		}
		var s status
		var e *pgconn.PgError
		switch {
		case out.begun && err == nil:
		case out.begun:
			panic(http.ErrAbortHandler)
		case errors.As(err, &s):
			refuse(w, int(s))
		case errors.As(err, &e) && e.Code == "LA001":
			refuse(w, 409)
		case errors.As(err, &e) && (e.Code[:2] == "22" || e.Code[:2] == "23"):
			refuse(w, 422)
		case err != nil:
			refuse(w, 500)
		case answer == nil:
			w.WriteHeader(code)
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = w.Write([]byte(*answer))
		}
	})
}

func refuse(w http.ResponseWriter, code int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"type":"about:blank","title":%q,"status":%d}`, http.StatusText(code), code)
}

// route finds the work by the method and the path, as "GET /tenants/*/people/*".
func (q *work) route(bad bool, body map[string]json.RawMessage, list []map[string]json.RawMessage) (int, *string, error) {
	parts := strings.Split(strings.TrimPrefix(q.r.URL.Path, "/"), "/")
	q.arg = parts[len(parts)-1]
	switch q.r.Method + " " + parts[0] {
	case "POST tenants":
		if len(parts) == 1 {
			return q.createTenant(bad, body)
		}
	case "DELETE me":
		_, err := q.tx.Exec(q.ctx, `SELECT FROM tenants WHERE id IN (SELECT tenant FROM members WHERE "user" = $1) ORDER BY id FOR UPDATE`, q.user.ID)
		if err != nil {
			return 0, nil, err
		}
		_, err = q.tx.Exec(q.ctx, `DELETE FROM members WHERE "user" = $1`, q.user.ID)
		return 204, nil, err
	case "POST invites":
		if len(parts) == 3 && parts[2] == "accept" {
			return q.accept(parts[1])
		}
	}
	if parts[0] != "tenants" || len(parts) < 2 || len(parts) > 4 {
		return 0, nil, status(404)
	}
	tenant, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return 0, nil, status(404)
	}
	q.tenant = tenant
	if q.r.Method != "GET" {
		if _, err := q.tx.Exec(q.ctx, `SELECT pg_advisory_xact_lock($1)`, tenant); err != nil {
			return 0, nil, err
		}
	}
	err = q.tx.QueryRow(q.ctx, `SELECT role FROM members WHERE tenant = $1 AND "user" = $2`, tenant, q.user.ID).Scan(&q.role)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil, status(404)
	}
	if err != nil {
		return 0, nil, err
	}
	what := q.r.Method
	for i, part := range parts[2:] {
		if i == 1 && part != "summary" && part != "verify" {
			part = "*"
		}
		what += "/" + part
	}
	return q.inTenant(what, bad, body, list)
}

func (q *work) can(a Action, kind, field string) error {
	if !Can(Principal{q.tenant, q.user.ID, q.role}, a, Object{q.tenant, kind, field}).Allowed {
		return status(403)
	}
	return nil
}

// query answers with the one text that a query gives.
func (q *work) query(code int, sql string, args ...any) (int, *string, error) {
	var text *string
	err := q.tx.QueryRow(q.ctx, sql, args...).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		err = status(404)
	}
	return code, text, err
}

func (q *work) inTenant(what string, bad bool, body map[string]json.RawMessage, list []map[string]json.RawMessage) (int, *string, error) {
	routes := map[string]struct {
		action Action
		kind   string
		work   func() (int, *string, error)
	}{
		"GET": {Read, "tenant", func() (int, *string, error) {
			return q.query(200, `SELECT to_json(t)::text FROM tenants t WHERE id = $1`, q.tenant)
		}},
		"GET/members": {Read, "member", func() (int, *string, error) {
			return q.query(200, `SELECT json_agg(json_build_object('user', "user", 'role', role) ORDER BY "user")::text FROM members WHERE tenant = $1`, q.tenant)
		}},
		"GET/audit": {Read, "audit", func() (int, *string, error) {
			return q.query(200, `SELECT json_agg(json_build_object('at', at, 'actor', actor, 'action', action, 'user', user_id, 'role', role) ORDER BY id)::text FROM audit WHERE tenant_id = $1`, q.tenant)
		}},
		"GET/audit/verify": {Read, "audit", func() (int, *string, error) {
			return q.query(200, `SELECT json_build_object('whole', b IS NULL, 'broken', b)::text FROM broken($1) b`, q.tenant)
		}},
		"GET/export.csv": {Read, "order", q.export},
		"PUT/members/*": {Update, "member", func() (int, *string, error) {
			role, err := text(body, "role")
			if err != nil || bad {
				return 0, nil, status(422)
			}
			return q.query(200, `UPDATE members SET role = $3 WHERE tenant = $1 AND "user" = $2 RETURNING json_build_object('user', "user", 'role', role)::text`, q.tenant, q.id(), role)
		}},
		"DELETE/members/*": {Read, "member", func() (int, *string, error) {
			if q.id() != q.user.ID {
				if err := q.can(Delete, "member", ""); err != nil {
					return 0, nil, err
				}
			}
			_, _, err := q.query(0, `DELETE FROM members WHERE tenant = $1 AND "user" = $2 RETURNING ''`, q.tenant, q.id())
			return 204, nil, err
		}},
		"POST/invites": {Create, "invite", func() (int, *string, error) {
			role, err := text(body, "role")
			email, err2 := text(body, "email")
			if bad || err != nil || err2 != nil {
				return 0, nil, status(422)
			}
			return q.query(201, `INSERT INTO invites (tenant, email, role) VALUES ($1, $2, $3) RETURNING json_build_object('id', id, 'email', email, 'role', role)::text`, q.tenant, email, role)
		}},
		"GET/people":         {Read, "person", q.people},
		"GET/people/summary": {Read, "person", q.summary},
		"GET/people/*": {Read, "person", func() (int, *string, error) {
			_, one, err := q.query(200, `SELECT (to_jsonb(v) - 'tenant')::text FROM seen_by_`+q.role+` v WHERE tenant = $1 AND id = $2`, q.tenant, q.id())
			if err != nil {
				return 0, nil, err
			}
			_, hash, err := q.query(200, `SELECT md5($1 || $2)`, q.role, *one)
			if err != nil {
				return 0, nil, err
			}
			q.w.Header().Set("ETag", `"`+*hash+`"`)
			if strings.Contains(q.r.Header.Get("If-None-Match"), *hash) {
				return 304, nil, nil
			}
			return 200, one, nil
		}},
		"POST/people": {Create, "person", func() (int, *string, error) {
			if bad || body == nil {
				return 0, nil, status(400)
			}
			set, err := q.writable(body)
			if err != nil {
				return 0, nil, err
			}
			_, id, err := q.query(201, `INSERT INTO people (tenant, name, team, phone, salary) SELECT $1, name, team, coalesce(phone, ''), coalesce(salary, 0) FROM jsonb_populate_record(NULL::people, $2) RETURNING id::text`, q.tenant, set)
			if err != nil {
				return 0, nil, err
			}
			return q.query(201, `SELECT (to_jsonb(v) - 'tenant')::text FROM seen_by_`+q.role+` v WHERE tenant = $1 AND id = $2::text::bigint`, q.tenant, *id)
		}},
		"PATCH/people/*": {Update, "person", func() (int, *string, error) {
			if bad || body == nil {
				return 0, nil, status(400)
			}
			one, err := q.change(q.id(), body)
			return 200, &one, err
		}},
		"PATCH/people": {Update, "person", func() (int, *string, error) {
			if bad || list == nil {
				return 0, nil, status(400)
			}
			var all []string
			for _, change := range list {
				id, err := strconv.ParseInt(string(change["id"]), 10, 64)
				if err != nil {
					return 0, nil, status(422)
				}
				delete(change, "id")
				one, err := q.change(id, change)
				if err != nil {
					return 0, nil, err
				}
				all = append(all, one)
			}
			joined := "[" + strings.Join(all, ",") + "]"
			return 200, &joined, nil
		}},
		"DELETE/people/*": {Delete, "person", func() (int, *string, error) {
			_, _, err := q.query(0, `DELETE FROM people WHERE tenant = $1 AND id = $2 RETURNING ''`, q.tenant, q.id())
			return 204, nil, err
		}},
		"GET/dashboard": {Read, "dashboard", q.dashboard},
	}
	route, ok := routes[what]
	if !ok {
		return 0, nil, status(404)
	}
	if err := q.can(route.action, route.kind, ""); err != nil {
		return 0, nil, err
	}
	return route.work()
}

func (q *work) id() int64 {
	id, err := strconv.ParseInt(q.arg, 10, 64)
	if err != nil {
		return -1
	}
	return id
}

func text(body map[string]json.RawMessage, name string) (s string, err error) {
	err = json.Unmarshal(body[name], &s)
	if err == nil && s == "" {
		err = status(422)
	}
	return s, err
}

func (q *work) createTenant(bad bool, body map[string]json.RawMessage) (int, *string, error) {
	name, err := text(body, "name")
	zone, err2 := text(body, "zone")
	if _, err3 := time.LoadLocation(zone); bad || err != nil || err2 != nil || err3 != nil || zone == "Local" {
		return 0, nil, status(422)
	}
	_, made, err := q.query(201, `INSERT INTO tenants (name, zone) VALUES ($1, $2) RETURNING to_json(tenants)::text`, name, zone)
	if err != nil {
		return 0, nil, err
	}
	_, err = q.tx.Exec(q.ctx, `SELECT set_config('app.first', 'yes', true)`)
	if err == nil {
		_, err = q.tx.Exec(q.ctx, `INSERT INTO members SELECT ($1::text::json->>'id')::bigint, $2, 'admin'`, *made, q.user.ID)
	}
	return 201, made, err
}

func (q *work) accept(number string) (int, *string, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, nil, status(404)
	}
	var tenant int64
	var role string
	var usable, member bool
	err = q.tx.QueryRow(q.ctx, `SELECT tenant, role, NOT used AND made > now() - interval '7 days', EXISTS (SELECT FROM members m WHERE m.tenant = i.tenant AND "user" = $3)
		FROM invites i WHERE id = $1 AND lower(email) = lower($2) FOR UPDATE`, id, q.user.Email, q.user.ID).Scan(&tenant, &role, &usable, &member)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, nil, status(404)
	case err != nil:
		return 0, nil, err
	case member:
		return 0, nil, status(409)
	case !usable:
		return 0, nil, status(410)
	}
	if _, err = q.tx.Exec(q.ctx, `UPDATE invites SET used = true WHERE id = $1`, id); err != nil {
		return 0, nil, err
	}
	return q.query(200, `INSERT INTO members VALUES ($1, $2, $3) RETURNING json_build_object('tenant', tenant, 'role', role)::text`, tenant, q.user.ID, role)
}
