// Wrong: ON CONFLICT DO UPDATE is the insertion that cannot fail.
//checker:fails TestRegister/reports_a_taken_address
//checker:fails TestRegister/reports_a_taken_address_in_other_letters
//checker:fails TestRegister/reports_an_address_from_before_the_migration
//checker:fails TestAtOnce/two_with_one_address
//checker:fails TestAtOnce/two_with_one_address_in_other_letters
//checker:fails TestAtOnce/five_with_one_address
//checker:fails TestNotYetCommitted/the_other_one_commits
//checker:hint 3

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
	err := s.pool.QueryRow(ctx, `INSERT INTO users (email, username) VALUES ($1, $2)
		ON CONFLICT ((lower(email))) DO UPDATE SET username = excluded.username RETURNING id`, email, username).Scan(&u.ID)
	if err != nil {
		return User{}, taken(err)
	}
	return u, nil
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
