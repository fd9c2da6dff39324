// Wrong: what is in our own tables was looked at when it came in.
//checker:fails TestReport/SQL_in_a_stored_name_does_nothing
//checker:fails TestReport/every_text_is_a_name
//checker:fails TestReport/values_are_not_in_the_SQL
//checker:hint 6

// Package sixways is the marketplace's access to its tables.
package sixways

import (
	"context"
	"errors"
	"fmt"
	"regexp"

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

// Login returns the id of the user with this name and code, or ErrRefused.
func Login(ctx context.Context, pool *pgxpool.Pool, name, code string) (int64, error) {
	var id int64
	err := pool.QueryRow(ctx, "SELECT id FROM users WHERE name = $1 AND code = $2", name, code).Scan(&id)
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
	return items(ctx, pool, "WHERE strpos(title, $1) > 0 ORDER BY id", text) // LIKE would know wildcards
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

var isID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// ByIDs returns the items with these ids, as they stood in the address. A text
// that is no id is an error.
func ByIDs(ctx context.Context, pool *pgxpool.Pool, ids []string) ([]Item, error) {
	for _, id := range ids {
		if !isID.MatchString(id) {
			return nil, fmt.Errorf("look up items: %q is no id", id)
		}
	}
	// One parameter for the whole list: it may be empty, and as long as it likes.
	return items(ctx, pool, "WHERE id = ANY($1::bigint[]) ORDER BY id", ids)
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
	var name string
	err := pool.QueryRow(ctx, "SELECT name FROM users WHERE id = $1", user).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up user: %w", err)
	}
	return items(ctx, pool, "WHERE owner = '"+name+"' ORDER BY id")
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
