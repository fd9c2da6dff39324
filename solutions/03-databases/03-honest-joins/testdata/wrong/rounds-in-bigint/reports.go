// Wrong: whole numbers need no numeric: add half the divisor, then divide.
//checker:fails TestAverageBasket/a_sum_as_large_as_a_bigint

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

// Lines and payments are added up apart: joined in one go, each line would
// meet each payment.
const revenueByOrder = `
	SELECT o.id AS order_id,
	       coalesce(l.cents, 0)::bigint AS ordered_cents,
	       coalesce(p.cents, 0)::bigint AS paid_cents,
	       coalesce(p.n, 0) AS payments
	FROM orders o
	LEFT JOIN (SELECT order_id, sum(quantity * unit_cents) AS cents
	           FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
	LEFT JOIN (SELECT order_id, sum(cents) AS cents, count(*) AS n
	           FROM payments WHERE settled GROUP BY order_id) p ON p.order_id = o.id
	ORDER BY o.id`

// CustomersWithoutOrders lists the customers who have never ordered, by name
// and id.
func (r *Reports) CustomersWithoutOrders(ctx context.Context) ([]Customer, error) {
	return collect[Customer](ctx, r.pool, "customers without orders", customersWithoutOrders)
}

const customersWithoutOrders = `
	SELECT c.id, c.name FROM customers c
	WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)
	ORDER BY c.name, c.id`

// LatestOrderPerCustomer lists the latest order of each customer who has one,
// in the order of the customers' ids.
func (r *Reports) LatestOrderPerCustomer(ctx context.Context) ([]LatestOrder, error) {
	return collect[LatestOrder](ctx, r.pool, "latest order per customer", latestOrderPerCustomer)
}

const latestOrderPerCustomer = `
	SELECT o.customer_id, o.id AS order_id, o.placed_at,
	       coalesce(sum(l.quantity * l.unit_cents), 0)::bigint AS ordered_cents
	FROM (SELECT DISTINCT ON (customer_id) customer_id, id, placed_at
	      FROM orders
	      WHERE NOT cancelled AND customer_id IS NOT NULL
	      ORDER BY customer_id, placed_at DESC, id DESC) o
	LEFT JOIN order_lines l ON l.order_id = o.id
	GROUP BY o.customer_id, o.id, o.placed_at
	ORDER BY o.customer_id`

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

// A basket is an order with its lines added up, and 0 when it has none.
const averageBasket = `
	WITH baskets AS (
		SELECT o.customer_id, coalesce(sum(l.quantity * l.unit_cents), 0) AS cents
		FROM orders o
		LEFT JOIN order_lines l ON l.order_id = o.id
		WHERE NOT o.cancelled
		GROUP BY o.id)
	SELECT c.id AS customer_id, count(b.cents) AS orders,
	       coalesce((sum(b.cents)::bigint + count(b.cents) / 2) / nullif(count(b.cents), 0), 0) AS average_cents
	FROM customers c
	LEFT JOIN baskets b ON b.customer_id = c.id
	GROUP BY c.id
	ORDER BY c.id`

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
