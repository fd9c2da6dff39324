// Wrong: when the decoder has no More, nothing follows the order.
//checker:fails TestRequest/that_is_no_JSON

// Package orders takes the orders of a shop.
package orders

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
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
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/orders", func(w http.ResponseWriter, r *http.Request) {
		id, err := post(pool, w, r)
		var refused refusal
		switch {
		case errors.As(err, &refused):
			send(w, refused.Status, "application/problem+json", refused)
		case err != nil:
			slog.Error("take order", "error", err)
			send(w, 500, "application/problem+json", refusal{Title: "Something went wrong on our side", Status: 500})
		default:
			send(w, http.StatusCreated, "application/json", map[string]int64{"id": id})
		}
	})
	return mux
}

// refusal is a problem that the client has to mend, as RFC 9457 writes it.
type refusal struct {
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Errors []Fault `json:"errors,omitempty"`
}

func (r refusal) Error() string { return r.Title }

func post(pool *pgxpool.Pool, w http.ResponseWriter, r *http.Request) (id int64, err error) {
	o, err := read(w, r)
	if err != nil {
		return 0, err
	}
	err = pgx.BeginFunc(r.Context(), pool, func(tx pgx.Tx) error {
		id, err = place(r.Context(), tx, o)
		return err
	})
	return id, err
}

// maxBody is the largest body, in bytes.
const maxBody = 64 << 10

// read returns the order in the body, whatever stands in it.
func read(w http.ResponseWriter, r *http.Request) (o Order, err error) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return o, refusal{Title: "The body must be application/json", Status: http.StatusUnsupportedMediaType}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return o, refusal{Title: fmt.Sprintf("The body may have %d bytes", maxBody), Status: http.StatusRequestEntityTooLarge}
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err != nil || dec.Decode(&o) != nil || dec.More() {
		return o, refusal{Title: "The body is no order in JSON", Status: http.StatusBadRequest}
	}
	return o, nil
}

// place stores o and takes its pieces from the stock, or returns a refusal.
func place(ctx context.Context, tx pgx.Tx, o Order) (id int64, err error) {
	stock, err := lock(ctx, tx, o.Items)
	if err != nil {
		return 0, err
	}
	if faults := check(o, stock); len(faults) > 0 {
		return 0, refusal{"The order has faults", http.StatusUnprocessableEntity, faults}
	}
	var short []Fault
	var qtys []int
	for i, item := range o.Items {
		qtys = append(qtys, item.Qty)
		if item.Qty > stock[item.SKU] {
			short = append(short, Fault{fmt.Sprintf("/items/%d/qty", i), "out_of_stock", fmt.Sprintf("%d left", stock[item.SKU])})
		}
	}
	if len(short) > 0 {
		return 0, refusal{"There is not enough in stock", http.StatusConflict, short}
	}
	if err := tx.QueryRow(ctx, `INSERT INTO orders (email, name) VALUES ($1, $2) RETURNING id`, o.Email, o.Name).Scan(&id); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
		WITH items AS (
			INSERT INTO order_items (order_id, sku, qty)
			SELECT $1, sku, qty FROM unnest($2::text[], $3::int[]) AS i (sku, qty)
			RETURNING sku, qty)
		UPDATE products p SET stock = stock - qty FROM items i WHERE p.sku = i.sku`, id, skus(o.Items), qtys)
	return id, err
}

// lock returns the stock of the products, which nobody else changes until the
// transaction ends. It locks them in the order of their names, as everybody
// does, so that no two orders wait for each other.
func lock(ctx context.Context, tx pgx.Tx, items []Item) (map[string]int, error) {
	rows, err := tx.Query(ctx, `SELECT sku, stock FROM products WHERE sku = ANY ($1) ORDER BY sku FOR NO KEY UPDATE`, skus(items))
	if err != nil {
		return nil, err
	}
	stock := map[string]int{}
	var sku string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&sku, &n}, func() error {
		stock[sku] = n
		return nil
	})
	return stock, err
}

// skus returns those that can be in the database, which holds no U+0000.
func skus(items []Item) []string {
	list := []string{}
	for _, item := range items {
		if !strings.ContainsRune(item.SKU, 0) {
			list = append(list, item.SKU)
		}
	}
	return list
}

// check returns all that is wrong with o, apart from the stock.
func check(o Order, stock map[string]int) (faults []Fault) {
	fault := func(wrong bool, code, detail, pointer string, path ...any) bool {
		if wrong {
			faults = append(faults, Fault{fmt.Sprintf(pointer, path...), code, detail})
		}
		return wrong
	}
	if !fault(o.Email == "", "required", "an e-mail address", "/email") {
		fault(!isAddress(o.Email), "not_an_address", "an address such as ann@example.org", "/email")
	}
	if !fault(strings.TrimSpace(o.Name) == "", "required", "a name", "/name") {
		fault(utf8.RuneCountInString(o.Name) > 60, "too_long", "at most 60 characters", "/name")
		fault(strings.ContainsFunc(o.Name, unicode.IsControl), "control_character", "no tabs, line ends or the like", "/name")
	}
	fault(len(o.Items) == 0, "required", "at least one item", "/items")
	if fault(len(o.Items) > 20, "too_many", "at most 20 items", "/items") {
		return faults // and not two for each of thousands
	}
	seen := map[string]bool{}
	for i, item := range o.Items {
		_, known := stock[item.SKU]
		_ = fault(item.SKU == "", "required", "a product", "/items/%d/sku", i) ||
			fault(!known, "unknown", "no such product", "/items/%d/sku", i) ||
			fault(seen[item.SKU], "duplicate", "the same product as before", "/items/%d/sku", i)
		fault(item.Qty < 1 || item.Qty > 99, "out_of_range", "1 to 99 pieces", "/items/%d/qty", i)
		seen[item.SKU] = true
	}
	return faults
}

// isAddress also refuses what ParseAddress reads around an address: a name,
// angle brackets, comments; and the control characters that it lets pass.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsFunc(s, unicode.IsControl)
}

func send(w http.ResponseWriter, status int, mediaType string, v any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // when the client has gone, nobody is left to be told
}
