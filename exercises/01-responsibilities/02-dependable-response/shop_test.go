package dependableresponse_test

import (
	_ "embed"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	dependableresponse "workbook/exercises/01-responsibilities/02-dependable-response"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// TestMain gives the program a zone that is not UTC, wherever the tests run.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("NDT", -(2*60+30)*60)
	os.Exit(m.Run())
}

// book is a row of the table, as far as clients see it.
type book struct {
	ID          int64
	Title       string
	Author      *string // nil is NULL
	Price       string
	PublishedAt time.Time
}

// aBook returns a book like others.
func aBook(id int64) book {
	author := "Jane Austen"
	return book{id, "Emma", &author, "12.30", time.Date(1815, time.December, 23, 9, 30, 0, 0, time.UTC)}
}

// shop is the table, and a server with the endpoint.
type shop struct {
	*dbtest.DB
	server *wire.Server
	inside []string // what stands in the columns that stay inside
	state  string   // what a message says of the table
	books  []book
	t      *testing.T
}

// openShop adds the books in the given order.
func openShop(t *testing.T, books ...book) *shop {
	t.Helper()
	db := dbtest.New(t, schema)
	pool := db.Pool(dbtest.Config(func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams["timezone"] = "Asia/Kolkata"
		c.ConnConfig.RuntimeParams["enable_sort"] = "off" // so that the rows come one by one, along the primary key
	}))
	handler := guard.Call(t, func() http.Handler { return dependableresponse.New(pool) })
	s := &shop{DB: db, server: wire.Serve(t, handler), inside: []string{seed.New(t).Canary(), "918273645.46"}, state: "The table can be read", t: t}
	s.add(books...)
	return s
}

func (s *shop) add(books ...book) {
	s.t.Helper()
	for _, b := range books {
		s.Exec(`INSERT INTO books VALUES ($1, $2, $3, $4::text::numeric, $5, $6::text::numeric, $7)`, b.ID, b.Title, b.Author, b.Price, b.PublishedAt, s.inside[1], s.inside[0])
	}
	s.books = append(s.books, books...)
}

// item is an item as a browser reads it: a JSON number is a float64.
type item = map[string]any

// items asks for the list, which has an item for each book. That a bare array is
// not what was promised is for TestList/is_one_object to say.
func (s *shop) items() (items []item, a wire.Answer) {
	s.t.Helper()
	a = s.server.Get(s.t, "/v1/books")
	require.Equalf(s.t, 200, a.Status, "%s, so the status is 200.\n%s", s.state, a.Story())
	if strings.HasPrefix(strings.TrimSpace(a.Body), "[") {
		items = wire.JSON[[]item](s.t, a)
	} else {
		items = wire.JSON[struct {
			Items []item `json:"items"`
		}](s.t, a).Items
		require.NotNilf(s.t, items, "The object has a member items.\n%s", a.Story())
	}
	require.Equalf(s.t, len(s.books), len(items), "%s. The table has %d books, and each is an item.\n%s", s.state, len(s.books), a.Story())
	return items, a
}

// members asks for the list, and returns one member of each item.
func (s *shop) members(name string) (values []any) {
	s.t.Helper()
	items, _ := s.items()
	for i, item := range items {
		value, there := item[name]
		require.Truef(s.t, there, "Each item has the member %s. Of book %d came: %v", name, s.books[i].ID, item)
		values = append(values, value)
	}
	return values
}
