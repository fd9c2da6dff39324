// Right: the UPDATE itself looks whether there is enough; products are looked up before, without a lock.

// Package orders takes the orders of a shop.
package orders

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type order struct {
	Email, Name *string
	Items       []*item
}

type item struct {
	SKU *string
	Qty *int64
}

type problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Detail string  `json:"detail,omitempty"`
	Errors []fault `json:"errors,omitempty"`
}

type fault struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
}

type server struct{ pool *pgxpool.Pool }

// Routes answers POST /v1/orders.
func Routes(pool *pgxpool.Pool) http.Handler {
	s := server{pool}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/orders", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answer(w, http.StatusMethodNotAllowed, "send a POST")
			return
		}
		s.create(w, r)
	})
	return mux
}

func (s server) create(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		answer(w, http.StatusUnsupportedMediaType, "orders are application/json")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 65536)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		answer(w, status, "at most 64 KiB can be read")
		return
	}
	var o *order
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&o); err != nil || !json.Valid(body) || o == nil {
		answer(w, http.StatusBadRequest, "this is no order")
		return
	}
	known, err := s.known(r.Context(), o.Items)
	if err != nil {
		oops(w, err)
		return
	}
	if faults := o.faults(known); faults != nil {
		answer(w, http.StatusBadRequest, "this order cannot be", faults...)
		return
	}
	id, short, err := s.store(r.Context(), o)
	switch {
	case err != nil:
		oops(w, err)
	case short != nil:
		answer(w, http.StatusConflict, "there is too little of it", short...)
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Location", "/v1/orders/"+strconv.FormatInt(id, 10))
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"id":`+strconv.FormatInt(id, 10)+`,"self":true}`)
	}
}

// known says which products there are.
func (s server) known(ctx context.Context, items []*item) (map[string]bool, error) {
	known := map[string]bool{}
	for _, it := range items[:min(len(items), 20)] {
		if it == nil || it.SKU == nil || strings.IndexByte(*it.SKU, 0) >= 0 {
			continue
		}
		var there bool
		if err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM products WHERE sku = $1)`, it.SKU).Scan(&there); err != nil {
			return nil, err
		}
		known[*it.SKU] = there
	}
	return known, nil
}

var (
	control = regexp.MustCompile(`\p{Cc}`)
	address = regexp.MustCompile(`^[^\s<>()",;@\p{Cc}]+@[^\s<>()",;@\p{Cc}]+$`)
)

func (o *order) faults(known map[string]bool) (list []fault) {
	add := func(code string, at ...string) { list = append(list, fault{"/" + strings.Join(at, "/"), code}) }
	switch _, err := mail.ParseAddress(deref(o.Email)); {
	case deref(o.Email) == "":
		add("required", "email")
	case err != nil, !address.MatchString(*o.Email):
		add("not_an_address", "email")
	}
	switch name := deref(o.Name); {
	case strings.TrimSpace(name) == "":
		add("required", "name")
	case control.MatchString(name):
		add("control_character", "name")
	case len([]rune(name)) > 60:
		add("too_long", "name")
	}
	switch n := len(o.Items); {
	case n == 0:
		add("required", "items")
	case n > 20:
		add("too_many", "items")
		return list
	}
	for i, it := range o.Items {
		n := strconv.Itoa(i)
		if it == nil {
			it = &item{}
		}
		same := func(other *item) bool { return other != nil && other.SKU != nil && *other.SKU == deref(it.SKU) }
		if sku := deref(it.SKU); sku == "" {
			add("required", "items", n, "sku")
		} else if !known[sku] {
			add("unknown", "items", n, "sku")
		} else if slices.IndexFunc(o.Items, same) < i {
			add("duplicate", "items", n, "sku")
		}
		if it.Qty == nil || *it.Qty < 1 || *it.Qty > 99 {
			add("out_of_range", "items", n, "qty")
		}
	}
	return list
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// store takes the pieces, product by product in the order of their names.
func (s server) store(ctx context.Context, o *order) (id int64, short []fault, err error) {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	order := make([]int, len(o.Items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(*o.Items[b].SKU, *o.Items[a].SKU) })
	for _, i := range order {
		tag, err := tx.Exec(ctx, `UPDATE products SET stock = stock - $2 WHERE sku = $1 AND stock >= $2`, o.Items[i].SKU, o.Items[i].Qty)
		if err != nil {
			return 0, nil, err
		}
		if tag.RowsAffected() == 0 {
			short = append(short, fault{"/items/" + strconv.Itoa(i) + "/qty", "out_of_stock"})
		}
	}
	if short != nil {
		return 0, short, nil
	}
	if err := tx.QueryRow(ctx, `INSERT INTO orders (email, name) VALUES ($1, $2) RETURNING id`, o.Email, o.Name).Scan(&id); err != nil {
		return 0, nil, err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"order_items"}, []string{"order_id", "sku", "qty"}, pgx.CopyFromSlice(len(o.Items), func(i int) ([]any, error) {
		return []any{id, *o.Items[i].SKU, int32(*o.Items[i].Qty)}, nil
	}))
	if err != nil {
		return 0, nil, err
	}
	return id, nil, tx.Commit(ctx)
}

func oops(w http.ResponseWriter, err error) {
	log.Print(err)
	answer(w, http.StatusInternalServerError, "this was our fault")
}

func answer(w http.ResponseWriter, status int, detail string, faults ...fault) {
	text, err := json.Marshal(problem{"about:blank", http.StatusText(status), detail, faults})
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text)
}
