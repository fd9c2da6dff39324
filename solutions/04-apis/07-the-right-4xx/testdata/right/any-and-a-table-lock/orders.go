// Right: no structs, the JSON is walked through by hand, with a fault for each wrong type; the table is locked.

// Package orders takes the orders of a shop.
package orders

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"
)

type object = map[string]any

// Routes answers POST /v1/orders.
func Routes(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/orders", func(w http.ResponseWriter, r *http.Request) {
		status, answer := take(pool, r)
		kind := "application/json"
		if status >= 400 {
			kind = "Application/Problem+JSON"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(answer)
	})
	return mux
}

func problem(status int, faults []object) (int, object) {
	return status, object{"title": http.StatusText(status), "errors": faults}
}

// take takes an order, and returns the answer.
func take(pool *pgxpool.Pool, r *http.Request) (int, object) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return problem(415, nil)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64*1024+1))
	if len(body) > 64*1024 {
		return problem(413, nil)
	}
	var o any
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err != nil || !json.Valid(body) || d.Decode(&o) != nil {
		return problem(400, nil)
	}
	c := checker{}
	root, isObject := o.(object)
	if !isObject {
		c.fault("", "type")
		return problem(422, c.faults)
	}
	email, name := c.text(root, "", "email"), c.text(root, "", "name")
	if a, err := mail.ParseAddress(email); email != "" && (err != nil || a.Name != "" || a.Address != email || hasControl(email)) {
		c.fault("/email", "not_an_address")
	}
	if name != "" && utf8.RuneCountInString(name) > 60 {
		c.fault("/name", "too_long")
	}
	if hasControl(name) {
		c.fault("/name", "control_character")
	}
	list, isList := root["items"].([]any)
	if len(list) == 0 && (isList || root["items"] == nil) {
		c.fault("/items", "required")
	} else if !isList {
		c.fault("/items", "type")
	} else if len(list) > 20 {
		c.fault("/items", "too_many")
		list = nil
	}

	tx, err := pool.Begin(r.Context())
	if err != nil {
		return problem(500, nil)
	}
	defer tx.Rollback(r.Context())
	if _, err := tx.Exec(r.Context(), `LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return problem(500, nil)
	}
	qtys, short := map[string]int64{}, checker{}
	for i, v := range list {
		at := fmt.Sprintf("/items/%d", i)
		it, isObject := v.(object)
		if v != nil && !isObject {
			c.fault(at, "type")
			continue
		}
		sku, qty := c.text(it, at, "sku"), int64(0)
		if n, isNumber := it["qty"].(json.Number); isNumber || it["qty"] == nil {
			qty, err = n.Int64()
			if err != nil || qty < 1 || qty > 99 {
				c.fault(at+"/qty", "out_of_range")
			}
		} else {
			c.fault(at+"/qty", "type")
		}
		if sku == "" {
			continue
		}
		if _, again := qtys[sku]; again {
			c.fault(at+"/sku", "duplicate")
			continue
		}
		qtys[sku] = qty
		var stock *int64
		err := tx.QueryRow(r.Context(), `SELECT sum(stock) FROM products WHERE sku = $1`, strings.ReplaceAll(sku, "\x00", "\u20220")).Scan(&stock)
		switch {
		case err != nil:
			return problem(500, nil)
		case stock == nil:
			c.fault(at+"/sku", "unknown")
		case *stock < qty:
			short.fault(at+"/qty", "out_of_stock")
		}
	}
	if c.faults != nil {
		return problem(422, c.faults)
	}
	if short.faults != nil {
		return problem(409, short.faults)
	}

	var id int64
	if err := tx.QueryRow(r.Context(), `INSERT INTO orders (email, name) VALUES ($1, $2) RETURNING id`, email, name).Scan(&id); err != nil {
		return problem(500, nil)
	}
	for sku, qty := range qtys {
		if _, err := tx.Exec(r.Context(), `
			WITH it AS (INSERT INTO order_items VALUES ($1, $2, $3))
			UPDATE products SET stock = stock - $3 WHERE sku = $2`, id, sku, qty); err != nil {
			return problem(500, nil)
		}
	}
	if err := tx.Commit(r.Context()); err != nil {
		return problem(500, nil)
	}
	return 201, object{"id": id}
}

// checker collects what is wrong.
type checker struct{ faults []object }

func (c *checker) fault(pointer, code string) {
	c.faults = append(c.faults, object{"pointer": pointer, "code": code, "detail": "see the documentation"})
}

// text is a member that is there and no white space, or "" and a fault.
func (c *checker) text(o object, at, name string) string {
	s, isText := o[name].(string)
	switch {
	case o[name] != nil && !isText:
		c.fault(at+"/"+name, "type")
	case strings.TrimSpace(s) == "":
		c.fault(at+"/"+name, "required")
		return ""
	}
	return s
}

func hasControl(s string) bool {
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return true
		}
	}
	return false
}
