// Right: types of its own for id, price and time, each with its form in JSON; an unknown author is left out.

// Package dependableresponse lists the books of a shop.
package dependableresponse

import (
	"encoding/json"
	"math/big"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

type id int64

func (i id) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.FormatInt(int64(i), 10)), nil
}

type money struct{ pgtype.Numeric }

func (m money) MarshalJSON() ([]byte, error) {
	value := new(big.Rat).SetInt(m.Int)
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(m.Exp, -m.Exp))), nil))
	if m.Exp < 0 {
		value.Quo(value, power)
	} else {
		value.Mul(value, power)
	}
	return json.Marshal(value.FloatString(2))
}

type instant struct{ time.Time }

func (i instant) MarshalText() ([]byte, error) {
	return []byte(i.UTC().Format("2006-01-02T15:04:05.000000Z07:00")), nil
}

func (i instant) MarshalJSON() ([]byte, error) {
	text, err := i.MarshalText()
	return strconv.AppendQuote(nil, string(text)), err
}

type bookView struct {
	ID          id      `json:"id"`
	Title       string  `json:"title"`
	Author      *string `json:"author,omitempty"`
	Price       money   `json:"price"`
	PublishedAt instant `json:"published_at"`
}

type handler struct{ *pgxpool.Pool }

// New returns the handler of GET /v1/books.
func New(pool *pgxpool.Pool) http.Handler { return handler{pool} }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rows, _ := h.Query(r.Context(), `SELECT id, title, author, price, published_at FROM books ORDER BY id`)
	list := struct {
		Items []bookView `json:"items"`
	}{Items: make([]bookView, 0, 64)}
	var b bookView
	_, err := pgx.ForEachRow(rows, []any{(*int64)(&b.ID), &b.Title, &b.Author, &b.Price.Numeric, &b.PublishedAt.Time}, func() error {
		list.Items = append(list.Items, b)
		return nil
	})
	body, encodeErr := json.Marshal(list)
	if err != nil || encodeErr != nil {
		http.Error(w, `{"title":"Internal Server Error"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}
