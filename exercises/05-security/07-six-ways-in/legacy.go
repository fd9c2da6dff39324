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

// TODO: all of this works, and all of this can be misused. Repair it, here and
// in functions.sql.

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
	err := pool.QueryRow(ctx, "SELECT id FROM users WHERE name = '"+name+"' AND code = '"+code+"'").Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrRefused
	}
	return id, err
}

// Search returns the items whose title contains the text.
func Search(ctx context.Context, pool *pgxpool.Pool, text string) ([]Item, error) {
	return items(ctx, pool, "WHERE title LIKE '%"+text+"%' ORDER BY id")
}

// Sorted returns all items by title, owner or price_cents; with - in front,
// largest first. Any other by is an error.
func Sorted(ctx context.Context, pool *pgxpool.Pool, by string) ([]Item, error) {
	if column, down := strings.CutPrefix(by, "-"); down {
		by = column + " DESC"
	}
	return items(ctx, pool, "ORDER BY "+by+", id")
}

// ByIDs returns the items with these ids, as they stood in the address. A text
// that is no id is an error.
func ByIDs(ctx context.Context, pool *pgxpool.Pool, ids []string) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return items(ctx, pool, "WHERE id IN ("+strings.Join(ids, ", ")+") ORDER BY id")
}

// Clear deletes all rows of the tenant's table, and returns how many.
func Clear(ctx context.Context, pool *pgxpool.Pool, tenant string) (int64, error) {
	tag, err := pool.Exec(ctx, fmt.Sprintf(`DELETE FROM tenants."%s"`, tenant))
	return tag.RowsAffected(), err
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
		return nil, err
	}
	return items(ctx, pool, "WHERE owner = '"+name+"' ORDER BY id")
}

// items returns the items of a query that goes on like this.
func items(ctx context.Context, pool *pgxpool.Pool, rest string) ([]Item, error) {
	rows, err := pool.Query(ctx, "SELECT id, title, owner, price_cents FROM items "+rest)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Item])
}
