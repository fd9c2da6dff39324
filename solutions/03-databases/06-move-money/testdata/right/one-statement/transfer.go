// Right: one statement locks, checks, moves and writes; what it did is seen from its result.

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

// oneStatement locks both accounts in the order of their ids. All of it sees
// one state of the database; the locked rows are read in their newest version.
const oneStatement = `
	WITH locked AS MATERIALIZED (
		SELECT id, balance FROM accounts WHERE id IN ($1::bigint, $2::bigint) ORDER BY id FOR UPDATE
	), allowed AS (
		SELECT FROM locked HAVING count(*) = 2 AND bool_or(id = $1 AND balance >= $3::bigint)
	), moved AS (
		UPDATE accounts SET balance = locked.balance + CASE accounts.id WHEN $1 THEN -$3 ELSE $3 END
		FROM locked, allowed WHERE accounts.id = locked.id
		RETURNING accounts.id
	), transfer AS (
		INSERT INTO transfers SELECT FROM allowed RETURNING id
	), written AS (
		INSERT INTO entries (transfer_id, account_id, amount)
		SELECT transfer.id, locked.id, CASE locked.id WHEN $1 THEN -$3 ELSE $3 END FROM transfer, locked
	)
	SELECT (SELECT count(*) FROM locked), (SELECT count(*) FROM moved)`

// Transfer moves amount cents from one account to another.
func (s *Store) Transfer(ctx context.Context, from, to, amount int64) error {
	if amount <= 0 {
		return ErrAmount
	}
	if from == to {
		return ErrSameAccount
	}
	var known, moved int
	if err := s.pool.QueryRow(ctx, oneStatement, from, to, amount).Scan(&known, &moved); err != nil {
		return err
	}
	switch {
	case known < 2:
		return ErrUnknownAccount
	case moved < 2:
		return ErrInsufficient
	}
	return nil
}
