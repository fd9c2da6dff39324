package store

import (
	"time"

	"workbook/exercises/07-projects/02-dashboard-api/policy"
)

type Numbers struct {
	Actives int64 `json:"actives"`
	Orders  int64 `json:"orders"`
	Revenue int64 `json:"revenue"`
	Paid    int64 `json:"paid"`
}

type Day struct {
	Date string `json:"date"`
	Numbers
}

type Dashboard struct {
	From      string  `json:"from"`
	To        string  `json:"to"`
	Zone      string  `json:"zone"`
	Days      []Day   `json:"days"`
	Total     Numbers `json:"total"`
	Retention struct {
		Before   int64 `json:"before"`
		Returned int64 `json:"returned"`
	} `json:"retention"`
}

// Dashboard reads orders, items, payments and visits one after the other: the
// transaction has one snapshot. Go knows the zones.
func (s *Session) Dashboard(tenant int64, from, to string) (d Dashboard, err error) {
	if _, err := s.may(tenant, policy.Read, "dashboard"); err != nil {
		return d, err
	}
	t, err := s.Tenant(tenant)
	if err != nil {
		return d, err
	}
	d.From, d.To, d.Zone = from, to, t.Zone
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		return d, err
	}
	first, err := time.ParseInLocation(time.DateOnly, from, zone)
	if err != nil {
		return d, ErrInvalid
	}
	last, err := time.ParseInLocation(time.DateOnly, to, zone)
	if err != nil {
		return d, ErrInvalid
	}
	index := map[string]int{}
	for n := 0; ; n++ {
		date := first.AddDate(0, 0, n)
		if date.After(last) {
			break
		}
		if n == 400 {
			return d, ErrInvalid
		}
		index[date.Format(time.DateOnly)] = n
		d.Days = append(d.Days, Day{Date: date.Format(time.DateOnly)})
	}
	if len(d.Days) == 0 {
		return d, ErrInvalid
	}
	end, start := last.AddDate(0, 0, 1), first.AddDate(0, 0, -len(d.Days))
	each := func(sql string, begin time.Time, f func(n int64, at time.Time, sum int64)) {
		if err != nil {
			return
		}
		rows, _ := s.tx.Query(s.ctx, sql, tenant, begin, end)
		defer rows.Close()
		for rows.Next() {
			var n, sum int64
			var at time.Time
			if err = rows.Scan(&n, &at, &sum); err != nil {
				return
			}
			f(n, at.In(zone), sum)
		}
		err = rows.Err()
	}
	of := func(at time.Time) *Day { return &d.Days[index[at.Format(time.DateOnly)]] }
	each(`SELECT id, placed_at, 0::bigint FROM orders WHERE tenant_id = $1 AND placed_at >= $2 AND placed_at < $3`, first, func(_ int64, at time.Time, _ int64) {
		of(at).Orders++
		d.Total.Orders++
	})
	each(`SELECT o.id, placed_at, quantity * price_cents FROM orders o JOIN order_items ON order_id = o.id WHERE tenant_id = $1 AND placed_at >= $2 AND placed_at < $3`, first, func(_ int64, at time.Time, cents int64) {
		of(at).Revenue += cents
		d.Total.Revenue += cents
	})
	each(`SELECT o.id, placed_at, amount_cents FROM orders o JOIN payments p ON order_id = o.id WHERE tenant_id = $1 AND placed_at >= $2 AND placed_at < $3`, first, func(_ int64, at time.Time, cents int64) {
		of(at).Paid += cents
		d.Total.Paid += cents
	})
	before, now, days := map[int64]bool{}, map[int64]bool{}, map[int64]map[*Day]bool{}
	each(`SELECT customer_id, visited_at, 0::bigint FROM visits WHERE tenant_id = $1 AND visited_at >= $2 AND visited_at < $3`, start, func(customer int64, at time.Time, _ int64) {
		if at.Before(first) {
			before[customer] = true
			return
		}
		now[customer] = true
		if days[customer] == nil {
			days[customer] = map[*Day]bool{}
		}
		days[customer][of(at)] = true
	})
	for _, seen := range days {
		for day := range seen {
			day.Actives++
		}
	}
	d.Total.Actives, d.Retention.Before = int64(len(now)), int64(len(before))
	for customer := range before {
		if now[customer] {
			d.Retention.Returned++
		}
	}
	return d, err
}
