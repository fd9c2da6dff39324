// Wrong: when each Register takes the same lock first, the table needs no rule of its own.
//checker:fails TestTable/refuses_a_second_user_with_an_address
//checker:fails TestTable/refuses_an_address_in_capitals
//checker:fails TestTable/refuses_an_address_in_small_letters
//checker:fails TestTable/refuses_a_second_user_with_a_username
//checker:fails TestTable/refuses_a_change_into_the_address_of_another
//checker:fails TestTable/refuses_a_change_into_the_username_of_another
//checker:fails TestNotYetCommitted
//checker:hint 2

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
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return User{}, fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('users'))`); err != nil {
		return User{}, fmt.Errorf("lock: %w", err)
	}
	var emailTaken, nameTaken bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower($1)), EXISTS (SELECT FROM users WHERE username = $2)`,
		email, username).Scan(&emailTaken, &nameTaken)
	switch {
	case err != nil:
		return User{}, fmt.Errorf("look for user: %w", err)
	case emailTaken:
		return User{}, ErrEmailTaken
	case nameTaken:
		return User{}, ErrUsernameTaken
	}
	u := User{Email: email, Username: username}
	if err := tx.QueryRow(ctx, `INSERT INTO users (email, username) VALUES ($1, $2) RETURNING id`, email, username).Scan(&u.ID); err != nil {
		return User{}, fmt.Errorf("add user: %w", err)
	}
	if err := tx.Commit(ctx); err != nil {
		return User{}, fmt.Errorf("commit: %w", err)
	}
	return u, nil
}
