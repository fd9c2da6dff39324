// Right: packages for the policy and for the store, each request SERIALIZABLE and run again, people filtered in Go, days counted in Go, orders exported in batches.

// Package dashboard serves companies the numbers of their business, to each member what their role permits.
package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/07-projects/02-dashboard-api/policy"
	"workbook/exercises/07-projects/02-dashboard-api/store"
)

type (
	Action    = policy.Action
	Principal = policy.Principal
	Object    = policy.Object
	Decision  = policy.Decision
)

const (
	Read   = policy.Read
	Create = policy.Create
	Update = policy.Update
	Delete = policy.Delete
)

func Can(p Principal, a Action, o Object) Decision { return policy.Can(p, a, o) }

type User struct {
	ID    int64
	Email string
}

type Config struct {
	Authenticate func(r *http.Request) (u User, ok bool)
}

type App struct {
	store store.Store
	cfg   Config
	mux   *http.ServeMux
}

func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	a := &App{store: store.Store{Pool: pool}, cfg: cfg, mux: http.NewServeMux()}
	type s = *store.Session
	a.handle("POST /tenants", 201, func(s s, q *request) (any, error) {
		var in struct{ Name, Zone string }
		if err := q.decode(&in); err != nil {
			return nil, err
		}
		return s.CreateTenant(in.Name, in.Zone)
	})
	a.handle("DELETE /me", 204, func(s s, _ *request) (any, error) { return nil, s.DeleteUser() })
	a.handle("POST /invites/{i}/accept", 200, func(s s, q *request) (any, error) { return s.Accept(q.id("i")) })
	a.handle("GET /tenants/{t}", 200, func(s s, q *request) (any, error) { return s.Tenant(q.id("t")) })
	a.handle("GET /tenants/{t}/members", 200, func(s s, q *request) (any, error) { return s.Members(q.id("t")) })
	a.handle("GET /tenants/{t}/audit", 200, func(s s, q *request) (any, error) { return s.Audit(q.id("t")) })
	a.handle("GET /tenants/{t}/audit/verify", 200, func(s s, q *request) (any, error) { return s.Verify(q.id("t")) })
	a.mux.HandleFunc("GET /tenants/{t}/export.csv", a.export)
	a.handle("PUT /tenants/{t}/members/{u}", 200, func(s s, q *request) (any, error) {
		return s.ChangeRole(q.id("t"), q.id("u"), func(role *string) error {
			var in struct{ Role string }
			defer func() { *role = in.Role }()
			return q.decode(&in)
		})
	})
	a.handle("DELETE /tenants/{t}/members/{u}", 204, func(s s, q *request) (any, error) { return nil, s.RemoveMember(q.id("t"), q.id("u")) })
	a.handle("POST /tenants/{t}/invites", 201, func(s s, q *request) (any, error) {
		return s.Invite(q.id("t"), func(email, role *string) error {
			var in struct{ Email, Role string }
			defer func() { *email, *role = in.Email, in.Role }()
			return q.decode(&in)
		})
	})
	a.handle("GET /tenants/{t}/people", 200, func(s s, q *request) (any, error) { return s.People(q.id("t"), q.URL.Query()) })
	a.handle("GET /tenants/{t}/people/summary", 200, func(s s, q *request) (any, error) { return s.Summary(q.id("t"), q.URL.Query()) })
	a.handle("GET /tenants/{t}/people/{p}", 200, func(s s, q *request) (any, error) {
		person, tag, err := s.Person(q.id("t"), q.id("p"))
		q.etag = tag
		return person, err
	})
	a.handle("POST /tenants/{t}/people", 201, func(s s, q *request) (any, error) {
		return s.AddPerson(q.id("t"), func(m *map[string]any) error { return q.decode(m) })
	})
	a.handle("PATCH /tenants/{t}/people/{p}", 200, func(s s, q *request) (any, error) {
		list, err := s.ChangePeople(q.id("t"), func(list *[]map[string]any) error {
			*list = make([]map[string]any, 1)
			if err := q.decode(&(*list)[0]); err != nil {
				return err
			}
			if _, ok := (*list)[0]["id"]; ok || (*list)[0] == nil {
				return store.ErrInvalid
			}
			(*list)[0]["id"] = json.Number(strconv.FormatInt(q.id("p"), 10))
			return nil
		})
		if err != nil {
			return nil, err
		}
		return list[0], nil
	})
	a.handle("PATCH /tenants/{t}/people", 200, func(s s, q *request) (any, error) {
		return s.ChangePeople(q.id("t"), func(list *[]map[string]any) error { return q.decode(list) })
	})
	a.handle("DELETE /tenants/{t}/people/{p}", 204, func(s s, q *request) (any, error) { return nil, s.DeletePerson(q.id("t"), q.id("p")) })
	a.handle("GET /tenants/{t}/dashboard", 200, func(s s, q *request) (any, error) {
		return s.Dashboard(q.id("t"), q.URL.Query().Get("from"), q.URL.Query().Get("to"))
	})
	a.handle("/", 200, func(s, *request) (any, error) { return nil, store.ErrNotFound })
	return a, nil
}

func (a *App) Handler() http.Handler { return a.mux }

// A request has its body read, since it may be worked on several times.
type request struct {
	*http.Request
	body []byte
	etag string
}

// id is -1, which nothing has, where the path has no number.
func (q *request) id(name string) int64 {
	id, err := strconv.ParseInt(q.PathValue(name), 10, 64)
	if err != nil {
		return -1
	}
	return id
}

func (q *request) decode(v any) error { return store.Decode(q.body, v) }

func (a *App) handle(pattern string, status int, h func(*store.Session, *request) (any, error)) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		user, ok := a.cfg.Authenticate(r)
		if !ok {
			problem(w, 401)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			problem(w, 400)
			return
		}
		q := &request{Request: r, body: body}
		var result any
		err = a.store.Run(r.Context(), r.Method == "GET", user.ID, user.Email, func(s *store.Session) (err error) {
			result, err = h(s, q)
			return err
		})
		switch {
		case err != nil:
			refuse(w, err)
		default:
			w.Header().Set("Cache-Control", "no-store")
			if q.etag != "" {
				w.Header().Set("ETag", q.etag)
				if r.Header.Get("If-None-Match") == q.etag {
					w.WriteHeader(304)
					return
				}
			}
			if status == 204 {
				w.WriteHeader(204)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(result)
		}
	})
}

func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		problem(w, 404)
	case errors.Is(err, store.ErrForbidden):
		problem(w, 403)
	case errors.Is(err, store.ErrConflict):
		problem(w, 409)
	case errors.Is(err, store.ErrInvalid):
		problem(w, 422)
	case errors.Is(err, context.Canceled):
		problem(w, 503)
	default:
		problem(w, 500)
	}
}

// export sends batches of orders. When one fails after others were sent, the server drops the connection.
func (a *App) export(w http.ResponseWriter, r *http.Request) {
	user, ok := a.cfg.Authenticate(r)
	if !ok {
		problem(w, 401)
		return
	}
	q := &request{Request: r}
	sent := false
	err := a.store.Run(r.Context(), true, user.ID, user.Email, func(s *store.Session) error {
		return s.Orders(q.id("t"), func(columns []string, orders []store.Order) error {
			var lines strings.Builder
			if !sent {
				sent = true
				w.Header().Set("Cache-Control", "no-store")
				w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
				lines.WriteString(strings.Join(columns, ",") + "\r\n")
			}
			for _, o := range orders {
				values := map[string]string{
					"id": fmt.Sprint(o.ID), "placed_at": o.Placed.Format(time.RFC3339Nano), "customer": fmt.Sprint(o.Customer),
					"note": quote(o.Note), "revenue": fmt.Sprint(o.Revenue), "paid": fmt.Sprint(o.Paid),
				}
				for i, column := range columns {
					if i > 0 {
						lines.WriteString(",")
					}
					lines.WriteString(values[column])
				}
				lines.WriteString("\r\n")
			}
			_, err := io.WriteString(w, lines.String())
			return err
		})
	})
	switch {
	case err != nil && sent:
		panic(http.ErrAbortHandler)
	case err != nil:
		refuse(w, err)
	}
}

// quote makes a cell of a text, whatever it consists of.
func quote(text string) string {
	if text != "" && strings.Contains("=+-@\t\r\n", text[:1]) {
		text = "'" + text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status})
}
