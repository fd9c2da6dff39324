// Right: each UPDATE checks and changes a balance in one step, in the order of the ids.

package movemoney

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
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

// Transfer moves amount cents from one account to another.
func (s *Store) Transfer(ctx context.Context, from, to, amount int64) error {
	if amount <= 0 {
		return ErrAmount
	}
	if from == to {
		return ErrSameAccount
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		steps := []func(context.Context, pgx.Tx) error{
			func(ctx context.Context, tx pgx.Tx) error { return take(ctx, tx, from, amount) },
			func(ctx context.Context, tx pgx.Tx) error { return give(ctx, tx, to, amount) },
		}
		if to < from {
			steps[0], steps[1] = steps[1], steps[0]
		}
		for _, step := range steps {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return writeEntries(ctx, tx, from, to, amount)
	})
}

// take takes from a balance that is large enough.
func take(ctx context.Context, tx pgx.Tx, account, amount int64) error {
	tag, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2`, account, amount)
	if err != nil || tag.RowsAffected() == 1 {
		return err
	}
	var known bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM accounts WHERE id = $1)`, account).Scan(&known); err != nil {
		return err
	}
	if !known {
		return ErrUnknownAccount
	}
	return ErrInsufficient
}

// give adds to a balance.
func give(ctx context.Context, tx pgx.Tx, account, amount int64) error {
	tag, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance + $2 WHERE id = $1`, account, amount)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrUnknownAccount
	}
	return err
}

// writeEntries writes the transfer and its two entries.
func writeEntries(ctx context.Context, tx pgx.Tx, from, to, amount int64) error {
	var transfer int64
	if err := tx.QueryRow(ctx, `INSERT INTO transfers DEFAULT VALUES RETURNING id`).Scan(&transfer); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO entries (transfer_id, account_id, amount) VALUES ($1, $2, $3), ($1, $4, $5)`,
		transfer, from, -amount, to, amount)
	return err
}
