package tenancy_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	tenancy "workbook/exercises/05-security/06-whose-row"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

var (
	//go:embed 001_tables.sql
	tables string
	//go:embed 002_progress.sql
	progress string
	//go:embed 003_rls.sql
	rls string
)

// tenant has two projects with two tasks each. Another of its users has made the second project.
type tenant struct {
	name     string
	id       int64
	projects [2]int64
	tasks    [2][2]int64
}

// user sends all requests of both tenants: the number of a user says nothing about the tenant.
const user, colleague int64 = 7, 8

type site struct {
	*dbtest.DB
	t    *testing.T
	rand *seed.Rand
	a, b *tenant
}

func open(t *testing.T) *site {
	t.Helper()
	s := &site{DB: dbtest.Load(t, "003_rls.sql", tables, progress, rls), t: t, rand: seed.New(t)}
	s.a = &tenant{name: "A", id: s.rand.Between(1000, 1<<40)}
	s.b = &tenant{name: "B", id: s.a.id + s.rand.Between(1, 1000)}
	err := pgx.BeginFunc(t.Context(), s.Super(), func(tx pgx.Tx) error {
		insert := func(sql string, args ...any) (id int64) {
			require.NoErrorf(t, tx.QueryRow(t.Context(), sql, args...).Scan(&id), "A superuser could not insert what the tests need: %s", sql)
			return id
		}
		// Triggers may well have their own idea of a row without a tenant at work.
		if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		for i, owner := range []int64{user, colleague} {
			for _, who := range seed.Shuffled(s.rand, []*tenant{s.a, s.b}) {
				slug := fmt.Sprintf("%s-%d", who.name, i)
				who.projects[i] = insert(`INSERT INTO projects (tenant_id, owner_id, slug, name) VALUES ($1, $2, $3, 'Project ' || $3) RETURNING id`, who.id, owner, slug)
				for j := range who.tasks[i] {
					who.tasks[i][j] = insert(`INSERT INTO tasks (tenant_id, project_id, title) VALUES ($1, $2, $3) RETURNING id`, who.id, who.projects[i], fmt.Sprintf("Task %s-%d", slug, j))
				}
			}
		}
		return nil
	})
	require.NoError(t, err)
	return s
}

// value is what a query of the superuser gives: policies do not hold for that role.
func value[T any](s *site, sql string, args ...any) T {
	s.t.Helper()
	var v T
	err := s.Super().QueryRow(s.t.Context(), sql, args...).Scan(&v)
	require.NoErrorf(s.t, err, "A superuser could not do what the tests need: %s", sql)
	return v
}

// rows are the rows of both tables, as JSON, without the columns that change.
func (s *site) rows(without ...string) []string {
	s.t.Helper()
	return value[[]string](s, `SELECT array(SELECT 'projects ' || (to_jsonb(p) - $1::text[])::text FROM projects p
		UNION ALL SELECT 'tasks ' || (to_jsonb(t) - $1::text[])::text FROM tasks t ORDER BY 1)`, append([]string{}, without...))
}

// A role is one that a program connects as.
type role struct {
	name string
	pool func(s *site) *pgxpool.Pool // of one connection
}

var application = role{"the application's role", func(s *site) *pgxpool.Pool { return s.Pool(dbtest.MaxConns(1)) }}

var owner = role{"the owner of the tables", func(s *site) *pgxpool.Pool {
	config := s.Owner().Config()
	config.MaxConns, config.MinConns = 1, 0
	pool, err := pgxpool.NewWithConfig(s.t.Context(), config)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { go pool.Close() }) // which waits for a connection that was not given back
	return pool
}}

// with calls WithTenant, with a context that ends when something hangs.
func (s *site) with(pool *pgxpool.Pool, who *tenant, fn func(ctx context.Context, tx pgx.Tx) error) error {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	return guard.Call(s.t, func() error {
		return tenancy.WithTenant(ctx, pool, who.id, func(tx pgx.Tx) error { return fn(ctx, tx) })
	})
}

// exec sends one statement through WithTenant.
func (s *site) exec(pool *pgxpool.Pool, who *tenant, sql string, args ...any) error {
	s.t.Helper()
	return s.with(pool, who, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

// query sends a query of one text column through WithTenant.
func (s *site) query(pool *pgxpool.Pool, who *tenant, sql string, args ...any) (got []string) {
	s.t.Helper()
	err := s.with(pool, who, func(ctx context.Context, tx pgx.Tx) (err error) {
		rows, _ := tx.Query(ctx, sql, args...)
		got, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	require.NoErrorf(s.t, err, "WithTenant for tenant %s, with the query %s", who.name, sql)
	return got
}

// sqlstate is the code of the database's error.
func sqlstate(err error) string {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Code
	}
	return fmt.Sprintf("none: %v", err)
}

// serve starts the program, with a pool of the application. The caller stands in a header.
func (s *site) serve() *wire.Server {
	s.t.Helper()
	pool := s.Pool()
	return wire.Serve(s.t, guard.Call(s.t, func() http.Handler {
		return tenancy.Routes(pool, func(r *http.Request) tenancy.Caller {
			id, _ := strconv.ParseInt(r.Header.Get("Test-Caller"), 10, 64)
			return tenancy.Caller{Tenant: id, User: user}
		})
	}))
}

// send sends a request of a tenant's user, and requires one of the statuses.
func (s *site) send(server *wire.Server, who *tenant, why, method, path, body string, statuses ...int) wire.Answer {
	s.t.Helper()
	request := wire.Request{Method: method, Path: path, Body: body, Header: []string{fmt.Sprint("Test-Caller: ", who.id)}}
	if body != "" {
		request.Header = append(request.Header, "Content-Type: application/json")
	}
	a := server.Send(s.t, request)
	require.Containsf(s.t, statuses, a.Status, "A user of tenant %s asks (Test-Caller is the tenant). %s: the status is one of %v.\n%s", who.name, why, statuses, a.Story())
	return a
}
