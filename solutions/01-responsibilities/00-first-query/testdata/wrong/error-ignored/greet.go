// Wrong: a query this simple cannot fail.
//checker:fails TestGreet/returns_the_error_when_it_cannot_ask
//checker:fails TestGreet/returns_an_error_when_the_table_is_empty
//checker:hint 4

package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var greeting string
	_ = db.QueryRow(ctx, `SELECT word || ', ' || $1 || '!' FROM greeting`, name).Scan(&greeting)
	return greeting, ctx.Err()
}
