// Right: the type of the column does not tell letters' case apart, and a generic table of constraints translates.

// Package signup registers users.
package signup

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What Register reports when somebody else was first.
var (
	ErrEmailTaken    = errors.New("e-mail address is taken")
	ErrUsernameTaken = errors.New("username is taken")
)

// User is a row of the table users.
type User struct {
	ID       int64
	Email    string // as the user typed it
	Username string
}

// Store keeps users in the database.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns a store on the database of pool.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool}
}

// Register adds a user, and returns the row. The error is ErrEmailTaken,
// ErrUsernameTaken, or what has gone wrong; then no row was added.
func (s *Store) Register(ctx context.Context, email, username string) (User, error) {
	u := User{Email: email, Username: username}
	err := s.pool.QueryRow(ctx, `INSERT INTO users (email, username) VALUES ($1, $2) RETURNING id`, email, username).Scan(&u.ID)
	if err != nil {
		return User{}, taken(err)
	}
	return u, nil
}

// constraints are the rules of the table users, by name.
var constraints = map[string]error{
	"one_account_per_address": ErrEmailTaken,
	"one_account_per_name":    ErrUsernameTaken,
}

func taken(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		if known, ok := constraints[refused.ConstraintName]; ok {
			return fmt.Errorf("%w: %w", known, err)
		}
	}
	return err
}
