package orders_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orders "workbook/exercises/04-apis/07-the-right-4xx"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

const path, asJSON = "/v1/orders", "Content-Type: application/json"

// item and order are what a client sends; a value may be of any type.
type item struct {
	SKU any `json:"sku"`
	Qty any `json:"qty"`
}

func order(email, name any, items ...item) string {
	text, err := json.Marshal(map[string]any{"email": email, "name": name, "items": items})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func named(name string) string   { return order("ann@example.org", name, item{"apple", 1}) }
func sentBy(email string) string { return order(email, "Ann", item{"apple", 1}) }
func of(items ...item) string    { return order("ann@example.org", "Ann", items...) }

// shop is the code under test on a database of its own, behind a real server.
type shop struct {
	*dbtest.DB
	*wire.Server
	t    *testing.T
	made int // orders
}

// open opens a shop that has so many apples, pears and teas.
func open(t *testing.T, apples, pears, teas int) *shop {
	t.Helper()
	s := &shop{DB: dbtest.New(t, schema), t: t}
	s.Exec(`INSERT INTO products VALUES ('tea', $3), ('pear', $2), ('apple', $1), ('untouched', 7)`, apples, pears, teas)
	s.Exec(fmt.Sprint(`ALTER TABLE orders ALTER id RESTART WITH `, seed.New(t).Between(1000, 1<<40)))
	s.Server = s.serve()
	return s
}

func (s *shop) serve(options ...dbtest.Option) *wire.Server {
	s.t.Helper()
	pool := s.Pool(options...)
	server := wire.Serve(s.t, guard.Call(s.t, func() http.Handler { return orders.Routes(pool) }))
	server.Patience = 4 * time.Second // there are many leaves, and a transaction that waits for itself hangs in most of them
	return server
}

func (s *shop) post(body string) wire.Answer { return s.SendJSON(s.t, "POST", path, body) }

// stored are the orders as they were made, and stock is what is left.
func (s *shop) stored() []string {
	return dbtest.Column[string](s.DB, `SELECT concat_ws(' | ', o.email, o.name, string_agg(i.qty || ' ' || i.sku, ', ' ORDER BY i.sku COLLATE "C"))
		FROM orders o LEFT JOIN order_items i ON i.order_id = o.id GROUP BY o.id ORDER BY o.id`)
}

func (s *shop) stock() string {
	return dbtest.Value[string](s.DB, `SELECT string_agg(stock || ' ' || sku, ', ' ORDER BY sku COLLATE "C") FROM products WHERE sku <> 'untouched' OR stock <> 7`)
}

// takes requires that the answer is 201 and the order is stored.
func (s *shop) takes(why, want string, a wire.Answer) {
	s.t.Helper()
	require.Equalf(s.t, 201, a.Status, "The status when %s.\n%s", why, a.Story())
	mediaType, _ := a.ContentType(s.t)
	require.Equalf(s.t, "application/json", mediaType, "the media type of the answer\n%s", a.Story())
	got := wire.JSON[struct {
		ID int64 `json:"id"`
	}](s.t, a)
	require.Equalf(s.t, dbtest.Value[int64](s.DB, `SELECT max(id) FROM orders`), got.ID, "The answer has the id of the order.\n%s", a.Story())
	s.made++
	stored := s.stored()
	require.Lenf(s.t, stored, s.made, "So many orders were made.\n%s", a.Story())
	require.Equalf(s.t, want, stored[len(stored)-1], "The order is stored when %s.\n%s", why, a.Story())
}

// refuses requires a problem with one of the statuses, and that nothing has changed.
func (s *shop) refuses(why string, a wire.Answer, statuses ...int) problem.Problem {
	s.t.Helper()
	require.Containsf(s.t, statuses, a.Status, "The status when %s.\n%s", why, a.Story())
	p := problem.Of(s.t, a, statuses...)
	problem.Clean(s.t, a, "order_items", "_pkey", "_fkey", "_check")
	require.Lenf(s.t, s.stored(), s.made, "A refused order leaves nothing behind: these are the orders when %s.\n%s", why, a.Story())
	return p
}

// faulty sends an order with these faults, by their pointers, and no others.
func (s *shop) faulty(why, body string, codes map[string]string) {
	s.t.Helper()
	before := s.stock()
	s.refuses(why, s.post(body), 400, 422).FaultsAre(s.t, codes)
	require.Equal(s.t, before, s.stock(), "the stock, after an order was refused because "+why)
}

func TestOrder(t *testing.T) {
	t.Run("is_stored_and_taken_from_the_stock", func(t *testing.T) {
		s := open(t, 100, 100, 3)
		s.takes("three products are ordered", "ann@example.org | Ann | 1 apple, 99 pear, 3 tea", s.post(of(item{"tea", 3}, item{"pear", 99}, item{"apple", 1})))
		require.Equal(t, "99 apple, 1 pear, 0 tea", s.stock(), "what is left of 100 apples, 100 pears and 3 teas")
		s.takes("one is ordered", "ann@example.org | Ann | 1 pear", s.post(of(item{"pear", 1})))
		require.Equal(t, "99 apple, 0 pear, 0 tea", s.stock(), "what is left after one pear more")
	})
	t.Run("may_have_twenty_items", func(t *testing.T) {
		s := open(t, 100, 100, 100)
		s.Exec(`INSERT INTO products SELECT 'p' || n, n FROM generate_series(11, 31) n`)
		var items []item
		for n := 11; n <= 31; n++ {
			items = append(items, item{fmt.Sprint("p", n), n - 10})
		}
		s.faulty("there are 21 items", of(items...), map[string]string{"/items": "too_many"})
		want := "1 p11, 2 p12, 3 p13, 4 p14, 5 p15, 6 p16, 7 p17, 8 p18, 9 p19, 10 p20, 11 p21, 12 p22, 13 p23, 14 p24, 15 p25, 16 p26, 17 p27, 18 p28, 19 p29, 20 p30"
		s.takes("there are 20 items", "ann@example.org | Ann | "+want, s.post(of(seed.Shuffled(seed.New(t), items[:20])...)))
	})
	t.Run("may_have_members_that_mean_nothing", func(t *testing.T) {
		s := open(t, 100, 100, 100)
		s.takes("there are members beside those of an order", "ann@example.org | Ann | 2 apple", s.post(`{"id": 1, "status": "paid", "email": "ann@example.org", "name": "Ann", "note": {}, "items": [{"sku": "apple", "qty": 2, "price": 0}]}`))
	})
	t.Run("takes_people_by_their_names", func(t *testing.T) {
		s := open(t, 100, 100, 100)
		for _, name := range []string{"José", "O'Neill", "李", "Ng", "Müller-Lüdenscheidt", "Mary Ann St. John", "नेहा", "प्रक्\u200dष", "x", `Robert'); DROP TABLE orders; --`, `<b>&"\`, "Bill 3rd"} {
			s.takes("the name is "+name, "ann@example.org | "+name+" | 1 apple", s.post(named(name)))
		}
	})
	t.Run("counts_the_characters_of_a_name", func(t *testing.T) {
		s := open(t, 100, 100, 100)
		for _, c := range []string{"é", "x", "李", "🦊"} {
			name := strings.Repeat(c, 60)
			s.takes("the name is 60 times "+c, "ann@example.org | "+name+" | 1 apple", s.post(named(name)))
			s.faulty("the name is 61 times "+c, named(name+c), map[string]string{"/name": "too_long"})
		}
	})
	t.Run("takes_addresses_as_they_are", func(t *testing.T) {
		s := open(t, 100, 100, 100)
		for _, email := range []string{"b@x.io", "Ann.Lee@x.io", "o'neill+shop@mail.example.org", "a.b-c_d@x-y.example", "1@1a.example.museum"} {
			s.takes("the address is "+email, email+" | Ann | 1 apple", s.post(sentBy(email)))
		}
	})
	t.Run("keeps_no_more_than_the_address", func(t *testing.T) {
		s := open(t, 100, 100, 100)
		for _, email := range []string{"Bob <b@x.io>", "<b@x.io>", `"Bob, Ann" <b@x.io>`, "b@x.io (Bob)"} {
			a := s.post(sentBy(email))
			if a.Status == 201 {
				s.takes("there is more than the address b@x.io in "+email, "b@x.io | Ann | 1 apple", a)
				continue
			}
			s.refuses("there is more than the address b@x.io in "+email, a, 400, 422).FaultsAre(t, map[string]string{"/email": "not_an_address"})
		}
	})
}

func TestFaults(t *testing.T) {
	faults := func(name string, test func(s *shop)) {
		t.Run(name, func(t *testing.T) { test(open(t, 100, 100, 100)) })
	}
	faults("are_told_all_at_once", func(s *shop) {
		s.faulty("there are five faults", order("bob", strings.Repeat("x", 61), item{"apple", 1}, item{"plum", 2}, item{"pear", 0}, item{"pear", 1}),
			map[string]string{"/email": "not_an_address", "/name": "too_long", "/items/1/sku": "unknown", "/items/2/qty": "out_of_range", "/items/3/sku": "duplicate"})
		s.faulty("both members of an item are wrong", of(item{"tea", 1}, item{"plum", 100}), map[string]string{"/items/1/sku": "unknown", "/items/1/qty": "out_of_range"})
	})
	faults("are_members_that_are_missing_or_empty", func(s *shop) {
		for _, body := range []string{`{}`, `{"email": null, "name": null, "items": null}`, `{"email": "", "name": "", "items": []}`} {
			s.faulty("nothing is in it", body, map[string]string{"/email": "required", "/name": "required", "/items": "required"})
		}
		s.faulty("the name is white space", named("  "), map[string]string{"/name": "required"})
		for _, empty := range []string{`{}`, `{"sku": "", "qty": null}`} {
			s.faulty("nothing is in an item", `{"email": "b@x.io", "name": "Ann", "items": [{"sku": "tea", "qty": 1}, `+empty+`]}`, map[string]string{"/items/1/sku": "required", "/items/1/qty": "out_of_range"})
		}
	})
	faults("are_control_characters_in_a_name", func(s *shop) {
		for _, c := range "\x00\t\n\r\x1b\x7f\u0085" {
			s.faulty(fmt.Sprintf("the name has a %U", c), named("Ann"+string(c)+"Lee"), map[string]string{"/name": "control_character"})
		}
	})
	faults("are_addresses_that_are_none", func(s *shop) {
		for _, email := range []string{"bob", "bob@", "@x.io", "a@b@x.io", "a@x.io, b@x.io", "a@x.io;b@x.io", "a b@x.io", "b@x.io\r\nBcc: c@x.io", "b\x00@x.io", "b@x\u0085.io"} {
			s.faulty(fmt.Sprintf("%q is no address", email), sentBy(email), map[string]string{"/email": "not_an_address"})
		}
	})
	faults("are_quantities_out_of_range", func(s *shop) {
		for _, qty := range []int{0, -1, 100, 3_000_000_000} {
			s.faulty(fmt.Sprint("the quantity is ", qty), of(item{"apple", qty}), map[string]string{"/items/0/qty": "out_of_range"})
		}
	})
	faults("are_products_that_are_unknown", func(s *shop) {
		for _, sku := range []string{"plum", "APPLE", "a", "%", "apple'--", "\x00", "apple\x00", "李"} {
			s.faulty(fmt.Sprintf("%q is no product", sku), of(item{"pear", 1}, item{sku, 1}), map[string]string{"/items/1/sku": "unknown"})
		}
	})
	faults("are_products_that_come_again", func(s *shop) {
		s.faulty("apples come three times", of(item{"apple", 1}, item{"pear", 1}, item{"apple", 1}, item{"apple", 2}), map[string]string{"/items/2/sku": "duplicate", "/items/3/sku": "duplicate"})
	})
	t.Run("come_before_the_stock", func(t *testing.T) {
		open(t, 0, 1, 100).faulty("one quantity is wrong, and of two others there is too little", of(item{"apple", 1}, item{"pear", 2}, item{"tea", 0}), map[string]string{"/items/2/qty": "out_of_range"})
	})
}

func TestStock(t *testing.T) {
	t.Run("is_short_of_each_item_that_is_named", func(t *testing.T) {
		s := open(t, 0, 99, 4)
		s.refuses("of two of three items there is too little", s.post(of(item{"pear", 99}, item{"tea", 5}, item{"apple", 1})), 409).
			FaultsAre(t, map[string]string{"/items/1/qty": "out_of_stock", "/items/2/qty": "out_of_stock"})
		require.Equal(t, "0 apple, 99 pear, 4 tea", s.stock(), "an order that is refused takes nothing, also of what there is enough of")
	})
}
