// Wrong: the database sets the id, and the caller does not need it.
//checker:fails TestRegister/adds_a_row_and_returns_it
//checker:hint 6

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
	if _, err := s.pool.Exec(ctx, `INSERT INTO users (email, username) VALUES ($1, $2)`, email, username); err != nil {
		return User{}, taken(err)
	}
	return User{Email: email, Username: username}, nil
}

// taken translates the refusal of one of the two unique indexes.
func taken(err error) error {
	const uniqueViolation = "23505"
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == uniqueViolation {
		switch refused.ConstraintName {
		case "users_email_key":
			return ErrEmailTaken
		case "users_username_key":
			return ErrUsernameTaken
		}
	}
	return fmt.Errorf("add user: %w", err)
}
