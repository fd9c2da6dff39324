// Wrong: the word can be part of the format string, it is only a word.
//checker:fails TestGreet/takes_a_word_that_looks_like_a_format
//checker:hint 3

// Package firstquery greets people in the words of the database.
package firstquery

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name, such as "Hello, Ada!". The word before
// the comma is the one in the table greeting of schema.sql.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	var word string
	if err := db.QueryRow(ctx, "SELECT word FROM greeting").Scan(&word); err != nil {
		return "", fmt.Errorf("greet: %w", err)
	}
	return fmt.Sprintf(word+", %s!", name), nil
}
