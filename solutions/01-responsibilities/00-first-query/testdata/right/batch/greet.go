// Right: the question is sent as a batch of one.

package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var greeting string
	batch := &pgx.Batch{}
	batch.Queue(`SELECT word || ', ' || $1 || '!' FROM greeting`, name).QueryRow(func(row pgx.Row) error { return row.Scan(&greeting) })
	if err := db.SendBatch(ctx, batch).Close(); err != nil {
		return "", err
	}
	return greeting, nil
}
