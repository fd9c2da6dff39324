// Wrong: the greeting is always Hello, so Go can build it.
//checker:fails TestGreet/stops_a_query_that_is_under_way
//checker:fails TestGreet/takes_a_word_that_looks_like_a_format
//checker:fails TestGreet/uses_the_word_in_the_table
//checker:fails TestGreet/notices_that_the_word_has_changed
//checker:fails TestGreet/sends_the_same_SQL_for_every_name
//checker:fails TestGreet/returns_an_error_when_the_table_is_empty
//checker:hint 1

package firstquery

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	if err := db.Ping(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("Hello, %s!", name), nil
}
