package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/sqlstate"
)

// A provocation makes a server answer with a code. What it returns is the answer.
type provocation func(s *sqlSessions) error

// after runs statements that must succeed, separated by semicolons, and then the one that must not.
func after(setup, statement string, args ...any) provocation {
	return func(s *sqlSessions) error {
		s.do(s.conn, setup)
		_, err := s.conn.Exec(s.ctx, statement, args...)
		return err
	}
}

// on is after, without a setup.
func on(statement string, args ...any) provocation { return after("", statement, args...) }

// unprovoked are the codes that no statement brings about on a server that is well, and why.
var unprovoked = map[string]string{
	"53100": "the disk would have to be filled",
	"57P03": "the server would have to be caught while it starts or stops",
}

// since are the codes that older servers do not have.
var since = map[string]int{"23001": 18, "25P04": 17}

// TestSQLStates: every code that the workbook explains can be met, and its name is the server's.
func TestSQLStates(t *testing.T) {
	server := sqlServer(t)
	for _, code := range sqlstate.Codes() {
		t.Run(code, func(t *testing.T) {
			s := server.sessions(t, "s"+strings.ToLower(code))
			if min := since[code]; s.version < min {
				t.Logf("needs PostgreSQL %d, this is %d", min, s.version)
				return
			}
			e, known := sqlstate.Explain(code)
			require.True(t, known)
			var named *pgconn.PgError
			_, err := s.conn.Exec(s.ctx, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '"+e.Condition+"'; END $$")
			require.ErrorAs(t, err, &named)
			require.Equal(t, code, named.Code, "%s is the name of another code", e.Condition)

			provoke := provocations[code]
			if unprovoked[code] != "" {
				require.Nil(t, provoke, "it is listed as not provoked")
				return
			}
			require.NotNil(t, provoke, "nothing shows how it can be met")
			var got *pgconn.PgError
			require.ErrorAs(t, provoke(s), &got)
			require.Equal(t, code, got.Code, got.Message)
			require.Equal(t, []string{code}, sqlstate.In(got.Error()), "as pgx prints it")
		})
	}
	for _, code := range slices.Concat(slices.Collect(maps.Keys(provocations)), slices.Collect(maps.Keys(unprovoked))) {
		require.Contains(t, sqlstate.Codes(), code)
	}
}

// sqlDatabase is a throwaway database on a server of the test's own.
type sqlDatabase struct{ url string }

func sqlServer(t *testing.T) sqlDatabase {
	t.Helper()
	c := newClone(t)
	out, err := c.command("db", "up", "--print-url", "--postgres=local").Output()
	require.NoError(t, err)
	url := strings.TrimSpace(string(out))
	ctx := t.Context()
	admin, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	_, err = admin.Exec(ctx, "CREATE DATABASE sqlstates")
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.Background()
		_, err := admin.Exec(ctx, "DROP DATABASE sqlstates WITH (FORCE)")
		require.NoError(t, errors.Join(err, admin.Close(ctx)))
	})
	return sqlDatabase{url}
}

// sqlSessions are one case's connections, in a schema of its own.
type sqlSessions struct {
	t           *testing.T
	ctx         context.Context
	db          sqlDatabase
	schema      string
	conn, other *pgx.Conn
	version     int
}

func (d sqlDatabase) sessions(t *testing.T, schema string) *sqlSessions {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // a bound on hanging, and still there for the cleanup
	t.Cleanup(cancel)
	s := &sqlSessions{t: t, ctx: ctx, db: d, schema: schema}
	connect := func() *pgx.Conn {
		conn, err := s.connect(func(*pgx.ConnConfig) {})
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close(context.Background()) }) // some have been ended by the server
		s.do(conn, "CREATE SCHEMA IF NOT EXISTS "+schema+"; SET search_path = "+schema)
		return conn
	}
	s.conn, s.other = connect(), connect()
	require.NoError(t, s.conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int / 10000").Scan(&s.version))
	return s
}

// connect opens a connection to the throwaway database.
func (s *sqlSessions) connect(change func(*pgx.ConnConfig)) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(s.db.url)
	require.NoError(s.t, err)
	config.Database = "sqlstates"
	change(config)
	return pgx.ConnectConfig(s.ctx, config)
}

// do runs statements of which none may fail.
func (s *sqlSessions) do(conn *pgx.Conn, statements string) {
	s.t.Helper()
	_, err := conn.PgConn().Exec(s.ctx, statements).ReadAll()
	require.NoError(s.t, err, statements)
}

// ended waits for the server to end a connection, and returns what it says.
func (s *sqlSessions) ended(conn *pgx.Conn) error {
	_, err := conn.WaitForNotification(s.ctx)
	return err
}

// login connects as a role that is made for it, and returns why it could not.
func (s *sqlSessions) login(role, password string) error {
	name := "role_" + s.schema
	s.do(s.conn, "CREATE ROLE "+name+" PASSWORD 'right' "+role)
	s.t.Cleanup(func() { s.do(s.other, "DROP ROLE "+name) })
	conn, err := s.connect(func(c *pgx.ConnConfig) { c.User, c.Password = name, password })
	if err == nil {
		return conn.Close(s.ctx)
	}
	return err
}

// both runs a statement on each connection at the same time, and returns the error of the one that failed.
func (s *sqlSessions) both(first, second string) error {
	done := make(chan error, 1)
	go func() {
		_, err := s.conn.Exec(s.ctx, first)
		done <- err
	}()
	_, err := s.other.Exec(s.ctx, second)
	return errors.Join(err, <-done)
}

// whileBlocked runs a statement that has to wait for the other connection, and what lets it go on.
func (s *sqlSessions) whileBlocked(statement, release string) error {
	pid := s.conn.PgConn().PID()
	done := make(chan error, 1)
	go func() {
		_, err := s.conn.Exec(s.ctx, statement)
		done <- err
	}()
	for blocked := false; !blocked; {
		require.NoError(s.t, s.other.QueryRow(s.ctx, "SELECT cardinality(pg_blocking_pids($1::int)) > 0", pid).Scan(&blocked))
	}
	s.do(s.other, release)
	return <-done
}
