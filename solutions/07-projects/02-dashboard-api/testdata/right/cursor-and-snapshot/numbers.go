package dashboard

import (
	"encoding/json"
	"net/http"
	"sort"
	"time"

	"github.com/jackc/pgx/v5"
)

type day struct {
	Date string `json:"date"`
	numbers
}

type numbers struct {
	Actives int64       `json:"actives"`
	Orders  int64       `json:"orders"`
	Revenue json.Number `json:"revenue"`
	Paid    json.Number `json:"paid"`
}

const dateLayout = "2006-01-02"

// beginning is the first moment in a place whose date is d or later. Midnight
// may not exist there, or come twice.
func beginning(d time.Time, loc *time.Location) time.Time {
	from := d.Unix() - 48*3600
	n := sort.Search(96*3600, func(i int) bool {
		y, m, dd := time.Unix(from+int64(i), 0).In(loc).Date()
		return !time.Date(y, m, dd, 0, 0, 0, 0, time.UTC).Before(d)
	})
	return time.Unix(from+int64(n), 0)
}

// span reads the days from q.
func span(q map[string]string) (from time.Time, days int, err error) {
	from, err1 := time.Parse(dateLayout, q["from"])
	to, err2 := time.Parse(dateLayout, q["to"])
	if err1 != nil || err2 != nil || from.Year() < 1 || to.Year() < 1 {
		return from, 0, senseless("from and to are dates such as 2026-03-01")
	}
	days = int(to.Sub(from)/(24*time.Hour)) + 1
	if to.Before(from) || days > 400 {
		return from, 0, senseless("a dashboard has 1 to 400 days")
	}
	return from, days, nil
}

// sums tells the revenue and the payments of the order o, one row for each order.
const sums = `
	CROSS JOIN LATERAL (SELECT coalesce(sum(quantity::numeric * price_cents), 0) AS revenue FROM order_items WHERE order_id = o.id) i
	CROSS JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0) AS paid FROM payments WHERE order_id = o.id) p`

func (a *App) dashboard(w http.ResponseWriter, r *http.Request) error {
	var out struct {
		From      string  `json:"from"`
		To        string  `json:"to"`
		Zone      string  `json:"zone"`
		Days      []day   `json:"days"`
		Total     numbers `json:"total"`
		Retention struct {
			Before   int64 `json:"before"`
			Returned int64 `json:"returned"`
		} `json:"retention"`
	}
	ctx := r.Context()
	if err := a.read(ctx, func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		q, err := query(r)
		if err != nil {
			return err
		}
		first, days, err := span(q)
		if err != nil {
			return err
		}
		out.From, out.To = q["from"], q["to"]
		if err := tx.QueryRow(ctx, `SELECT zone FROM tenants WHERE id = $1`, p.Tenant).Scan(&out.Zone); err != nil {
			return err
		}
		loc, err := zone(out.Zone)
		if err != nil {
			return err
		}
		var begins []time.Time
		for i := range days + 1 {
			d := first.AddDate(0, 0, i)
			begins = append(begins, beginning(d, loc))
			if i < days {
				out.Days = append(out.Days, day{d.Format(dateLayout), numbers{Revenue: "0", Paid: "0"}})
			}
		}
		start, end := begins[0], begins[days]
		earlier := beginning(first.AddDate(0, 0, -days), loc)

		// A row for each day that has any, and one without a day for all of them.
		rows, err := tx.Query(ctx, `SELECT d, count(DISTINCT customer_id) FROM (
				SELECT width_bucket(visited_at, $2::timestamptz[]) AS d, customer_id
				FROM visits WHERE tenant_id = $1 AND visited_at >= $3 AND visited_at < $4) v
			GROUP BY GROUPING SETS ((d), ())`, p.Tenant, begins, start, end)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d *int
			var n int64
			if err := rows.Scan(&d, &n); err != nil {
				return err
			}
			if d == nil {
				out.Total.Actives = n
			} else {
				out.Days[*d-1].Actives = n
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}

		rows, err = tx.Query(ctx, `SELECT d, count(*), coalesce(sum(revenue), 0)::text, coalesce(sum(paid), 0)::text FROM (
				SELECT width_bucket(o.placed_at, $2::timestamptz[]) AS d, i.revenue, p.paid
				FROM orders o`+sums+`
				WHERE o.tenant_id = $1 AND o.placed_at >= $3 AND o.placed_at < $4) x
			GROUP BY GROUPING SETS ((d), ())`, p.Tenant, begins, start, end)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d *int
			var n numbers
			if err := rows.Scan(&d, &n.Orders, (*string)(&n.Revenue), (*string)(&n.Paid)); err != nil {
				return err
			}
			at := &out.Total
			if d != nil {
				at = &out.Days[*d-1].numbers
			}
			at.Orders, at.Revenue, at.Paid = n.Orders, n.Revenue, n.Paid
		}
		if err := rows.Err(); err != nil {
			return err
		}

		return tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE old), count(*) FILTER (WHERE old AND new) FROM (
				SELECT bool_or(visited_at < $3) AS old, bool_or(visited_at >= $3) AS new
				FROM visits WHERE tenant_id = $1 AND visited_at >= $2 AND visited_at < $4
				GROUP BY customer_id) c`, p.Tenant, earlier, start, end).Scan(&out.Retention.Before, &out.Retention.Returned)
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}
