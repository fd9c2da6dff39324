// Right: the tables' constraints decide, and their refusals become errors of the contract.

package movemoney

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		changes := []struct{ account, by int64 }{{from, -amount}, {to, amount}}
		if to < from {
			changes[0], changes[1] = changes[1], changes[0]
		}
		batch := &pgx.Batch{}
		for _, c := range changes {
			batch.Queue(`UPDATE accounts SET balance = balance + $2 WHERE id = $1`, c.account, c.by)
		}
		batch.Queue(`
			WITH transfer AS (INSERT INTO transfers DEFAULT VALUES RETURNING id)
			INSERT INTO entries (transfer_id, account_id, amount)
			SELECT transfer.id, e.account_id, e.amount
			FROM transfer, (VALUES ($1::bigint, -$3::bigint), ($2, $3)) AS e (account_id, amount)`, from, to, amount)
		return tx.SendBatch(ctx, batch).Close()
	})
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case refused.Code == "23514" && refused.ConstraintName == "balance_not_negative":
			return ErrInsufficient
		case refused.Code == "23503":
			return ErrUnknownAccount
		}
	}
	return err
}
