// Wrong: the isolation level SERIALIZABLE is all that is needed.
//checker:fails TestAtOnce
//checker:fails TestBetweenItsStatements/another_program_takes_money_from_the_account
//checker:sign SQLSTATE 40001
//checker:hint 4

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
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
		balanceFrom, err := readBalance(ctx, tx, from)
		if err != nil {
			return err
		}
		balanceTo, err := readBalance(ctx, tx, to)
		if err != nil {
			return err
		}
		if balanceFrom < amount {
			return ErrInsufficient
		}
		if balanceTo+amount < balanceTo {
			return errors.New("the receiver's balance would not fit")
		}
		// In the order of the ids, so that two transfers cannot wait for each other.
		first, second := from, to
		values := map[int64]int64{from: balanceFrom - amount, to: balanceTo + amount}
		if first > second {
			first, second = second, first
		}
		for _, account := range []int64{first, second} {
			if _, err := tx.Exec(ctx, `UPDATE accounts SET balance = $2 WHERE id = $1`, account, values[account]); err != nil {
				return err
			}
		}
		return writeEntries(ctx, tx, from, to, amount)
	})
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

// readBalance reads a balance.
func readBalance(ctx context.Context, tx pgx.Tx, account int64) (int64, error) {
	var balance int64
	err := tx.QueryRow(ctx, `SELECT balance FROM accounts WHERE id = $1`, account).Scan(&balance)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrUnknownAccount
	}
	return balance, err
}
