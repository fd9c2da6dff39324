// Right: complete statements as constants, a statement for each order, two steps in Report, rows read by hand.
package sixways

import (
	"context"
	"errors"
	"fmt"
	"strconv"
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

const (
	loginSQL  = `SELECT id FROM users WHERE name = $1 AND code = $2`
	searchSQL = `SELECT id, title, owner, price_cents FROM items WHERE title LIKE '%' || $1 || '%' ORDER BY id`
	idsSQL    = `SELECT id, title, owner, price_cents FROM items WHERE id = ANY ($1) ORDER BY id`
	ownerSQL  = `SELECT id, title, owner, price_cents FROM items WHERE owner = $1 ORDER BY id`
)

// Login asks for the one user.
func Login(ctx context.Context, pool *pgxpool.Pool, name, code string) (id int64, err error) {
	switch err = pool.QueryRow(ctx, loginSQL, name, code).Scan(&id); err {
	case nil:
		return id, nil
	case pgx.ErrNoRows:
		return 0, fmt.Errorf("log in: %w", ErrRefused)
	default:
		return 0, err
	}
}

var wildcards = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Search escapes what LIKE would understand.
func Search(ctx context.Context, pool *pgxpool.Pool, text string) ([]Item, error) {
	return read(ctx, pool, searchSQL, wildcards.Replace(text))
}

// Sorted has a statement for each order.
func Sorted(ctx context.Context, pool *pgxpool.Pool, by string) ([]Item, error) {
	switch by {
	case "title":
		return read(ctx, pool, `SELECT id, title, owner, price_cents FROM items ORDER BY title, id`)
	case "-title":
		return read(ctx, pool, `SELECT id, title, owner, price_cents FROM items ORDER BY title DESC, id`)
	case "owner":
		return read(ctx, pool, `SELECT id, title, owner, price_cents FROM items ORDER BY owner, id`)
	case "-owner":
		return read(ctx, pool, `SELECT id, title, owner, price_cents FROM items ORDER BY owner DESC, id`)
	case "price_cents":
		return read(ctx, pool, `SELECT id, title, owner, price_cents FROM items ORDER BY price_cents, id`)
	case "-price_cents":
		return read(ctx, pool, `SELECT id, title, owner, price_cents FROM items ORDER BY price_cents DESC, id`)
	}
	return nil, errors.New("no such order")
}

// ByIDs makes numbers of the ids first.
func ByIDs(ctx context.Context, pool *pgxpool.Pool, ids []string) ([]Item, error) {
	numbers := make([]int64, 0, len(ids))
	for _, id := range ids {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 1 || n > 999_999_999_999_999_999 || strconv.FormatInt(n, 10) != id {
			return nil, fmt.Errorf("%q is no id", id)
		}
		numbers = append(numbers, n)
	}
	return read(ctx, pool, idsSQL, numbers)
}

// Clear doubles the quotes itself.
func Clear(ctx context.Context, pool *pgxpool.Pool, tenant string) (int64, error) {
	tag, err := pool.Exec(ctx, `DELETE FROM tenants."`+strings.ReplaceAll(tenant, `"`, `""`)+`"`)
	if err != nil {
		return 0, err
	}
	return tag.RowsAffected(), nil
}

// Report looks the name up first.
func Report(ctx context.Context, pool *pgxpool.Pool, user int64) ([]Item, error) {
	var name string
	err := pool.QueryRow(ctx, `SELECT name FROM users WHERE id = $1`, user).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return read(ctx, pool, ownerSQL, name)
}

func read(ctx context.Context, pool *pgxpool.Pool, sql string, args ...any) (items []Item, err error) {
	rows, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i Item
		if err := rows.Scan(&i.ID, &i.Title, &i.Owner, &i.PriceCents); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}
