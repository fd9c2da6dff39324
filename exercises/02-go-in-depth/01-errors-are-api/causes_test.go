package errorsareapi_test

import (
	"cmp"
	"context"
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	api "workbook/exercises/02-go-in-depth/01-errors-are-api"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/lock"
)

//go:embed schema.sql
var schema string

// site is a database, and a pool for the program.
type site struct {
	*dbtest.DB
	t    *testing.T
	pool *pgxpool.Pool
}

func openSite(t *testing.T) *site {
	db := dbtest.New(t, schema)
	return &site{db, t, db.Pool()}
}

// A cause is something that goes wrong with a database.
type cause struct {
	name   string // part of the text of pgx: the SQLSTATE, if there is one
	kind   error  // nil when it has none
	status int
	from   func(*site) error // brings it about, and returns what pgx says
}

const simple = pgx.QueryExecModeSimpleProtocol // for several statements at once
const insert, read = `INSERT INTO crm_users (email, name, plan) VALUES ($1, $2, $3)`, `SELECT * FROM crm_users FOR UPDATE`

var causes = []cause{
	{"no rows in result set", api.ErrNotFound, 404, func(s *site) error {
		return s.pool.QueryRow(s.t.Context(), `SELECT name FROM crm_users WHERE id = 77`).Scan(new(string))
	}},
	{"23505", api.ErrConflict, 409, running(insert, "ada@example.com", "Ada", "free")},
	{"23P01", api.ErrConflict, 409, running(`INSERT INTO crm_shifts VALUES ('[11,15)')`)},
	{"23503", api.ErrInvalid, 422, running(insert, "max@example.com", "Max", "gold")},
	{"23514", api.ErrInvalid, 422, running(insert, "MAX@example.com", "Max", "free")},
	{"23502", api.ErrInvalid, 422, running(insert, "max@example.com", nil, "free")},
	{"22P02", api.ErrInvalid, 422, running(`SELECT * FROM crm_users WHERE id = $1`, "seven")},
	{"22001", api.ErrInvalid, 422, running(insert, "max@example.com", strings.Repeat("Max", 50), "free")},
	{"40001", api.ErrRetry, 503, serializationFailure},
	{"40P01", api.ErrRetry, 503, deadlock},
	{"55P03", api.ErrRetry, 503, locked(read+` NOWAIT`, time.Minute)},
	{"57014", api.ErrTimeout, 504, locked(`SET statement_timeout = '20ms'; `+read, time.Minute)},
	{"context deadline exceeded", api.ErrTimeout, 504, locked(read, 200*time.Millisecond)},
	{"context canceled", nil, 499, cancelled},
	{"53300", api.ErrUnavailable, 503, func(s *site) error { s.allowNoConnections(); return running(read)(s) }},
	{"failed to connect", api.ErrUnavailable, 503, noServer},
	{"28P01", api.ErrUnavailable, 503, wrongPassword},
	{"22012", nil, 500, running(`SELECT 1 / count(*) FROM crm_users WHERE id = 77`)},
	{"23000", nil, 500, running(`DO $$ BEGIN RAISE SQLSTATE '23000'; END $$`)}, {"40003", nil, 500, running(`DO $$ BEGIN RAISE SQLSTATE '40003'; END $$`)},
	{"53100", nil, 500, running(`DO $$ BEGIN RAISE SQLSTATE '53100'; END $$`)}, {"57P04", nil, 500, running(`DO $$ BEGIN RAISE SQLSTATE '57P04'; END $$`)},
	{"42501", nil, 500, running(`DROP TABLE crm_users`)},
	{"55000", nil, 500, running(`SELECT currval('crm_users_id_seq')`)},
	{"P0001", nil, 500, running(`DO $$ BEGIN RAISE EXCEPTION 'duplicate key value; no rows in result set; deadlock detected'; END $$`)},
}

func (s *site) allowNoConnections() {
	_, err := s.Super().Exec(s.t.Context(), `ALTER DATABASE `+s.Name()+` CONNECTION LIMIT 0`)
	require.NoError(s.t, err)
}

// running is the error of a statement.
func running(sql string, args ...any) func(*site) error {
	return func(s *site) error { _, err := s.pool.Exec(s.t.Context(), sql, args...); return err }
}

// locked is the error of statements, while somebody else has locked the rows of crm_users.
func locked(sql string, limit time.Duration) func(*site) error {
	return func(s *site) error {
		lock.Hold(s.t, s.DB, read)
		ctx, cancel := context.WithTimeout(s.t.Context(), limit)
		defer cancel()
		_, err := s.pool.Exec(ctx, sql, simple)
		return err
	}
}

func cancelled(s *site) error {
	ctx, cancel := context.WithCancel(s.t.Context())
	cancel()
	return s.pool.Ping(ctx)
}

func noServer(s *site) error {
	_, err := pgx.Connect(s.t.Context(), "postgres://crm@/crm?host="+s.t.TempDir()) // no server has its socket there
	return err
}

func wrongPassword(s *site) error {
	config := s.pool.Config().ConnConfig.Copy()
	config.Password = "guessed"
	_, err := pgx.ConnectConfig(s.t.Context(), config)
	return err
}

func serializationFailure(s *site) error {
	held := lock.Hold(s.t, s.DB, `UPDATE crm_users SET name = 'Lu'`)
	call := lock.Go(s.t, func() error { return running(`BEGIN ISOLATION LEVEL REPEATABLE READ; `+read, simple)(s) })
	held.WaitBlocked(call)
	held.Commit()
	return call.Wait("the other transaction has committed")
}

// deadlock is the error of one of two transactions that take two locks in different orders.
func deadlock(s *site) error {
	held := lock.Hold(s.t, s.DB, `LOCK TABLE crm_users`)
	first := lock.Go(s.t, func() error { return running(`BEGIN; LOCK crm_plans, crm_users, crm_shifts`, simple)(s) })
	held.WaitBlocked(first)
	other := &site{s.DB, s.t, s.Pool(dbtest.Name("other"))}
	second := lock.Go(s.t, func() error { return running(`BEGIN; LOCK crm_shifts, crm_plans`, simple)(other) })
	held.WaitBlocked(second, "other")
	held.Release()
	return cmp.Or(first.Wait("a deadlock ends"), second.Wait("a deadlock ends"))
}
