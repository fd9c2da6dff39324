package rowset_test

import (
	"testing"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/rowset"
)

const schema = `
	CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
	CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, placed timestamptz NOT NULL);
	CREATE TABLE items (order_id bigint REFERENCES orders, product text, price numeric(10,2));
	CREATE TABLE payments (order_id bigint REFERENCES orders, amount numeric(10,2));
	INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bo'), (3, 'Cy');
	INSERT INTO orders VALUES
		(1, 1, '2024-03-01 09:00Z'), (2, 1, '2024-03-02 09:00Z'), (3, 2, '2024-03-02 20:00Z'), (4, NULL, '2024-03-03 09:00Z');
	INSERT INTO items VALUES (1, 'pen', 5), (1, 'ink', 10), (2, 'pen', 5), (3, 'ink', 10), (3, 'ink', 10), (3, 'pad', 10);
	INSERT INTO payments VALUES (1, 15), (2, 2), (2, 3), (3, 30);`

// The right rows, as a test would work them out.
type revenue struct {
	OrderID int64
	Revenue float64
}

type orders struct {
	Name   string
	Orders int
}

var (
	revenues = []revenue{{3, 30}, {1, 15}, {2, 5}, {4, 0}}
	counts   = []orders{{"Ann", 2}, {"Bo", 1}, {"Cy", 0}}
)

const (
	rightRevenue = `SELECT o.id AS order_id, coalesce(sum(amount), 0) AS revenue
		FROM orders o LEFT JOIN payments p ON p.order_id = o.id GROUP BY o.id ORDER BY revenue DESC, o.id`
	otherRevenue = `SELECT (SELECT coalesce(sum(amount), 0.0) FROM payments WHERE order_id = id) AS revenue, id::int AS order_id
		FROM orders ORDER BY 1 DESC, 2`
)

// TestQuery is about SQL that a learner writes.
func TestQuery(t *testing.T) {
	db := dbtest.New(t, schema)
	pool := db.Pool()
	gives := func(promise string, want rowset.Table, order rowset.Order, sql string) kittest.Program {
		return func(t testing.TB) { rowset.Equal(t, promise, want, rowset.Query(t, pool, sql), order) }
	}
	revenue := func(sql string) kittest.Program {
		return gives("each order comes once with what was paid for it, the dearest first, then by id", rowset.Of(revenues), rowset.InOrder, sql)
	}
	orders := func(sql string) kittest.Program {
		return gives("each customer comes with the number of their orders", rowset.Of(counts), rowset.AnyOrder, sql)
	}
	without := func(sql string) kittest.Program {
		return gives("customers without orders are listed by name", rowset.Of([]string{"Cy"}), rowset.InOrder, sql)
	}
	reference := rowset.Query(t, pool, `SELECT (placed AT TIME ZONE 'UTC')::date AS day, count(*) AS n FROM orders GROUP BY day ORDER BY day DESC`)
	days := func(sql string) kittest.Program {
		return gives("the query gives what the slow one gives", reference, rowset.AnyOrder, sql)
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"fan_out": revenue(`SELECT o.id AS order_id, coalesce(sum(p.amount), 0) AS revenue
				FROM orders o LEFT JOIN items i ON i.order_id = o.id LEFT JOIN payments p ON p.order_id = o.id
				GROUP BY o.id ORDER BY revenue DESC, o.id`),
			"fan_out_without_group": revenue(`SELECT o.id AS order_id, coalesce(sum(p.amount) OVER (PARTITION BY o.id), 0) AS revenue
				FROM orders o LEFT JOIN payments p ON p.order_id = o.id ORDER BY revenue DESC, o.id`),
			"inner_join": revenue(`SELECT order_id, sum(amount) AS revenue FROM payments GROUP BY order_id ORDER BY revenue DESC, order_id`),
			"left_join_and_where": revenue(`SELECT o.id AS order_id, coalesce(sum(amount), 0) AS revenue
				FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE p.amount > 0 GROUP BY o.id ORDER BY revenue DESC, o.id`),
			"null_for_zero": revenue(`SELECT o.id AS order_id, sum(amount) AS revenue
				FROM orders o LEFT JOIN payments p ON p.order_id = o.id GROUP BY o.id ORDER BY revenue DESC NULLS LAST, o.id`),
			"text_for_number": revenue(`SELECT o.id AS order_id, to_char(coalesce(sum(amount), 0), 'FM990.00') AS revenue
				FROM orders o LEFT JOIN payments p ON p.order_id = o.id GROUP BY o.id ORDER BY coalesce(sum(amount), 0) DESC, o.id`),
			"order_forgotten":    revenue(`SELECT order_id, revenue FROM (` + rightRevenue + `) r ORDER BY order_id`),
			"order_reversed":     revenue(`SELECT order_id, revenue FROM (` + rightRevenue + `) r ORDER BY revenue, order_id DESC`),
			"order_by_text":      revenue(`SELECT order_id, revenue FROM (` + rightRevenue + `) r ORDER BY revenue::text DESC, order_id`),
			"column_misnamed":    revenue(`SELECT order_id, revenue AS total FROM (` + rightRevenue + `) r`),
			"counts_outer_row":   orders(`SELECT name, count(*) AS orders FROM customers c LEFT JOIN orders o ON customer_id = c.id GROUP BY c.id`),
			"not_in_with_null":   without(`SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders) ORDER BY name`),
			"one_for_each_order": without(`SELECT name FROM customers c LEFT JOIN orders o ON customer_id = c.id ORDER BY name`),
			"day_of_the_session": days(`SELECT placed::date AS day, count(*) AS n FROM orders GROUP BY day`),
			"timestamp_for_date": days(`SELECT date_trunc('day', placed, 'UTC') AS day, count(*) AS n FROM orders GROUP BY day`),
			"columns_swapped":    days(`SELECT count(*) AS n, (placed AT TIME ZONE 'UTC')::date AS day FROM orders GROUP BY day`),
			"does_not_run":       days(`SELECT placed::date AS day, n FROM orders`),
		},
		Right: map[string]kittest.Program{
			"left_join":  revenue(rightRevenue),
			"subquery":   revenue(otherRevenue),
			"counts_id":  orders(`SELECT name, count(o.id) AS orders FROM customers c LEFT JOIN orders o ON customer_id = c.id GROUP BY c.id ORDER BY 2`),
			"filter":     orders(`SELECT count(*) FILTER (WHERE o.id > 0)::numeric AS orders, name FROM customers c LEFT JOIN orders o ON customer_id = c.id GROUP BY c.id`),
			"not_exists": without(`SELECT name FROM customers c WHERE NOT EXISTS (SELECT FROM orders WHERE customer_id = c.id)`),
			"anti_join":  without(`SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL`),
			"extract":    days(`SELECT DISTINCT date(placed AT TIME ZONE 'UTC') AS day, (count(*) OVER (PARTITION BY date(placed AT TIME ZONE 'UTC')))::int AS n FROM orders`),
		},
	})
}
