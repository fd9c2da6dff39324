// Right: a read-only transaction on a connection of its own, with a named argument.

package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var greeting string
	err := pgx.BeginTxFunc(ctx, db, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT concat(word, ', ', @name::text, '!') FROM greeting`, pgx.NamedArgs{"name": name}).Scan(&greeting)
	})
	if err != nil {
		return "", err
	}
	return greeting, nil
}
