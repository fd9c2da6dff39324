package fewerrows_test

import (
	_ "embed"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

// large fills the tables with 40,000 orders. Customers 1 to 20 have a thousand each, and so has account 1 of transfers in each
// direction. Orders come in pairs of one instant.
const large = `
	INSERT INTO customers
	SELECT n, 'customer ' || n, 'Customer' || n || '@Example.com' FROM generate_series(1, 5000) AS n;
	INSERT INTO orders
	SELECT n, CASE WHEN n % 2 = 0 THEN n / 2 % 20 + 1 ELSE 21 + n % 4900 END,
	       timestamptz '2026-01-01 00:00+00' + n / 2 * interval '20 minutes',
	       CASE WHEN n / 40 % 10 < 3 THEN 'open' ELSE 'closed' END, n % 1000
	FROM generate_series(1, 40000) AS n;
	INSERT INTO transfers
	SELECT n, CASE WHEN n % 20 = 0 THEN 1 ELSE 2 + n % 900 END, CASE WHEN n % 20 = 10 THEN 1 ELSE 2 + n * 31 % 900 END,
	       timestamptz '2026-01-01 00:00+00' + n / 2 * interval '1 hour', n
	FROM generate_series(1, 20000) AS n;`

// small is a database with some rows of each table.
type small struct {
	*dbtest.DB
	t      *testing.T
	random *seed.Rand
	rows   map[string][][]any
}

func openSmall(t *testing.T) *small {
	return &small{DB: dbtest.New(t, schema), t: t, random: seed.New(t), rows: map[string][][]any{}}
}

var columns = map[string][]string{
	"customers": {"id", "name", "email"},
	"orders":    {"id", "customer_id", "placed_at", "status", "total_cents"},
	"transfers": {"id", "from_account", "to_account", "made_at", "cents"},
}

func (s *small) customer(id int64, email string) {
	s.rows["customers"] = append(s.rows["customers"], []any{id, fmt.Sprintf("customer %d", id), email})
}

func (s *small) order(id, customer int64, placed time.Time, status string) {
	s.rows["orders"] = append(s.rows["orders"], []any{id, customer, placed, status, s.random.Between(0, 999)})
}

func (s *small) transfer(id, from, to int64, made time.Time) {
	s.rows["transfers"] = append(s.rows["transfers"], []any{id, from, to, made, s.random.Between(1, 999)})
}

// fill writes the rows, in any order, and some customers if there are none.
func (s *small) fill() {
	s.t.Helper()
	if s.rows["customers"] == nil {
		for id := range int64(5) {
			s.customer(id+1, fmt.Sprintf("%d@example.com", id+1))
		}
	}
	for _, table := range []string{"customers", "orders", "transfers"} {
		rows := slices.Clone(s.rows[table])
		_, err := s.Owner().CopyFrom(s.t.Context(), pgx.Identifier{table}, columns[table], pgx.CopyFromRows(seed.Shuffled(s.random, rows)))
		require.NoError(s.t, err, "fill table %s", table)
	}
}
