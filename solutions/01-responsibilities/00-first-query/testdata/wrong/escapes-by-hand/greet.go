// Wrong: a name is safe in SQL when its apostrophes are doubled.
//checker:fails TestGreet/sends_the_same_SQL_for_every_name
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
	escaped := strings.ReplaceAll(name, "'", "''")
	sql := "SELECT word || ', ' || '" + escaped + "' || '!' FROM greeting"
	if err := db.QueryRow(ctx, sql).Scan(&greeting); err != nil {
		return "", err
	}
	return greeting, nil
}
