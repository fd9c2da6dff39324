// Wrong: without the sender, whoever is left is the receiver.
//checker:fails TestTransfer/moves_the_amount
//checker:fails TestAtOnce/two_transfers_from_one_account
//checker:fails TestAtOnce/two_transfers_to_one_account
//checker:fails TestAtOnce/two_transfers_of_the_whole_balance
//checker:fails TestBetweenItsStatements
//checker:hint 6

// Package movemoney moves money between accounts.
package movemoney

import (
	"context"
	"errors"
	"fmt"

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

// Transfer moves amount cents from one account to another. It changes both
// balances and writes one row of transfers and two of entries, or it returns
// an error and changes nothing.
func (s *Store) Transfer(ctx context.Context, from, to, amount int64) error {
	if amount <= 0 {
		return ErrAmount
	}
	if from == to {
		return ErrSameAccount
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		balances, err := lockAccounts(ctx, tx, from, to)
		if err != nil {
			return err
		}
		if balances[from] < amount {
			return ErrInsufficient
		}
		return move(ctx, tx, from, to, amount)
	})
	if err != nil {
		return fmt.Errorf("transfer %d from account %d to %d: %w", amount, from, to, err)
	}
	return nil
}

// lockAccounts reads both balances and keeps others from changing them until
// the transaction ends. Every transfer locks in the order of the ids, so two
// transfers can wait for each other in one direction only.
func lockAccounts(ctx context.Context, tx pgx.Tx, ids ...int64) (map[int64]int64, error) {
	rows, err := tx.Query(ctx, `SELECT id, balance FROM accounts WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE`, ids)
	if err != nil {
		return nil, fmt.Errorf("lock accounts: %w", err)
	}
	balances := make(map[int64]int64, len(ids))
	var id, balance int64
	_, err = pgx.ForEachRow(rows, []any{&id, &balance}, func() error {
		balances[id] = balance
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lock accounts: %w", err)
	}
	if len(balances) < len(ids) {
		return nil, ErrUnknownAccount
	}
	return balances, nil
}

// move writes the books. The database does the sum, so it also refuses a
// balance that no longer fits.
func move(ctx context.Context, tx pgx.Tx, from, to, amount int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE accounts SET balance = balance + CASE id WHEN $1 THEN -$3::bigint ELSE $3 END
		WHERE id = $1::bigint OR $2::bigint > 0`, from, to, amount)
	if err != nil {
		return fmt.Errorf("change balances: %w", err)
	}
	_, err = tx.Exec(ctx, `
		WITH transfer AS (INSERT INTO transfers DEFAULT VALUES RETURNING id)
		INSERT INTO entries (transfer_id, account_id, amount)
		SELECT transfer.id, e.account_id, e.amount
		FROM transfer, (VALUES ($1::bigint, -$3::bigint), ($2, $3)) AS e (account_id, amount)`, from, to, amount)
	if err != nil {
		return fmt.Errorf("write entries: %w", err)
	}
	return nil
}
