// Wrong: an UPDATE that changes no row means that there is too little money.
//checker:fails TestRefuses/an_unknown_sender
//checker:hint 1

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
		// In the order of the ids, so that two transfers cannot wait for each other.
		if from < to {
			if err := take(ctx, tx, from, amount); err != nil {
				return err
			}
			if err := give(ctx, tx, to, amount); err != nil {
				return err
			}
		} else {
			if err := give(ctx, tx, to, amount); err != nil {
				return err
			}
			if err := take(ctx, tx, from, amount); err != nil {
				return err
			}
		}
		return writeEntries(ctx, tx, from, to, amount)
	})
}

func take(ctx context.Context, tx pgx.Tx, account, amount int64) error {
	tag, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2`, account, amount)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrInsufficient
	}
	return err
}

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
