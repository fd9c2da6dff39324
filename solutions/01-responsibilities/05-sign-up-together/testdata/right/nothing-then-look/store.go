// Right: ON CONFLICT DO NOTHING, and a second question for whose row it was; asked again when that one has gone meanwhile.

// Package signup registers users.
package signup

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
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
	for {
		u := User{Email: email, Username: username}
		err := s.pool.QueryRow(ctx, `INSERT INTO users (email, username) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id`, email, username).Scan(&u.ID)
		if err == nil {
			return u, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return User{}, fmt.Errorf("add user: %w", err)
		}
		var sameName bool
		err = s.pool.QueryRow(ctx, `SELECT username = $2 FROM users WHERE lower(email) = lower($1) OR username = $2 LIMIT 1`, email, username).Scan(&sameName)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			continue
		case err != nil:
			return User{}, fmt.Errorf("look for user: %w", err)
		case sameName:
			return User{}, ErrUsernameTaken
		}
		return User{}, ErrEmailTaken
	}
}
