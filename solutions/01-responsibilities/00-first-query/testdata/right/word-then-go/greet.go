// Right: the database gives the word and Go puts the greeting together.

package firstquery

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var word string
	if err := db.QueryRow(ctx, `SELECT word FROM greeting LIMIT 1`).Scan(&word); err != nil {
		return "", fmt.Errorf("read the greeting's word: %w", err)
	}
	return word + ", " + name + "!", nil
}
