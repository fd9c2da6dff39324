// Right: reads see one snapshot, writes hold the row of the tenant; the export is a cursor, and the end of the chain lies in the tenant.

// Package dashboard serves companies the numbers of their business, to each member what their role permits.
package dashboard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
}

// New returns a copy of the program. Its tables, those of schema.sql and of
// feed.sql, are in the database.
func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	if pool == nil || cfg.Authenticate == nil {
		return nil, errors.New("dashboard: a pool and Authenticate are needed")
	}
	return &App{pool: pool, cfg: cfg}, nil
}

type userKey struct{}

func userOf(r *http.Request) User { return r.Context().Value(userKey{}).(User) }

type handler func(w http.ResponseWriter, r *http.Request) error

// Handler answers the requests.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /tenants":                   a.createTenant,
		"GET /tenants/{t}":                a.getTenant,
		"GET /tenants/{t}/members":        a.listMembers,
		"PUT /tenants/{t}/members/{u}":    a.putMember,
		"DELETE /tenants/{t}/members/{u}": a.deleteMember,
		"POST /tenants/{t}/invites":       a.createInvite,
		"POST /invites/{i}/accept":        a.acceptInvite,
		"GET /tenants/{t}/audit":          a.listAudit,
		"DELETE /me":                      a.deleteMe,
		"GET /tenants/{t}/people":         a.listPeople,
		"GET /tenants/{t}/people/summary": a.summarizePeople,
		"GET /tenants/{t}/people/{p}":     a.getPerson,
		"POST /tenants/{t}/people":        a.createPerson,
		"PATCH /tenants/{t}/people/{p}":   a.patchPerson,
		"PATCH /tenants/{t}/people":       a.patchPeople,
		"DELETE /tenants/{t}/people/{p}":  a.deletePerson,
		"GET /tenants/{t}/dashboard":      a.dashboard,
		"GET /tenants/{t}/export.csv":     a.export,
		"GET /tenants/{t}/audit/verify":   a.verifyAudit,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				fail(w, r, err)
			}
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				slog.Error("panic", "path", r.URL.Path, "value", v)
				panic(http.ErrAbortHandler)
			}
		}()
		w.Header().Set("Cache-Control", "private, no-cache")
		u, ok := a.cfg.Authenticate(r)
		if !ok {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, r, refuse(http.StatusUnauthorized, "sign in first"))
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), userKey{}, u))
		if h, pattern := mux.Handler(r); pattern == "" {
			var s statusOnly
			s.header = http.Header{}
			h.ServeHTTP(&s, r)
			if allow := s.header.Get("Allow"); allow != "" {
				w.Header().Set("Allow", allow)
			}
			if s.status < 400 {
				s.status = http.StatusNotFound
			}
			fail(w, r, refuse(s.status, "there is no such route"))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// statusOnly keeps of an answer its status and header.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }

// A problem is a refusal that the client may read.
type problem struct {
	status int
	detail string
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s", p.status, p.detail) }

func refuse(status int, format string, args ...any) error {
	return &problem{status, fmt.Sprintf(format, args...)}
}

func notFound() error  { return refuse(http.StatusNotFound, "there is no such thing") }
func forbidden() error { return refuse(http.StatusForbidden, "your role does not permit this") }
func senseless(format string, args ...any) error {
	return refuse(http.StatusUnprocessableEntity, format, args...)
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		if r.Context().Err() == nil {
			slog.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		p = &problem{http.StatusInternalServerError, "something went wrong"}
	}
	body, _ := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(p.status), "status": p.status, "detail": p.detail,
	})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.status)
	w.Write(body)
}

func answer(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
	return nil
}

// pathID reads an id of the path; what is no id names nothing.
func pathID(r *http.Request, name string) (int64, error) {
	s := r.PathValue(name)
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != s {
		return 0, notFound()
	}
	return id, nil
}

const maxBody = 8 << 20

// readBody takes the whole body in before anything is locked. Its error is told
// only to those who may make the request.
func readBody(w http.ResponseWriter, r *http.Request) (json.RawMessage, error) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body could not be read")
	}
	if !utf8.Valid(b) || !json.Valid(b) {
		return nil, refuse(http.StatusBadRequest, "the body is not JSON")
	}
	return b, nil
}

// object reads a JSON object. Names count letter for letter.
func object(b json.RawMessage) (map[string]json.RawMessage, error) {
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return nil, senseless("an object is needed")
	}
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, senseless("an object is needed")
	}
	return m, nil
}

// texts reads an object that has just these names, each with a text.
func texts(b json.RawMessage, names ...string) ([]string, error) {
	m, err := object(b)
	if err != nil {
		return nil, err
	}
	if len(m) != len(names) {
		return nil, senseless("needed are: %s", strings.Join(names, ", "))
	}
	out := make([]string, len(names))
	for i, name := range names {
		if out[i], err = text(name, m[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func text(name string, b json.RawMessage) (string, error) {
	var s *string
	if len(b) == 0 || json.Unmarshal(b, &s) != nil || s == nil || strings.ContainsRune(*s, 0) {
		return "", senseless("%s has to be a text", name)
	}
	return *s, nil
}

func (a *App) inTx(ctx context.Context, opts pgx.TxOptions, do func(tx pgx.Tx) error) error {
	tx, err := a.pool.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		tx.Rollback(ctx)
	}()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// write makes a change. Whatever it waits for, its next statement sees.
func (a *App) write(ctx context.Context, do func(tx pgx.Tx) error) error {
	return a.inTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}, do)
}

// read sees one moment.
func (a *App) read(ctx context.Context, do func(tx pgx.Tx) error) error {
	return a.inTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, do)
}

// member says which role the user has in the tenant of the path.
func member(tx pgx.Tx, r *http.Request) (Principal, error) {
	t, err := pathID(r, "t")
	if err != nil {
		return Principal{}, err
	}
	p := Principal{Tenant: t, User: userOf(r).ID}
	err = tx.QueryRow(r.Context(), `SELECT role FROM members WHERE tenant_id = $1 AND user_id = $2`, t, p.User).Scan(&p.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, notFound()
	}
	return p, err
}

const (
	exclusively = "FOR NO KEY UPDATE" // for changes of members and of the history
	shared      = "FOR SHARE"         // for changes that only need the members to stay what they are
)

// locked is member, after the tenant is locked: the role stays until the end of the transaction.
func locked(tx pgx.Tx, r *http.Request, how string) (Principal, error) {
	t, err := pathID(r, "t")
	if err != nil {
		return Principal{}, err
	}
	// Strangers lock nothing. The role is read by a statement of its own, which begins after the wait.
	if _, err := tx.Exec(r.Context(), `SELECT FROM tenants WHERE id = $1 AND EXISTS (
		SELECT FROM members WHERE tenant_id = $1 AND user_id = $2) `+how, t, userOf(r).ID); err != nil {
		return Principal{}, err
	}
	return member(tx, r)
}

func lockTenant(ctx context.Context, tx pgx.Tx, tenant int64) error {
	_, err := tx.Exec(ctx, `SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE`, tenant)
	return err
}

// lockUser holds off other changes that make the user a member somewhere. It comes before any tenant's lock.
func lockUser(ctx context.Context, tx pgx.Tx, user int64) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('dashboard user ' || $1::bigint, 0))`, user)
	return err
}
