// Wrong: an apostrophe is dangerous, so it has to be taken out of the name.
//checker:fails TestGreet/takes_a_name_with_an_apostrophe
//checker:fails TestGreet/takes_a_name_that_looks_like_SQL
//checker:hint 2

package firstquery

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var greeting string
	safe := strings.ReplaceAll(name, "'", "")
	if err := db.QueryRow(ctx, `SELECT word || ', ' || $1 || '!' FROM greeting`, safe).Scan(&greeting); err != nil {
		return "", err
	}
	return greeting, nil
}
