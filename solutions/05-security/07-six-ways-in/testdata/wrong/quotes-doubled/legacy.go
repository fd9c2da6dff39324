// Wrong: a value with doubled quotes can do no harm.
//checker:fails TestByIDs/SQL_inside_does_nothing
//checker:fails TestByIDs/no_other_text
//checker:fails TestByIDs/values_are_not_in_the_SQL
//checker:fails TestLogin/values_are_not_in_the_SQL
//checker:fails TestSearch/values_are_not_in_the_SQL
//checker:hint 1

// Package sixways is the marketplace's access to its tables.
package sixways

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrRefused says that no user has this name and code.
var ErrRefused = errors.New("no user has this name and code")

// Item is a row of the table items, without what is for nobody outside.
type Item struct {
	ID         int64
	Title      string
	Owner      string
	PriceCents int64
}

// literal makes a text a literal of SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Login returns the id of the user with this name and code, or ErrRefused.
func Login(ctx context.Context, pool *pgxpool.Pool, name, code string) (int64, error) {
	var id int64
	err := pool.QueryRow(ctx, "SELECT id FROM users WHERE name = "+literal(name)+" AND code = "+literal(code)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrRefused
	}
	if err != nil {
		return 0, fmt.Errorf("look up user: %w", err)
	}
	return id, nil
}

// Search returns the items whose title contains the text.
func Search(ctx context.Context, pool *pgxpool.Pool, text string) ([]Item, error) {
	return items(ctx, pool, "WHERE strpos(title, "+literal(text)+") > 0 ORDER BY id")
}

// orders has all the SQL that a caller of Sorted can choose from.
var orders = map[string]string{
	"title":        "ORDER BY title, id",
	"-title":       "ORDER BY title DESC, id",
	"owner":        "ORDER BY owner, id",
	"-owner":       "ORDER BY owner DESC, id",
	"price_cents":  "ORDER BY price_cents, id",
	"-price_cents": "ORDER BY price_cents DESC, id",
}

// Sorted returns all items by title, owner or price_cents; with - in front,
// largest first. Any other by is an error.
func Sorted(ctx context.Context, pool *pgxpool.Pool, by string) ([]Item, error) {
	order, known := orders[by]
	if !known {
		return nil, fmt.Errorf("sort items: there is no order %q", by)
	}
	return items(ctx, pool, order)
}

// ByIDs returns the items with these ids, as they stood in the address. A text
// that is no id is an error.
func ByIDs(ctx context.Context, pool *pgxpool.Pool, ids []string) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return items(ctx, pool, "WHERE id IN ("+strings.ReplaceAll(strings.Join(ids, ", "), "'", "''")+") ORDER BY id")
}

// Clear deletes all rows of the tenant's table, and returns how many.
func Clear(ctx context.Context, pool *pgxpool.Pool, tenant string) (int64, error) {
	// A name cannot be a parameter. Sanitize quotes it, and doubles the quotes in it.
	tag, err := pool.Exec(ctx, "DELETE FROM "+pgx.Identifier{"tenants", tenant}.Sanitize())
	if err != nil {
		return 0, fmt.Errorf("clear tenant %q: %w", tenant, err)
	}
	return tag.RowsAffected(), nil
}

// Report returns the items whose owner is the name of this user, or none if
// there is no such user.
func Report(ctx context.Context, pool *pgxpool.Pool, user int64) ([]Item, error) {
	return items(ctx, pool, "WHERE owner = (SELECT name FROM users WHERE id = $1) ORDER BY id", user)
}

// items returns the items of a query that goes on like this. Only constants of
// this file go into rest.
func items(ctx context.Context, pool *pgxpool.Pool, rest string, args ...any) ([]Item, error) {
	rows, err := pool.Query(ctx, "SELECT id, title, owner, price_cents FROM items "+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("query items: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Item])
	if err != nil {
		return nil, fmt.Errorf("query items: %w", err)
	}
	return found, nil
}
