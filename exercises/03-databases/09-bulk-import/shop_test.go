package bulkimport_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	bulkimport "workbook/exercises/03-databases/09-bulk-import"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

// shop is a private database with a catalogue, and what the tests ask of it.
type shop struct {
	*dbtest.DB
	*seed.Rand
	t *testing.T
}

// openShop returns a shop, and n products that it does not have yet.
func openShop(t *testing.T, n int) (*shop, []product) {
	s := &shop{dbtest.New(t, schema), seed.New(t), t}
	return s, s.products("P", n)
}

// load calls Import, which can neither panic nor hang, and requires that it succeeds.
func (s *shop) load(pool *pgxpool.Pool, text, why string) bulkimport.Stats {
	s.t.Helper()
	stats, err := s.try(s.t.Context(), pool, stream(text))
	require.NoErrorf(s.t, err, "%s. This came of Import:", why)
	return stats
}

func (s *shop) try(ctx context.Context, pool *pgxpool.Pool, r io.Reader) (bulkimport.Stats, error) {
	s.t.Helper()
	return guard.Call2(s.t, func() (bulkimport.Stats, error) { return bulkimport.Import(ctx, pool, r) })
}

func (s *shop) begin(ctx context.Context, program string, r io.Reader) *lock.Call {
	pool := s.Pool(dbtest.Name(program))
	return lock.Go(s.t, func() error { _, err := bulkimport.Import(ctx, pool, r); return err })
}

// stream hands a text out in pieces, which end anywhere.
func stream(text string) io.Reader { return iotest.HalfReader(strings.NewReader(text)) }

// product is a row of the table, and a line of a file.
type product struct {
	ExternalID string `json:"external_id"`
	Name       string `json:"name"`
	Price      *int64 `json:"price"`
}

// products returns n of them, in the order of their ids. Another call returns others with the same ids.
func (s *shop) products(prefix string, n int) []product {
	list := make([]product, n)
	for i := range list {
		list[i] = product{fmt.Sprintf("%s-%05d", prefix, i+1), s.Rand.Name(), new(s.Between(0, 99_999))}
	}
	return list
}

func file(list ...product) string {
	var lines strings.Builder
	for _, p := range list {
		_ = json.NewEncoder(&lines).Encode(p)
	}
	return lines.String()
}

func (s *shop) insert(list ...product) {
	for _, p := range list {
		s.Exec(`INSERT INTO products (external_id, name, price) VALUES ($1, $2, $3)`, p.ExternalID, p.Name, p.Price)
	}
}

func (s *shop) has(promise string, want []product) {
	s.t.Helper()
	rowset.Equal(s.t, promise, rowset.Of(want), rowset.Query(s.t, s.Owner(), `SELECT external_id, name, price FROM products`), rowset.AnyOrder, "external_id")
}
