// Right: a builder that numbers placeholders, the list in pieces, the catalog asked for the table's name, one transaction.
package sixways

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// query is a text under construction, with the values for its placeholders.
type query struct {
	strings.Builder
	args []any
}

func (q *query) sql(text string) *query { q.WriteString(text); return q }

func (q *query) value(v any) *query {
	q.args = append(q.args, v)
	q.WriteString("$" + strconv.Itoa(len(q.args)))
	return q
}

func (q *query) items(ctx context.Context, pool *pgxpool.Pool) ([]Item, error) {
	rows, _ := pool.Query(ctx, q.String(), q.args...)
	return pgx.CollectRows(rows, pgx.RowToStructByName[Item])
}

func selectItems() *query {
	return new(query).sql("SELECT * FROM (SELECT id, title, owner, price_cents FROM items) i ")
}

// Login reads the user of this name, and compares the code itself.
func Login(ctx context.Context, pool *pgxpool.Pool, name, code string) (int64, error) {
	q := new(query).sql("SELECT id, code FROM users WHERE name = ").value(name)
	rows, _ := pool.Query(ctx, q.String(), q.args...)
	user, err := pgx.CollectOneRow(rows, pgx.RowToStructByPos[struct {
		ID   int64
		Code string
	}])
	if err == nil && user.Code == code {
		return user.ID, nil
	}
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrRefused
	}
	return 0, err
}

// Search uses an escape character of its own.
func Search(ctx context.Context, pool *pgxpool.Pool, text string) ([]Item, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("search: not UTF-8")
	}
	pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
	return selectItems().sql("WHERE title LIKE ").value(pattern).sql(" ESCAPE '!' ORDER BY id").items(ctx, pool)
}

// Sorted takes the column from a list, and the direction from a sign.
func Sorted(ctx context.Context, pool *pgxpool.Pool, by string) ([]Item, error) {
	direction := " ASC"
	if strings.HasPrefix(by, "-") {
		by, direction = by[1:], " DESC"
	}
	columns := []string{"title", "owner", "price_cents"}
	i := slices.Index(columns, by)
	if i < 0 {
		return nil, fmt.Errorf("unknown column %q", by)
	}
	return selectItems().sql("ORDER BY "+columns[i]+direction+", id ASC").items(ctx, pool)
}

// ByIDs asks for a thousand ids at a time.
func ByIDs(ctx context.Context, pool *pgxpool.Pool, ids []string) ([]Item, error) {
	var numbers []int64
	for _, id := range ids {
		n, err := strconv.ParseUint(id, 10, 63)
		if err != nil || len(id) > 18 || id[0] == '0' {
			return nil, fmt.Errorf("id %q: not 1 to 18 digits", id)
		}
		numbers = append(numbers, int64(n))
	}
	slices.Sort(numbers)
	found := []Item{}
	for piece := range slices.Chunk(slices.Compact(numbers), 10_000) {
		q := selectItems().sql("WHERE id IN (")
		for i, n := range piece {
			if i > 0 {
				q.sql(", ")
			}
			q.value(n)
		}
		some, err := q.sql(")").items(ctx, pool)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortFunc(found, func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

// Clear lets the database quote the name of a table that exists.
func Clear(ctx context.Context, pool *pgxpool.Pool, tenant string) (n int64, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		var table string
		err := tx.QueryRow(ctx, `SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'tenants'::regnamespace AND relname = $1 AND relkind = 'r'`, tenant).Scan(&table)
		if err != nil {
			return fmt.Errorf("tenant %q: %w", tenant, err)
		}
		tag, err := tx.Exec(ctx, "DELETE FROM "+table)
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

// Report joins.
func Report(ctx context.Context, pool *pgxpool.Pool, user int64) ([]Item, error) {
	return new(query).sql("SELECT i.id, i.title, i.owner, i.price_cents FROM users u JOIN items i ON i.owner = u.name WHERE u.id = ").value(user).sql(" ORDER BY i.id").items(ctx, pool)
}
