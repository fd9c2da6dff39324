package honestjoins_test

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	honestjoins "workbook/exercises/03-databases/03-honest-joins"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

// shop is what the tables hold.
type shop struct {
	customers  []honestjoins.Customer
	categories []string  // names; the ids are 1, 2, …
	products   []product // of every category
	orders     []order
}

type product struct{ id, category int64 }

type order struct {
	id, customer int64 // customer 0: a guest
	placed       time.Time
	cancelled    bool
	lines        []line
	payments     []payment
}

type line struct{ product, quantity, cents int64 }

type payment struct {
	cents   int64
	settled bool
}

func (o order) ordered() (cents int64) {
	for _, l := range o.lines {
		cents += l.quantity * l.cents
	}
	return cents
}

// The shop of most tests: two customers, and products 1 to 3 in one category.
func corner(orders ...order) shop {
	return shop{
		customers:  []honestjoins.Customer{{ID: 1, Name: "Ada"}, {ID: 2, Name: "Ben"}},
		categories: []string{"lamps"},
		products:   []product{{1, 1}, {2, 1}, {3, 1}},
		orders:     orders,
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fill makes the tables hold the shop: each table in an order of its own, or from the last row to the first when nothing is
// left to chance.
func (s shop) fill(t *testing.T, db *dbtest.DB, random *seed.Rand) {
	t.Helper()
	tables := map[string][][]any{}
	add := func(table string, row ...any) { tables[table] = append(tables[table], row) }
	for _, c := range s.customers {
		add("customers", c.ID, c.Name)
	}
	for i, name := range s.categories {
		add("categories", i+1, name)
	}
	for _, p := range s.products {
		add("products", p.id, p.category, fmt.Sprintf("product %d", p.id))
	}
	for _, o := range s.orders {
		var customer *int64
		if o.customer != 0 {
			customer = &o.customer
		}
		add("orders", o.id, customer, o.placed, o.cancelled)
		for _, l := range o.lines {
			add("order_lines", o.id, l.product, l.quantity, l.cents)
		}
		for _, p := range o.payments {
			add("payments", o.id, p.cents, p.settled)
		}
	}
	mixed := func(rows [][]any) [][]any {
		if random != nil {
			return seed.Shuffled(random, rows)
		}
		slices.Reverse(rows)
		return rows
	}
	db.Exec(`TRUNCATE customers, categories, products, orders, order_lines, payments`)
	columns := map[string][]string{
		"customers": {"id", "name"}, "categories": {"id", "name"}, "products": {"id", "category_id", "name"},
		"orders": {"id", "customer_id", "placed_at", "cancelled"},
	}
	for _, table := range []string{"customers", "categories", "products", "orders"} {
		load(t, db, table, columns[table], mixed(tables[table]))
	}
	number := func(rows [][]any) [][]any {
		rows = mixed(rows)
		for i := range rows {
			rows[i] = append([]any{i + 1}, rows[i]...)
		}
		return mixed(rows)
	}
	load(t, db, "order_lines", []string{"id", "order_id", "product_id", "quantity", "unit_cents"}, number(tables["order_lines"]))
	load(t, db, "payments", []string{"id", "order_id", "cents", "settled"}, number(tables["payments"]))
}

func load(t *testing.T, db *dbtest.DB, table string, columns []string, rows [][]any) {
	t.Helper()
	_, err := db.Owner().CopyFrom(context.Background(), pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
	require.NoError(t, err, "fill table %s", table)
}

// report is one of the five, as a method expression.
type report[T any] func(*honestjoins.Reports, context.Context) ([]T, error)

// check fills a new shop, and compares the report with the rows that it must have, in this order.
func (r report[T]) check(t *testing.T, s shop, promise string, want ...T) {
	t.Helper()
	db := dbtest.New(t, schema)
	s.fill(t, db, nil)
	r.compare(t, honestjoins.NewReports(db.Pool()), promise, want)
}

// compare calls the report, and compares what comes with the rows that it must have.
func (r report[T]) compare(t *testing.T, reports *honestjoins.Reports, promise string, want []T) {
	t.Helper()
	got, err := guard.Call2(t, func() ([]T, error) { return r(reports, t.Context()) })
	require.NoError(t, err, promise)
	rowset.Equal(t, promise, rowset.Of(want), rowset.Of(got), rowset.InOrder)
}

// What each report must say of a shop.

func (s shop) revenue() (rows []honestjoins.OrderRevenue) {
	for _, o := range s.orders {
		row := honestjoins.OrderRevenue{OrderID: o.id, OrderedCents: o.ordered()}
		for _, p := range o.payments {
			if p.settled {
				row.PaidCents += p.cents
				row.Payments++
			}
		}
		rows = append(rows, row)
	}
	return sorted(rows, func(a, b honestjoins.OrderRevenue) int { return cmp.Compare(a.OrderID, b.OrderID) })
}

func (s shop) withoutOrders() []honestjoins.Customer {
	rows := slices.DeleteFunc(slices.Clone(s.customers), func(c honestjoins.Customer) bool {
		return slices.ContainsFunc(s.orders, func(o order) bool { return o.customer == c.ID })
	})
	return sorted(rows, func(a, b honestjoins.Customer) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// live are the customer's orders that were not cancelled, the latest first.
func (s shop) live(customer int64) []order {
	orders := slices.DeleteFunc(slices.Clone(s.orders), func(o order) bool { return o.customer != customer || o.cancelled })
	return sorted(orders, func(a, b order) int { return cmp.Or(b.placed.Compare(a.placed), cmp.Compare(b.id, a.id)) })
}

func (s shop) latest() (rows []honestjoins.LatestOrder) {
	for _, c := range s.customers {
		if live := s.live(c.ID); len(live) > 0 {
			o := live[0]
			rows = append(rows, honestjoins.LatestOrder{CustomerID: c.ID, OrderID: o.id, PlacedAt: o.placed, OrderedCents: o.ordered()})
		}
	}
	return sorted(rows, func(a, b honestjoins.LatestOrder) int { return cmp.Compare(a.CustomerID, b.CustomerID) })
}

func (s shop) topThree() (rows []honestjoins.TopProduct) {
	units := map[int64]int64{}
	for _, o := range s.orders {
		for _, l := range o.lines {
			if !o.cancelled {
				units[l.product] += l.quantity
			}
		}
	}
	for category := range int64(len(s.categories)) {
		sold := slices.DeleteFunc(slices.Clone(s.products), func(p product) bool { return p.category != category+1 || units[p.id] == 0 })
		sold = sorted(sold, func(a, b product) int { return cmp.Or(cmp.Compare(units[b.id], units[a.id]), cmp.Compare(a.id, b.id)) })
		for i, p := range sold[:min(3, len(sold))] {
			rows = append(rows, honestjoins.TopProduct{CategoryID: category + 1, Place: int64(i + 1), ProductID: p.id, Units: units[p.id]})
		}
	}
	return rows
}

func (s shop) averages() (rows []honestjoins.CustomerBasket) {
	for _, c := range s.customers {
		row := honestjoins.CustomerBasket{CustomerID: c.ID}
		var sum int64
		for _, o := range s.live(c.ID) {
			row.Orders++
			sum += o.ordered()
		}
		if row.Orders > 0 {
			row.AverageCents = (2*sum + row.Orders) / (2 * row.Orders)
		}
		rows = append(rows, row)
	}
	return sorted(rows, func(a, b honestjoins.CustomerBasket) int { return cmp.Compare(a.CustomerID, b.CustomerID) })
}

func sorted[T any](rows []T, compare func(a, b T) int) []T {
	slices.SortFunc(rows, compare)
	return rows
}
