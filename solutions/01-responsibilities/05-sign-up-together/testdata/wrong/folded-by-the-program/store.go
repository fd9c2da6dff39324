// Wrong: Register writes every address in small letters, so a plain unique column is enough.
//checker:fails TestTable/refuses_an_address_in_capitals
//checker:fails TestTable/refuses_an_address_in_small_letters
//checker:fails TestTable/refuses_a_change_into_the_address_of_another
//checker:fails TestRegister/adds_a_row_and_returns_it
//checker:fails TestRegister/reports_an_address_from_before_the_migration
//checker:fails TestNotYetCommitted
//checker:hint 5

// Package signup registers users.
package signup

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	email = strings.ToLower(email)
	u := User{Email: email, Username: username}
	err := s.pool.QueryRow(ctx, `INSERT INTO users (email, username) VALUES ($1, $2) RETURNING id`, email, username).Scan(&u.ID)
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
