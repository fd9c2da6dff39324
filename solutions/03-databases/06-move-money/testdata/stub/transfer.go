// Package movemoney moves money between accounts.
package movemoney

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
)

// What a caller of Transfer can tell apart with errors.Is.
var (
	ErrAmount         = errors.New("amount must be positive")
	ErrSameAccount    = errors.New("sender and receiver are the same account")
	ErrUnknownAccount = errors.New("no such account")
	ErrInsufficient   = errors.New("insufficient funds")
)

// Store keeps accounts in the tables of schema.sql.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns a store on the given pool.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Transfer moves amount cents from one account to another. It changes both
// balances and writes one row of transfers and two of entries, or it returns
// an error and changes nothing.
func (s *Store) Transfer(ctx context.Context, from, to, amount int64) error {
	// TODO: move the money.
	return errors.New("Transfer is not written yet")
}
