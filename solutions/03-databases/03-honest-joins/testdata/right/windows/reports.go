// Right: window functions, and sets taken from each other.

package honestjoins

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// OrderRevenue is what one order is worth, and what was paid for it.
type OrderRevenue struct {
	OrderID      int64
	OrderedCents int64 // the sum of quantity × unit price over its lines
	PaidCents    int64 // the sum of its settled payments
	Payments     int64 // how many settled payments there are
}

// Customer is a customer.
type Customer struct {
	ID   int64
	Name string
}

// LatestOrder is a customer's latest order.
type LatestOrder struct {
	CustomerID   int64
	OrderID      int64
	PlacedAt     time.Time
	OrderedCents int64 // the sum of quantity × unit price over its lines
}

// TopProduct is one of the three best-selling products of its category.
type TopProduct struct {
	CategoryID int64
	Place      int64 // 1, 2 or 3
	ProductID  int64
	Units      int64 // how many pieces were ordered
}

// CustomerBasket is the average order of a customer.
type CustomerBasket struct {
	CustomerID   int64
	Orders       int64
	AverageCents int64 // rounded to the nearest cent, a half up
}

// Reports reads the tables of schema.sql.
type Reports struct {
	pool *pgxpool.Pool
}

// NewReports returns the reports of the database that pool is connected to.
func NewReports(pool *pgxpool.Pool) *Reports { return &Reports{pool: pool} }

// RevenueByOrder lists every order, in the order of the ids.
func (r *Reports) RevenueByOrder(ctx context.Context) ([]OrderRevenue, error) {
	return collect[OrderRevenue](ctx, r.pool, "revenue by order", revenueByOrder)
}

const revenueByOrder = `
	SELECT order_id, sum(ordered)::bigint AS ordered_cents, sum(paid)::bigint AS paid_cents, sum(n)::bigint AS payments
	FROM (SELECT id AS order_id, 0 AS ordered, 0 AS paid, 0 AS n FROM orders
	      UNION ALL SELECT order_id, quantity * unit_cents, 0, 0 FROM order_lines
	      UNION ALL SELECT order_id, 0, cents, 1 FROM payments WHERE settled) parts
	GROUP BY order_id
	ORDER BY order_id`

// CustomersWithoutOrders lists the customers who have never ordered, by name
// and id.
func (r *Reports) CustomersWithoutOrders(ctx context.Context) ([]Customer, error) {
	return collect[Customer](ctx, r.pool, "customers without orders", customersWithoutOrders)
}

const customersWithoutOrders = `
	SELECT id, name FROM customers
	WHERE id IN (SELECT id FROM customers EXCEPT SELECT customer_id FROM orders)
	ORDER BY name, id`

// LatestOrderPerCustomer lists the latest order of each customer who has one,
// in the order of the customers' ids.
func (r *Reports) LatestOrderPerCustomer(ctx context.Context) ([]LatestOrder, error) {
	return collect[LatestOrder](ctx, r.pool, "latest order per customer", latestOrderPerCustomer)
}

const latestOrderPerCustomer = `
	SELECT customer_id, order_id, placed_at, ordered_cents
	FROM (SELECT o.customer_id, o.id AS order_id, o.placed_at,
	             coalesce(sum(l.quantity * l.unit_cents), 0)::bigint AS ordered_cents,
	             row_number() OVER (PARTITION BY o.customer_id ORDER BY o.placed_at DESC, o.id DESC) AS n
	      FROM orders o
	      JOIN customers c ON c.id = o.customer_id
	      LEFT JOIN order_lines l ON l.order_id = o.id
	      WHERE NOT o.cancelled
	      GROUP BY o.id) ranked
	WHERE n = 1
	ORDER BY customer_id`

// TopThreePerCategory lists the best-selling products of each category, by
// category and place.
func (r *Reports) TopThreePerCategory(ctx context.Context) ([]TopProduct, error) {
	return collect[TopProduct](ctx, r.pool, "top three per category", topThreePerCategory)
}

const topThreePerCategory = `
	SELECT category_id, place, product_id, units
	FROM (SELECT p.category_id, p.id AS product_id, sum(l.quantity) AS units,
	             row_number() OVER (PARTITION BY p.category_id ORDER BY sum(l.quantity) DESC, p.id) AS place
	      FROM products p
	      JOIN order_lines l ON l.product_id = p.id
	      JOIN orders o ON o.id = l.order_id AND NOT o.cancelled
	      GROUP BY p.id) sold
	WHERE place <= 3
	ORDER BY category_id, place`

// AverageBasketIncludingZero lists every customer, in the order of the ids.
func (r *Reports) AverageBasketIncludingZero(ctx context.Context) ([]CustomerBasket, error) {
	return collect[CustomerBasket](ctx, r.pool, "average basket", averageBasket)
}

const averageBasket = `
	SELECT customer_id, orders, div(2 * cents + orders, greatest(2 * orders, 1))::bigint AS average_cents
	FROM (SELECT c.id AS customer_id, count(DISTINCT o.id) AS orders, coalesce(sum(l.quantity * l.unit_cents), 0) AS cents
	      FROM customers c
	      LEFT JOIN orders o ON o.customer_id = c.id AND NOT o.cancelled
	      LEFT JOIN order_lines l ON l.order_id = o.id
	      GROUP BY c.id) sums
	ORDER BY customer_id`

// collect runs a query and reads its rows by the names of their columns.
func collect[T any](ctx context.Context, pool *pgxpool.Pool, what, query string) ([]T, error) {
	rows, err := pool.Query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", what, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", what, err)
	}
	return all, nil
}
