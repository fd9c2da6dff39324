// Wrong: SQL is text, so the name can be put into it like into any other text.
//checker:fails TestGreet/takes_a_name_with_an_apostrophe
//checker:fails TestGreet/takes_a_name_that_looks_like_SQL
//checker:fails TestGreet/sends_the_same_SQL_for_every_name
//checker:hint 2

package firstquery

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var greeting string
	sql := fmt.Sprintf("SELECT word || ', ' || '%s' || '!' FROM greeting", name)
	if err := db.QueryRow(ctx, sql).Scan(&greeting); err != nil {
		return "", err
	}
	return greeting, nil
}
