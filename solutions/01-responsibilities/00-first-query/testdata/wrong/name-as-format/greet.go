// Wrong: format() takes its text from anywhere, so the name can be part of it.
//checker:fails TestGreet/takes_a_name_that_looks_like_a_format
//checker:hint 3

package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var greeting string
	err := db.QueryRow(ctx, `SELECT format('%s, ' || $1 || '!', word) FROM greeting`, name).Scan(&greeting)
	if err != nil {
		return "", err
	}
	return greeting, nil
}
