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
	var greeting string
	err := db.QueryRow(ctx, `SELECT word || ', ' || $1 || '!' FROM greeting`, name).Scan(&greeting)
	if err != nil {
		return "", fmt.Errorf("greet: %w", err)
	}
	return greeting, nil
}
