// Package honestjoins reports on the orders of a shop.
package honestjoins

import (
	"context"
	"errors"
	"time"

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
	// TODO: one query.
	return nil, errors.New("RevenueByOrder is not written yet")
}

// CustomersWithoutOrders lists the customers who have never ordered, by name
// and id.
func (r *Reports) CustomersWithoutOrders(ctx context.Context) ([]Customer, error) {
	// TODO: one query.
	return nil, errors.New("CustomersWithoutOrders is not written yet")
}

// LatestOrderPerCustomer lists the latest order of each customer who has one,
// in the order of the customers' ids.
func (r *Reports) LatestOrderPerCustomer(ctx context.Context) ([]LatestOrder, error) {
	// TODO: one query.
	return nil, errors.New("LatestOrderPerCustomer is not written yet")
}

// TopThreePerCategory lists the best-selling products of each category, by
// category and place.
func (r *Reports) TopThreePerCategory(ctx context.Context) ([]TopProduct, error) {
	// TODO: one query.
	return nil, errors.New("TopThreePerCategory is not written yet")
}

// AverageBasketIncludingZero lists every customer, in the order of the ids.
func (r *Reports) AverageBasketIncludingZero(ctx context.Context) ([]CustomerBasket, error) {
	// TODO: one query.
	return nil, errors.New("AverageBasketIncludingZero is not written yet")
}
