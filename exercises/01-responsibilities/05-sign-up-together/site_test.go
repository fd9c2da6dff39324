package signup_test

import (
	"context"
	_ "embed"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	signup "workbook/exercises/01-responsibilities/05-sign-up-together"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
)

var (
	//go:embed schema.sql
	schema string
	//go:embed migration.sql
	migration string
)

// The users that are there before the migration.
const before = `INSERT INTO users (email, username, created_at) VALUES
	('Ada@Example.com', 'ada', '2024-02-29 12:00+00'), ('grace@example.com', 'Grace', '2025-01-01 00:00+00')`

// site is the database after the migration, with a copy of the program.
type site struct {
	*dbtest.DB
	t     *testing.T
	store *signup.Store
}

func openSite(t *testing.T) *site {
	t.Helper()
	s := &site{DB: dbtest.Load(t, "migration.sql", schema, before, migration), t: t}
	s.store = s.program()
	return s
}

// program is one more copy of the program, with a pool of its own.
func (s *site) program(options ...dbtest.Option) *signup.Store {
	pool := s.Pool(options...)
	return guard.Call(s.t, func() *signup.Store { return signup.NewStore(pool) })
}

func (s *site) register(email, username string) (signup.User, error) {
	s.t.Helper()
	return guard.Call2(s.t, func() (signup.User, error) { return s.store.Register(s.t.Context(), email, username) })
}

type row struct {
	ID        int64
	Email     string
	Username  string
	CreatedAt time.Time
}

func (s *site) users() []row {
	return dbtest.Structs[row](s.DB, `SELECT id, email, username, created_at FROM users ORDER BY id`)
}

// requireUnchanged fails the test unless the users are those that were there.
func (s *site) requireUnchanged(was []row) {
	s.t.Helper()
	require.Equal(s.t, was, s.users(), "when Register reports an error, no row was added and none was changed")
}

// another is what another program does with the table, in its own SQL.
func (s *site) another(sql string, args ...any) error {
	_, err := s.Pool().Exec(s.t.Context(), sql, args...)
	return err
}

// requireOther fails the test unless err is neither of the two errors, and has the database's own in its chain.
func requireOther(t *testing.T, err error, code, story string) {
	t.Helper()
	require.Error(t, err, story)
	require.NotErrorIs(t, err, signup.ErrEmailTaken, story)
	require.NotErrorIs(t, err, signup.ErrUsernameTaken, story)
	refused, ok := errors.AsType[*pgconn.PgError](err)
	require.Truef(t, ok, "%s; the database's own error is in the chain of what Register returns. It has returned: %v", story, err)
	require.Equal(t, code, refused.Code, story)
}

func call(s *signup.Store, email, username string) func(context.Context) error {
	return func(ctx context.Context) error { _, err := s.Register(ctx, email, username); return err }
}
