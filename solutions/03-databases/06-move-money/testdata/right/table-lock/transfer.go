// Right: a lock on the whole table lets one transfer at a time through.

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
		balance, err := readBoth(ctx, tx, from, to)
		if err != nil {
			return err
		}
		if balance < amount {
			return ErrInsufficient
		}
		if err := change(ctx, tx, from, -amount); err != nil {
			return err
		}
		if err := change(ctx, tx, to, amount); err != nil {
			return err
		}
		return writeEntries(ctx, tx, from, to, amount)
	})
}

// change adds to a balance.
func change(ctx context.Context, tx pgx.Tx, account, by int64) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance + $2 WHERE id = $1`, account, by)
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

// readBoth locks the table and returns the sender's balance.
func readBoth(ctx context.Context, tx pgx.Tx, from, to int64) (int64, error) {
	if _, err := tx.Exec(ctx, `LOCK TABLE accounts IN EXCLUSIVE MODE`); err != nil {
		return 0, err
	}
	if _, err := readBalance(ctx, tx, to); err != nil {
		return 0, err
	}
	return readBalance(ctx, tx, from)
}

// readBalance reads a balance.
func readBalance(ctx context.Context, tx pgx.Tx, account int64) (int64, error) {
	var balance int64
	err := tx.QueryRow(ctx, `SELECT balance FROM accounts WHERE id = $1`, account).Scan(&balance)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrUnknownAccount
	}
	return balance, err
}
