// Right: a LATERAL subquery for each order, customer or category.

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
	SELECT o.id AS order_id, l.cents AS ordered_cents, p.cents AS paid_cents, p.n AS payments
	FROM orders o
	CROSS JOIN LATERAL (SELECT coalesce(sum(quantity * unit_cents), 0)::bigint AS cents
	                    FROM order_lines WHERE order_id = o.id) l
	CROSS JOIN LATERAL (SELECT coalesce(sum(cents), 0)::bigint AS cents, count(*) AS n
	                    FROM payments WHERE order_id = o.id AND settled) p
	ORDER BY order_id`

// CustomersWithoutOrders lists the customers who have never ordered, by name
// and id.
func (r *Reports) CustomersWithoutOrders(ctx context.Context) ([]Customer, error) {
	return collect[Customer](ctx, r.pool, "customers without orders", customersWithoutOrders)
}

const customersWithoutOrders = `
	SELECT c.id, c.name FROM customers c
	LEFT JOIN LATERAL (SELECT true AS found FROM orders WHERE customer_id = c.id LIMIT 1) o ON true
	WHERE o.found IS NULL
	ORDER BY c.name, c.id`

// LatestOrderPerCustomer lists the latest order of each customer who has one,
// in the order of the customers' ids.
func (r *Reports) LatestOrderPerCustomer(ctx context.Context) ([]LatestOrder, error) {
	return collect[LatestOrder](ctx, r.pool, "latest order per customer", latestOrderPerCustomer)
}

const latestOrderPerCustomer = `
	SELECT c.id AS customer_id, o.id AS order_id, o.placed_at, l.cents AS ordered_cents
	FROM customers c
	CROSS JOIN LATERAL (SELECT id, placed_at FROM orders
	                    WHERE customer_id = c.id AND NOT cancelled
	                    ORDER BY placed_at DESC, id DESC LIMIT 1) o
	CROSS JOIN LATERAL (SELECT coalesce(sum(quantity * unit_cents), 0)::bigint AS cents
	                    FROM order_lines WHERE order_id = o.id) l
	ORDER BY c.id`

// TopThreePerCategory lists the best-selling products of each category, by
// category and place.
func (r *Reports) TopThreePerCategory(ctx context.Context) ([]TopProduct, error) {
	return collect[TopProduct](ctx, r.pool, "top three per category", topThreePerCategory)
}

const topThreePerCategory = `
	SELECT c.id AS category_id, row_number() OVER (PARTITION BY c.id ORDER BY t.units DESC, t.product_id) AS place,
	       t.product_id, t.units
	FROM categories c
	CROSS JOIN LATERAL (SELECT p.id AS product_id, sum(l.quantity) AS units
	                    FROM products p
	                    JOIN order_lines l ON l.product_id = p.id
	                    JOIN orders o ON o.id = l.order_id
	                    WHERE p.category_id = c.id AND NOT o.cancelled
	                    GROUP BY p.id
	                    ORDER BY units DESC, product_id
	                    LIMIT 3) t
	ORDER BY category_id, place`

// AverageBasketIncludingZero lists every customer, in the order of the ids.
func (r *Reports) AverageBasketIncludingZero(ctx context.Context) ([]CustomerBasket, error) {
	return collect[CustomerBasket](ctx, r.pool, "average basket", averageBasket)
}

const averageBasket = `
	SELECT c.id AS customer_id, b.orders, b.average_cents
	FROM customers c
	CROSS JOIN LATERAL (
		SELECT count(*) AS orders, coalesce(round(avg(l.cents)), 0)::bigint AS average_cents
		FROM orders o
		CROSS JOIN LATERAL (SELECT coalesce(sum(quantity * unit_cents), 0) AS cents
		                    FROM order_lines WHERE order_id = o.id) l
		WHERE o.customer_id = c.id AND NOT o.cancelled) b
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
