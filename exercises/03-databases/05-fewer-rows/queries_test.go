package fewerrows_test

import (
	"testing"
	"time"

	fewerrows "workbook/exercises/03-databases/05-fewer-rows"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
	"workbook/exercises/internal/rowset"
)

// What each query answers, by queries that read whatever they like.
const (
	ordersOfDay = `SELECT id, placed_at FROM orders WHERE (placed_at AT TIME ZONE 'UTC')::date = $1`
	orderByID   = `SELECT id, total_cents FROM orders WHERE id::text = $1`
	hasOpen     = `SELECT count(*) > 0 AS open FROM orders WHERE customer_id = $1 AND status = 'open'`
	ordersAfter = `SELECT id, placed_at, count(*) OVER () > 20 AS more FROM orders
		WHERE placed_at > $1 OR (placed_at = $1 AND id > $2) ORDER BY placed_at, id LIMIT 20`
	lastTransfers = `SELECT id, made_at, cents FROM transfers WHERE from_account = $1 OR to_account = $1 ORDER BY made_at DESC, id DESC LIMIT 10`
	byEmail       = `SELECT id, name FROM customers WHERE upper(email) = upper($1)`
	latestOrders  = `SELECT customer_id, id, placed_at FROM (
			SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY placed_at DESC, id DESC) AS n FROM orders o) ranked
		WHERE n = 1 AND customer_id = ANY ($1)`
)

var day = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// same compares the learner's query with the one that is known to be right.
func (s *small) same(t *testing.T, promise, right, query string, order rowset.Order, args ...any) {
	t.Helper()
	rowset.Equal(t, promise, rowset.Query(t, s.Owner(), right, args...), rowset.Query(t, s.Pool(dbtest.MaxConns(1)), query, args...), order)
}

func TestSameAnswer(t *testing.T) {
	t.Run("orders_of_day", func(t *testing.T) {
		s := openSmall(t)
		for i, placed := range []time.Time{
			day.Add(-time.Microsecond), day, day.Add(time.Microsecond), day.Add(5 * time.Hour), day.Add(12 * time.Hour), day.Add(23 * time.Hour),
			day.Add(24*time.Hour - 500*time.Millisecond), day.Add(24*time.Hour - time.Microsecond), day.Add(24 * time.Hour), day.Add(-5 * time.Hour), day.Add(28 * time.Hour),
		} {
			s.order(int64(i+1), 1, placed, "open")
		}
		s.fill()
		s.same(t, "a day in UTC goes from its midnight up to the next midnight, which is not a part of it; an order of 23:59:59.5 is",
			ordersOfDay, fewerrows.OrdersOfDay, rowset.AnyOrder, day.Format(time.DateOnly))
	})

	t.Run("order_by_number", func(t *testing.T) {
		s := openSmall(t)
		for _, id := range []int64{7, 70, 77, 5_000_000_000, 999_999_999_999_999_999} {
			s.order(id, 1, day, "open")
		}
		s.fill()
		for _, number := range []string{"7", "70", "5000000000", "999999999999999999", "8"} {
			s.same(t, "order number "+number+" is found, or is not there", orderByID, fewerrows.OrderByNumber, rowset.AnyOrder, number)
		}
	})

	t.Run("has_open_orders", func(t *testing.T) {
		s := openSmall(t)
		s.order(1, 1, day, "closed")
		s.order(2, 1, day, "open")
		s.order(3, 1, day, "open")
		s.order(4, 2, day, "closed")
		s.fill()
		s.same(t, "a customer with open orders has some", hasOpen, fewerrows.HasOpenOrders, rowset.AnyOrder, 1)
		s.same(t, "a customer whose orders are all closed has no open one, and the answer is one row that says so", hasOpen, fewerrows.HasOpenOrders, rowset.AnyOrder, 2)
		s.same(t, "a customer without orders has no open one, and the answer is one row that says so", hasOpen, fewerrows.HasOpenOrders, rowset.AnyOrder, 3)
	})

	t.Run("orders_after", func(t *testing.T) {
		s := openSmall(t)
		ids := s.random.Perm(60)
		placed := func(i int) time.Time { return day.Add(time.Duration(i/6) * time.Hour) } // six at the same instant
		for i, id := range ids {
			s.order(int64(id+1), 1, placed(i), "open")
		}
		s.fill()
		all := dbtest.Structs[struct {
			ID       int64
			PlacedAt time.Time
		}](s.DB, `SELECT id, placed_at FROM orders ORDER BY placed_at, id`)
		after := func(n int, promise string) {
			t.Helper()
			s.same(t, promise, ordersAfter, fewerrows.OrdersAfter, rowset.InOrder, all[n-1].PlacedAt, all[n-1].ID)
		}
		after(12, "20 orders follow on the last one of an instant")
		after(15, "20 orders follow on one in the middle of orders of one instant")
		after(39, "when 21 orders are left, 20 come, and there are more")
		after(40, "when 20 orders are left, these come, and there are no more")
		after(45, "when 15 orders are left, these come, and there are no more")
		after(60, "nothing follows on the last order")
		s.same(t, "the key need not be that of an order", ordersAfter, fewerrows.OrdersAfter, rowset.InOrder, day.Add(-time.Hour), 1_000_000)
	})

	t.Run("last_transfers", func(t *testing.T) {
		s := openSmall(t)
		id := int64(0)
		add := func(n int, from, to int64) {
			for range n {
				id++
				s.transfer(id, from, to, day.Add(time.Duration(s.random.Between(0, 5))*time.Hour))
			}
		}
		add(12, 1, 9)
		add(4, 2, 2)
		add(4, 2, 9)
		add(4, 9, 2)
		add(2, 3, 9)
		add(3, 9, 3)
		add(8, 4, 4)
		s.fill()
		s.same(t, "the last ten transfers may all go in one direction", lastTransfers, fewerrows.LastTransfers, rowset.InOrder, 1)
		s.same(t, "a transfer of an account to itself comes once", lastTransfers, fewerrows.LastTransfers, rowset.InOrder, 2)
		s.same(t, "an account with five transfers has all of them in the list", lastTransfers, fewerrows.LastTransfers, rowset.InOrder, 3)
		s.same(t, "an account that knows only itself has each transfer once", lastTransfers, fewerrows.LastTransfers, rowset.InOrder, 4)
		s.same(t, "an account with many transfers has its last ten in the list", lastTransfers, fewerrows.LastTransfers, rowset.InOrder, 9)
		s.same(t, "an account without transfers has none", lastTransfers, fewerrows.LastTransfers, rowset.InOrder, 8)
	})

	t.Run("customer_by_email", func(t *testing.T) {
		s := openSmall(t)
		for i, email := range []string{"ada@example.com", "Ada@Example.com", "b_b@example.com", "bxb@example.com", "CLEO@EXAMPLE.COM", "50%@example.com", "501@example.com"} {
			s.customer(int64(i+1), email)
		}
		s.fill()
		for _, typed := range []string{"ada@example.com", "ADA@example.com", "cleo@example.com", "Cleo@Example.Com", "b_b@example.com", "B_B@example.com", "50%@example.com", "nobody@example.com", ""} {
			s.same(t, `the customers whose address is "`+typed+`", but for the case of its letters`, byEmail, fewerrows.CustomerByEmail, rowset.AnyOrder, typed)
		}
	})

	t.Run("latest_orders", func(t *testing.T) {
		s := openSmall(t)
		ids := s.random.Perm(40)
		for i, id := range ids {
			s.order(int64(id+1), int64(1+i%4), day.Add(time.Duration(s.random.Between(0, 3))*time.Hour), "open")
		}
		s.fill()
		ask := func(promise string, ids ...int64) {
			t.Helper()
			if ids == nil {
				ids = []int64{}
			}
			s.same(t, promise, latestOrders, fewerrows.LatestOrders, rowset.AnyOrder, ids)
		}
		ask("each customer has one row: the latest order", 1, 2, 3)
		ask("a customer who is in the list twice has one row", 4, 2, 4)
		ask("a customer without orders has no row", 5, 1)
		ask("somebody who is no customer has no row", 99, 1)
		ask("an empty list has no rows")
	})
}

func TestFewerRows(t *testing.T) {
	db := dbtest.New(t, schema, large)
	plan.Settle(t, db)
	pool := db.Pool()
	var many []int64 // customers with a thousand orders each
	for id := range int64(20) {
		many = append(many, id+1)
	}
	for _, c := range []struct {
		name, promise, query string
		rows                 int64
		args                 []any
	}{
		{"orders_of_day", "a day of orders is found by reading at most 300 rows", fewerrows.OrdersOfDay, 300, []any{day.Format(time.DateOnly)}},
		{"order_by_number", "one order is found by reading at most 5 rows", fewerrows.OrderByNumber, 5, []any{"31234"}},
		{"has_open_orders", "that a customer has an open order, of a thousand, is found out by reading at most 100 rows", fewerrows.HasOpenOrders, 100, []any{7}},
		{"orders_after", "20 orders in the middle of 40,000 are found by reading at most 100 rows", fewerrows.OrdersAfter, 100, []any{day.AddDate(0, 2, 0), 12345}},
		{"last_transfers", "the last ten of 2,000 transfers are found by reading at most 100 rows", fewerrows.LastTransfers, 100, []any{1}},
		{"customer_by_email", "one of 5,000 customers is found by reading at most 5 rows", fewerrows.CustomerByEmail, 5, []any{"CUSTOMER4321@example.com"}},
		{"latest_orders", "the latest orders of 20 customers with a thousand each are found by reading at most 200 rows", fewerrows.LatestOrders, 200, []any{many}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rowset.Query(t, pool, c.query, c.args...) // one that the database refuses says so here
			plan.Examined(t, db, pgtrace.Statement{SQL: c.query, Args: c.args}).Within(t, c.promise, plan.Budget{Rows: c.rows})
		})
	}
}
