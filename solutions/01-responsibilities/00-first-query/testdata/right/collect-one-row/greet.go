// Right: the rows are collected by a function that requires exactly one.

package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	rows, err := db.Query(ctx, `SELECT format('%s, %s!', word, $1::text) FROM greeting`, name)
	if err != nil {
		return "", err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
}
