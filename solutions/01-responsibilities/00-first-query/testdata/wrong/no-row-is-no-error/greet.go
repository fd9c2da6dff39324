// Wrong: no row means that there is nothing to say, which is not an error.
//checker:fails TestGreet/returns_an_error_when_the_table_is_empty
//checker:hint 4

package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	rows, err := db.Query(ctx, `SELECT word || ', ' || $1 || '!' FROM greeting`, name)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var greeting string
	for rows.Next() {
		if err := rows.Scan(&greeting); err != nil {
			return "", err
		}
	}
	return greeting, rows.Err()
}
