// Wrong: the context is for long queries; a short one can use context.Background().
//checker:fails TestGreet/stops_when_the_context_is_cancelled
//checker:fails TestGreet/stops_a_query_that_is_under_way
//checker:hint 4

package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var greeting string
	err := db.QueryRow(context.Background(), `SELECT word || ', ' || $1 || '!' FROM greeting`, name).Scan(&greeting)
	if err != nil {
		return "", err
	}
	return greeting, nil
}
