// Package firstquery greets people in the words of the database.
package firstquery

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Greet returns the greeting for a name, such as "Hello, Ada!". The word before
// the comma is the one in the table greeting of schema.sql.
func Greet(ctx context.Context, db *pgxpool.Pool, name string) (string, error) {
	// TODO: ask the database.
	return "", nil
}
