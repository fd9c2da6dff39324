// Package dashboard serves companies the numbers of their business, to each member what their role permits.
package dashboard

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	_ "time/tzdata" // for machines without the time zone database

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A User is somebody whom the sign-in system knows. Two users may have the same
// address, such as that of a team.
type User struct {
	ID    int64
	Email string // which belongs to the user: the sign-in system has verified it
}

// Config is what the program is given.
type Config struct {
	// Authenticate says who sends a request. Where ok is false nobody knows, and
	// the User means nothing. Several requests may ask it at once.
	Authenticate func(r *http.Request) (u User, ok bool)
}

// App is one copy of the program. Copies share nothing but the database.
type App struct {
	pool *pgxpool.Pool
	cfg  Config
	mux  *http.ServeMux
}

// New returns a copy of the program. Its tables, those of schema.sql, are in the database.
func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	if pool == nil || cfg.Authenticate == nil {
		return nil, errors.New("dashboard: no pool, or no way to authenticate")
	}
	a := &App{pool: pool, cfg: cfg, mux: http.NewServeMux()}
	a.mux.Handle("POST /tenants", a.signedIn(createTenant))
	a.mux.Handle("POST /invites/{i}/accept", a.signedIn(accept))
	a.mux.Handle("DELETE /me", a.signedIn(deleteMe))
	a.mux.Handle("GET /tenants/{t}", a.member(Read, "tenant", getTenant))
	a.mux.Handle("GET /tenants/{t}/members", a.member(Read, "member", listMembers))
	a.mux.Handle("PUT /tenants/{t}/members/{u}", a.member(Update, "member", changeRole))
	a.mux.Handle("DELETE /tenants/{t}/members/{u}", a.member(Read, "member", removeMember))
	a.mux.Handle("POST /tenants/{t}/invites", a.member(Create, "invite", invite))
	a.mux.Handle("GET /tenants/{t}/audit", a.member(Read, "audit", listAudit))
	a.mux.Handle("GET /tenants/{t}/people", a.member(Read, "person", listPeople))
	a.mux.Handle("GET /tenants/{t}/people/summary", a.member(Read, "person", summary))
	a.mux.Handle("GET /tenants/{t}/people/{p}", a.member(Read, "person", getPerson))
	a.mux.Handle("POST /tenants/{t}/people", a.member(Create, "person", createPerson))
	a.mux.Handle("PATCH /tenants/{t}/people", a.member(Update, "person", changePeople))
	a.mux.Handle("PATCH /tenants/{t}/people/{p}", a.member(Update, "person", changePerson))
	a.mux.Handle("DELETE /tenants/{t}/people/{p}", a.member(Delete, "person", deletePerson))
	a.mux.Handle("GET /tenants/{t}/dashboard", a.member(Read, "dashboard", getDashboard))
	a.mux.Handle("GET /tenants/{t}/export.csv", a.member(Read, "order", export))
	a.mux.Handle("GET /tenants/{t}/audit/verify", a.member(Read, "audit", verify))
	a.mux.Handle("/", a.signedIn(func(*call) (answer, error) { return answer{}, errNotFound }))
	return a, nil
}

// Handler answers the requests.
func (a *App) Handler() http.Handler { return a.mux }

// A call is a request of a known user, with the one transaction in which it does its work.
type call struct {
	ctx  context.Context
	tx   pgx.Tx
	r    *http.Request
	user User
	who  Principal // in the tenant of the path; empty without one
	out  *stream
}

// An answer is what a call that succeeded sends once its transaction is committed,
// unless the call has sent its own.
type answer struct {
	status int
	body   any
	tag    string // its ETag, if it has one
}

type handler func(c *call) (answer, error)

// signedIn runs h for users, in a transaction that ends with it.
func (a *App) signedIn(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, ok := a.cfg.Authenticate(r)
		if !ok {
			fail(w, r, errStranger)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		var ans answer
		out := &stream{w: w}
		err := pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) (err error) {
			ans, err = h(&call{ctx: r.Context(), tx: tx, r: r, user: user, out: out})
			return err
		})
		switch {
		case out.begun:
			out.end(r, err)
		case err != nil:
			fail(w, r, err)
		default:
			send(w, r, ans)
		}
	})
}

// member runs h for members of the tenant in the path whose role permits the
// action. What changes something holds the tenant's row first: changes of one
// tenant come one after the other, and each sees what the one before it did,
// also to the role of the member who asks.
func (a *App) member(action Action, kind string, h handler) http.Handler {
	return a.signedIn(func(c *call) (answer, error) {
		tenant, err := c.id("t")
		if err != nil {
			return answer{}, err
		}
		if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
			if err := hold(c, tenant); err != nil {
				return answer{}, err
			}
		}
		c.who = Principal{Tenant: tenant, User: c.user.ID}
		err = c.tx.QueryRow(c.ctx, `SELECT role FROM members WHERE tenant_id = $1 AND user_id = $2`, tenant, c.user.ID).Scan(&c.who.Role)
		if errors.Is(err, pgx.ErrNoRows) {
			return answer{}, errNotFound
		}
		if err != nil {
			return answer{}, err
		}
		if err := c.can(action, kind, ""); err != nil {
			return answer{}, err
		}
		return h(c)
	})
}

// hold makes changes of a tenant wait for each other, until the end of the transaction.
func hold(c *call, tenant int64) error {
	_, err := c.tx.Exec(c.ctx, `SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE`, tenant)
	return err
}

// can is nil for what the member may do in the tenant of the path.
func (c *call) can(action Action, kind, field string) error {
	if Can(c.who, action, Object{Tenant: c.who.Tenant, Kind: kind, Field: field}).Allowed {
		return nil
	}
	return errForbidden
}

// id reads a number from the path. A word there names nothing.
func (c *call) id(name string) (int64, error) {
	id, err := strconv.ParseInt(c.r.PathValue(name), 10, 64)
	if err != nil {
		return 0, errNotFound
	}
	return id, nil
}
