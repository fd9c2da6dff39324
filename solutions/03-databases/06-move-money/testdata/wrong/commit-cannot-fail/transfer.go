// Wrong: once every statement has worked, the commit in the defer cannot go wrong any more.
//checker:fails TestRefuses/what_the_database_refuses_at_the_commit
//checker:hint 5

// Package movemoney moves money between accounts.
package movemoney

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

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

// maxAttempts is how often a transfer is tried that loses against other
// programs (transfers do not deadlock with each other).
const maxAttempts = 10

// Transfer moves amount cents from one account to another. It changes both
// balances and writes one row of transfers and two of entries, or it returns
// an error and changes nothing.
func (s *Store) Transfer(ctx context.Context, from, to, amount int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if amount <= 0 {
		return ErrAmount
	}
	if from == to {
		return ErrSameAccount
	}

	for attempt := 1; ; attempt++ {
		err := s.try(ctx, from, to, amount)
		if err == nil || attempt == maxAttempts || !rolledBackByServer(err) {
			return err
		}
		pause := time.Duration(attempt) * (5*time.Millisecond + rand.N(10*time.Millisecond))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// try makes the transfer in one transaction.
func (s *Store) try(ctx context.Context, from, to, amount int64) (err error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return fmt.Errorf("begin transfer: %w", err)
	}
	// Cleaning up must not depend on whether the caller still waits.
	settled := context.WithoutCancel(ctx)
	defer func() {
		if err == nil {
			_ = tx.Commit(settled)
			return
		}
		ctx, cancel := context.WithTimeout(settled, 5*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()

	// Everybody who moves money locks the lower id first.
	rows, err := tx.Query(ctx, `
		SELECT id, balance FROM accounts
		WHERE id IN ($1, $2)
		ORDER BY id
		FOR NO KEY UPDATE`, from, to)
	if err != nil {
		return fmt.Errorf("lock accounts: %w", err)
	}
	balances := make(map[int64]int64, 2)
	var id, balance int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &balance}, func() error {
		balances[id] = balance
		return nil
	}); err != nil {
		return fmt.Errorf("lock accounts: %w", err)
	}
	for _, id := range []int64{from, to} {
		if _, ok := balances[id]; !ok {
			return fmt.Errorf("account %d: %w", id, ErrUnknownAccount)
		}
	}
	if balances[from] < amount {
		return fmt.Errorf("account %d: %w", from, ErrInsufficient)
	}

	for _, change := range []struct{ account, amount int64 }{{from, -amount}, {to, amount}} {
		tag, err := tx.Exec(ctx,
			`UPDATE accounts SET balance = balance + $2 WHERE id = $1`, change.account, change.amount)
		if err != nil {
			return fmt.Errorf("change balance of account %d: %w", change.account, err)
		}
		if n := tag.RowsAffected(); n != 1 {
			return fmt.Errorf("change balance of account %d: %d rows changed", change.account, n)
		}
	}

	var transfer int64
	if err := tx.QueryRow(ctx,
		`INSERT INTO transfers DEFAULT VALUES RETURNING id`).Scan(&transfer); err != nil {
		return fmt.Errorf("record transfer: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO entries (transfer_id, account_id, amount)
		VALUES ($1, $2, $3), ($1, $4, $5)`, transfer, from, -amount, to, amount); err != nil {
		return fmt.Errorf("record entries: %w", err)
	}
	return nil
}

// rolledBackByServer tells whether the server itself said that the transaction
// was undone because of others, so that it is safe and useful to try again.
// A broken connection is not of this kind.
func rolledBackByServer(err error) bool {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return false
	}
	const serializationFailure, deadlockDetected = "40001", "40P01"
	return pgErr.Code == serializationFailure || pgErr.Code == deadlockDetected
}
