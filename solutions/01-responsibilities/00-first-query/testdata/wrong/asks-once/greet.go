// Wrong: a word that hardly ever changes needs to be read only once.
//checker:fails TestGreet/notices_that_the_word_has_changed
//checker:fails TestGreet/sends_the_same_SQL_for_every_name
//checker:hint 1

package firstquery

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
)

// words remembers the word of each database.
var words sync.Map

// Greet returns the greeting for a name.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	if err := db.Ping(ctx); err != nil {
		return "", err
	}
	word, ok := words.Load(db)
	if !ok {
		var fresh string
		if err := db.QueryRow(ctx, `SELECT word FROM greeting`).Scan(&fresh); err != nil {
			return "", err
		}
		word = fresh
		words.Store(db, word)
	}
	return fmt.Sprintf("%s, %s!", word, name), nil
}
