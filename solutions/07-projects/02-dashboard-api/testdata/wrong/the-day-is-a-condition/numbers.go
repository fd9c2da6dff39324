// Wrong: a condition on the day finds the rows of the days.
//checker:fails TestRowsRead/thirty_days_of_nine_hundred

package dashboard

import (
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxDays is how many days a dashboard can have.
const maxDays = 400

// Numbers are those of a day, or of all days together. Money is in cents.
type Numbers struct {
	Actives int64 `json:"actives"` // different customers who visited
	Orders  int64 `json:"orders"`  // that were placed
	Revenue int64 `json:"revenue"` // what the items of those orders cost
	Paid    int64 `json:"paid"`    // what was paid for those orders
}

// A Day is one in the zone of the tenant.
type Day struct {
	Date string `json:"date"`
	Numbers
}

// Retention is how many of the customers who visited before visited again.
type Retention struct {
	Before   int64 `json:"before"`
	Returned int64 `json:"returned"`
}

// A Dashboard is what the tenant did from one day to another, both included.
type Dashboard struct {
	From      string    `json:"from"`
	To        string    `json:"to"`
	Zone      string    `json:"zone"`
	Days      []Day     `json:"days"`
	Total     Numbers   `json:"total"`
	Retention Retention `json:"retention"`
}

// numbers is one statement, so that all of an answer is of one moment.
//
// The index finds the rows by their instants, with a day to spare on each side:
// a midnight may come twice, or not at all. Which day a row belongs to is what
// the clock of the tenant showed at that instant. Items and payments are added
// up for each order before anything is joined: an order with two of one and
// three of the other has not six of anything.
const numbers = `
	WITH o AS MATERIALIZED (
		SELECT id, (placed_at AT TIME ZONE $2)::date AS day FROM orders
		WHERE tenant_id = $1 AND (placed_at AT TIME ZONE $2)::date BETWEEN $4 AND $5
	), sales AS (
		SELECT day, count(*) AS orders,
			sum((SELECT sum(quantity * price_cents) FROM order_items WHERE order_id = o.id)) AS revenue,
			sum((SELECT sum(amount_cents) FROM payments WHERE order_id = o.id)) AS paid
		FROM o GROUP BY day
	), v AS MATERIALIZED (
		SELECT DISTINCT customer_id, (visited_at AT TIME ZONE $2)::date AS day FROM visits
		WHERE tenant_id = $1 AND (visited_at AT TIME ZONE $2)::date BETWEEN $3 AND $5
	), customers AS (
		SELECT bool_or(day < $4) AS before, bool_or(day >= $4) AS now FROM v GROUP BY customer_id
	)
	SELECT to_char($4::date + n, 'YYYY-MM-DD'),
		(SELECT count(*) FROM v WHERE day = $4::date + n),
		coalesce(orders, 0), coalesce(revenue, 0)::bigint, coalesce(paid, 0)::bigint,
		(SELECT count(*) FROM customers WHERE now),
		(SELECT count(*) FROM customers WHERE before),
		(SELECT count(*) FROM customers WHERE before AND now)
	FROM generate_series(0, $5::date - $4::date) AS n LEFT JOIN sales ON sales.day = $4::date + n
	ORDER BY n`

func getDashboard(c *call) (answer, error) {
	query := c.r.URL.Query()
	from, err := time.Parse(time.DateOnly, query.Get("from"))
	if err != nil {
		return answer{}, invalid("from is no day such as 2026-03-29")
	}
	to, err := time.Parse(time.DateOnly, query.Get("to"))
	if err != nil {
		return answer{}, invalid("to is no day such as 2026-03-29")
	}
	n := int(to.Sub(from)/(24*time.Hour)) + 1 // both are days in UTC, which all have 24 hours
	if n < 1 || n > maxDays {
		return answer{}, invalid("a dashboard has from 1 to 400 days")
	}
	d := Dashboard{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly)}
	if err := c.tx.QueryRow(c.ctx, `SELECT zone FROM tenants WHERE id = $1`, c.who.Tenant).Scan(&d.Zone); err != nil {
		return answer{}, err
	}
	rows, _ := c.tx.Query(c.ctx, numbers, c.who.Tenant, d.Zone, from.AddDate(0, 0, -n), from, to)
	d.Days, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (day Day, err error) {
		err = row.Scan(&day.Date, &day.Actives, &day.Orders, &day.Revenue, &day.Paid, &d.Total.Actives, &d.Retention.Before, &d.Retention.Returned)
		d.Total.Orders += day.Orders
		d.Total.Revenue += day.Revenue
		d.Total.Paid += day.Paid
		return day, err
	})
	return answer{status: http.StatusOK, body: d}, err
}
