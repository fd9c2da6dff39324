// Right: the names are quoted in the database, by functions of functions.sql; the order is made of CASE; the list is JSON.
package sixways

import (
	"context"
	"encoding/json"
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

// Login returns the id of the user with this name and code, or ErrRefused.
func Login(ctx context.Context, pool *pgxpool.Pool, name, code string) (int64, error) {
	var id *int64
	if err := pool.QueryRow(ctx, `SELECT (SELECT id FROM users WHERE (name, code) = ($1, $2))`, name, code).Scan(&id); err != nil {
		return 0, err
	}
	if id == nil {
		return 0, ErrRefused
	}
	return *id, nil
}

// Search returns the items whose title contains the text.
func Search(ctx context.Context, pool *pgxpool.Pool, text string) ([]Item, error) {
	return items(pool.Query(ctx, `SELECT id, title, owner, price_cents FROM items WHERE position($1 IN title) <> 0 ORDER BY id`, pgx.QueryExecModeExec, text))
}

// Sorted returns all items in an order.
func Sorted(ctx context.Context, pool *pgxpool.Pool, by string) ([]Item, error) {
	if !strings.Contains("|title|-title|owner|-owner|price_cents|-price_cents|", "|"+by+"|") || strings.Contains(by, "|") {
		return nil, fmt.Errorf("no order %q", by)
	}
	return items(pool.Query(ctx, `
		SELECT id, title, owner, price_cents FROM items ORDER BY
			CASE $1 WHEN 'title' THEN title WHEN 'owner' THEN owner END,
			CASE $1 WHEN '-title' THEN title WHEN '-owner' THEN owner END DESC,
			CASE $1 WHEN 'price_cents' THEN price_cents WHEN '-price_cents' THEN -price_cents END, id`, by))
}

// ByIDs returns the items with these ids.
func ByIDs(ctx context.Context, pool *pgxpool.Pool, ids []string) ([]Item, error) {
	for _, id := range ids {
		if id == "" || len(id) > 18 || id[0] == '0' || strings.Trim(id, "0123456789") != "" {
			return nil, errors.New("not an id: " + id)
		}
	}
	list, err := json.Marshal(append([]string{}, ids...))
	if err != nil {
		return nil, err
	}
	return items(pool.Query(ctx, `SELECT id, title, owner, price_cents FROM items WHERE id IN (SELECT e::bigint FROM jsonb_array_elements_text($1) e) ORDER BY id`, string(list)))
}

// Clear deletes all rows of the tenant's table, and returns how many.
func Clear(ctx context.Context, pool *pgxpool.Pool, tenant string) (n int64, err error) {
	err = pool.QueryRow(ctx, `SELECT clear_tenant($1)`, tenant).Scan(&n)
	return n, err
}

// Report returns the items whose owner is the name of this user.
func Report(ctx context.Context, pool *pgxpool.Pool, user int64) ([]Item, error) {
	return items(pool.Query(ctx, `SELECT id, title, owner, price_cents FROM report_of(@user)`, pgx.NamedArgs{"user": user}))
}

func items(rows pgx.Rows, _ error) ([]Item, error) {
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Item])
}
