// Wrong: when the context is cancelled it is enough that my function returns at once with the context's error.
//checker:fails TestGreet/stops_a_query_that_is_under_way
//checker:hint 4

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
	if err := ctx.Err(); err != nil {
		return "", err
	}
	type result struct {
		word string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		r.err = db.QueryRow(context.Background(), "SELECT word FROM greeting").Scan(&r.word)
		done <- r
	}()

	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-done:
		if r.err != nil {
			return "", fmt.Errorf("greet: %w", r.err)
		}
		return r.word + ", " + name + "!", nil
	}
}
