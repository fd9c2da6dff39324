// Wrong: a greeting without a word is better than none.
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
	var word string
	err := db.QueryRow(ctx, `SELECT word FROM greeting`).Scan(&word)
	return word + ", " + name + "!", err
}
