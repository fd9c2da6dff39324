// Package orders takes the orders of a shop.
package orders

import (
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Order is what a client sends to /v1/orders.
type Order struct {
	Email string `json:"email"` // one address, without a name
	Name  string `json:"name"`  // 1 to 60 characters
	Items []Item `json:"items"` // 1 to 20, each of another product
}

// Item is some pieces of one product.
type Item struct {
	SKU string `json:"sku"` // a product of the table
	Qty int    `json:"qty"` // 1 to 99
}

// Fault is what is wrong at one place of an order, an entry of the problem's
// errors.
type Fault struct {
	Pointer string `json:"pointer"` // a JSON Pointer, such as /items/0/qty
	Code    string `json:"code"`    // such as out_of_range
	Detail  string `json:"detail"`  // for humans
}

// Routes answers POST /v1/orders, from the tables of schema.sql.
func Routes(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		w.WriteHeader(http.StatusNotImplemented)
	})
}
