// Wrong: a refusal with "duplicate key" in its text is one of my indexes.
//checker:fails TestRegister/passes_on_what_a_trigger_says
//checker:fails TestRegister/passes_on_the_refusal_of_another_table
//checker:hint 4

// Package signup registers users.
package signup

import (
	"context"
	"errors"
	"fmt"
	"strings"

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

// taken translates the refusal of a unique index.
func taken(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "duplicate key") && strings.Contains(text, "email"):
		return ErrEmailTaken
	case strings.Contains(text, "duplicate key"):
		return ErrUsernameTaken
	}
	return fmt.Errorf("add user: %w", err)
}
