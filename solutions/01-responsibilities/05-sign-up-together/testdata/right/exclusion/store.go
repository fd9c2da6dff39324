// Right: exclusion constraints, which report a code of their own; the place is read from the names of table and constraint.

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

func taken(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.TableName != "users" {
		return fmt.Errorf("register: %w", err)
	}
	switch refused.ConstraintName {
	case "email_once":
		return errors.Join(ErrEmailTaken, err)
	case "username_once":
		return errors.Join(ErrUsernameTaken, err)
	default:
		return fmt.Errorf("register: %w", err)
	}
}
