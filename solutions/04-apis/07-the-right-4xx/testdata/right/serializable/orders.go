// Right: rules in a table, the bare address is kept, and a SERIALIZABLE transaction is tried again until it goes through.

// Package orders takes the orders of a shop.
package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Order is what a client sends.
type Order struct {
	Email string
	Name  string
	Items []Item
}

// Item is some pieces of one product.
type Item struct {
	SKU string
	Qty int
}

// Routes answers POST /v1/orders.
func Routes(pool *pgxpool.Pool) http.Handler {
	h := http.NewServeMux()
	h.Handle("POST /v1/orders", endpoint(func(r *http.Request) (any, error) {
		o, err := decode(r)
		if err != nil {
			return nil, err
		}
		return create(r.Context(), pool, o)
	}))
	return h
}

// endpoint answers with what it returns.
type endpoint func(r *http.Request) (any, error)

func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	created, err := e(r)
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		json.NewEncoder(w).Encode(created)
		return
	}
	p := &failure{status: 500}
	errors.As(err, &p)
	members := map[string]any{"status": p.status, "title": http.StatusText(p.status)}
	if p.faults != nil {
		members["errors"] = p.faults
	}
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	w.WriteHeader(p.status)
	json.NewEncoder(w).Encode(members)
}

type failure struct {
	status int
	faults []map[string]string
}

func (f *failure) Error() string { return http.StatusText(f.status) }

func (f *failure) add(wrong bool, pointer, code string) bool {
	if wrong {
		f.faults = append(f.faults, map[string]string{"pointer": "#" + pointer, "code": code, "detail": strings.ReplaceAll(code, "_", " ")})
	}
	return wrong
}

func decode(r *http.Request) (Order, error) {
	var o Order
	if mt, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mt != "application/json" {
		return o, &failure{status: 415}
	}
	d := json.NewDecoder(r.Body)
	err := d.Decode(&o)
	rest, tooLarge := io.Copy(io.Discard, r.Body)
	_ = rest
	var limit *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &limit), errors.As(tooLarge, &limit):
		return o, &failure{status: 413}
	case errors.As(err, &kind):
		return o, &failure{status: 422}
	case err != nil:
		return o, &failure{status: 400}
	}
	if _, err := d.Token(); err != io.EOF || rest > 0 {
		return o, &failure{status: 400}
	}
	return o, nil
}

// rule is one thing that an order has to be.
type rule struct {
	pointer, code string
	broken        func(*Order) bool
}

var rules = []rule{
	{"/email", "required", func(o *Order) bool { return o.Email == "" }},
	{"/email", "not_an_address", func(o *Order) bool {
		if o.Email == "" {
			return false
		}
		a, err := mail.ParseAddress(o.Email)
		if err != nil || strings.IndexFunc(o.Email, unicode.IsControl) >= 0 {
			return true
		}
		o.Email = a.Address
		return false
	}},
	{"/name", "required", func(o *Order) bool { o.Name = strings.TrimSpace(o.Name); return o.Name == "" }},
	{"/name", "too_long", func(o *Order) bool {
		n := 0
		for range o.Name {
			n++
		}
		return n > 60
	}},
	{"/name", "control_character", func(o *Order) bool { return strings.IndexFunc(o.Name, unicode.IsControl) >= 0 }},
	{"/items", "required", func(o *Order) bool { return len(o.Items) == 0 }},
	{"/items", "too_many", func(o *Order) bool { return len(o.Items) > 20 }},
}

// create stores the order, in as many tries as it takes.
func create(ctx context.Context, pool *pgxpool.Pool, o Order) (id map[string]int64, err error) {
	for ctx.Err() == nil {
		err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
			id, err = try(ctx, tx, o)
			return err
		})
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "40001" && pg.Code != "40P01" {
			return id, err
		}
	}
	return nil, ctx.Err()
}

func try(ctx context.Context, tx pgx.Tx, o Order) (map[string]int64, error) {
	wrong, short := &failure{status: 422}, &failure{status: 409}
	for _, r := range rules {
		wrong.add(r.broken(&o), r.pointer, r.code)
	}
	seen := map[string]bool{}
	for i, item := range o.Items {
		at := fmt.Sprintf("/items/%d/", i)
		wrong.add(item.Qty < 1 || item.Qty > 99, at+"qty", "out_of_range")
		if wrong.add(item.SKU == "", at+"sku", "required") || wrong.add(seen[item.SKU], at+"sku", "duplicate") {
			continue
		}
		seen[item.SKU] = true
		stock := -1
		if !strings.Contains(item.SKU, "\x00") {
			err := tx.QueryRow(ctx, `SELECT stock FROM products WHERE sku = $1`, item.SKU).Scan(&stock)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				return nil, err
			}
		}
		if !wrong.add(stock < 0, at+"sku", "unknown") {
			short.add(stock < item.Qty, at+"qty", "out_of_stock")
		}
	}
	if wrong.faults != nil {
		return nil, wrong
	}
	if short.faults != nil {
		return nil, short
	}
	var id int64
	if err := tx.QueryRow(ctx, `INSERT INTO orders (name, email) VALUES ($1, $2) RETURNING id`, o.Name, o.Email).Scan(&id); err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	for _, item := range o.Items {
		batch.Queue(`INSERT INTO order_items VALUES ($1, $2, $3)`, id, item.SKU, item.Qty)
		batch.Queue(`UPDATE products SET stock = stock - $2 WHERE sku = $1`, item.SKU, item.Qty)
	}
	return map[string]int64{"id": id}, tx.SendBatch(ctx, batch).Close()
}
