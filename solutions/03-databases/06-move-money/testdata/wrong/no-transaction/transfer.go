// Wrong: two updates that each do the right thing need no transaction.
//checker:fails TestRefuses/what_the_database_refuses_at_the_commit
//checker:fails TestRefuses/a_balance_beyond_the_largest_bigint
//checker:fails TestBetweenItsStatements/the_connection_breaks
//checker:fails TestBetweenItsStatements/the_caller_gives_up
//checker:hint 5

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

// Transfer moves amount cents from one account to another.
func (s *Store) Transfer(ctx context.Context, from, to, amount int64) error {
	if amount <= 0 {
		return ErrAmount
	}
	if from == to {
		return ErrSameAccount
	}
	var known int
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM accounts WHERE id IN ($1, $2)`, from, to).Scan(&known); err != nil {
		return err
	}
	if known < 2 {
		return ErrUnknownAccount
	}
	paid, err := s.pool.Exec(ctx, `UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2`, from, amount)
	if err != nil {
		return err
	}
	if paid.RowsAffected() == 0 {
		return ErrInsufficient
	}
	if _, err := s.pool.Exec(ctx, `UPDATE accounts SET balance = balance + $2 WHERE id = $1`, to, amount); err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		WITH transfer AS (INSERT INTO transfers DEFAULT VALUES RETURNING id)
		INSERT INTO entries (transfer_id, account_id, amount)
		SELECT transfer.id, e.account_id, e.amount
		FROM transfer, (VALUES ($1::bigint, -$3::bigint), ($2, $3)) AS e (account_id, amount)`, from, to, amount)
	return err
}
