package dashboard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones, on any machine

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
)

type numbers struct {
	Actives int64 `json:"actives"`
	Orders  int64 `json:"orders"`
	Revenue int64 `json:"revenue"`
	Paid    int64 `json:"paid"`
}

type day struct {
	Date    string `json:"date"`
	Actives int64  `json:"actives"`
	Orders  int64  `json:"orders"`
	Revenue int64  `json:"revenue"`
	Paid    int64  `json:"paid"`
}

type board struct {
	From      string    `json:"from"`
	To        string    `json:"to"`
	Zone      string    `json:"zone"`
	Days      []day     `json:"days"`
	Total     numbers   `json:"total"`
	Retention retention `json:"retention"`
}

type retention struct {
	Before   int64 `json:"before"`
	Returned int64 `json:"returned"`
}

// business is what happened in the shops of a tenant, and what the program should make of it.
type business struct {
	*site
	tenant
	loc    *time.Location
	orders []order
	visits []visit
}

type order struct {
	id, customer    int64
	at              time.Time
	items, payments []int64 // cents; an item has a quantity of 1, 2 or 3
}

type visit struct {
	customer int64
	at       time.Time
}

var ids int64 = 5000 // of orders, payments and visits, in the whole database

func (s *site) business(u user, zone string) *business {
	s.t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(s.t, err)
	return &business{site: s, tenant: s.tenantIn(u, zone), loc: loc}
}

func (b *business) visit(customer int64, at time.Time) {
	ids++
	b.visits = append(b.visits, visit{customer, at})
	b.Exec(`INSERT INTO visits VALUES ($1, $2, $3, $4)`, ids, b.ID, customer, at)
}

// order stores an order. The item at i is sold i%3+1 times.
func (b *business) order(at time.Time, items, payments []int64) {
	ids++
	o := order{id: ids, customer: b.rand.Between(1, 9), at: at, payments: payments}
	b.Exec(`INSERT INTO orders VALUES ($1, $2, $3, $4)`, o.id, b.ID, o.customer, at)
	for i, price := range items {
		b.Exec(`INSERT INTO order_items VALUES ($1, $2, $3, $4)`, o.id, i+1, i%3+1, price)
		o.items = append(o.items, price*int64(i%3+1))
	}
	for _, amount := range payments {
		ids++
		b.Exec(`INSERT INTO payments VALUES ($1, $2, $3)`, ids, o.id, amount)
	}
	b.orders = append(b.orders, o)
}

// want works out the dashboard from one day to another.
func (b *business) want(from, to string) board {
	first, _ := time.Parse(time.DateOnly, from)
	last, _ := time.Parse(time.DateOnly, to)
	n := int(last.Sub(first)/(24*time.Hour)) + 1
	w := board{From: from, To: to, Zone: b.Zone}
	now, before := map[int64]bool{}, map[int64]bool{}
	date := func(at time.Time) string { return at.In(b.loc).Format(time.DateOnly) }
	for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
		f := day{Date: d.Format(time.DateOnly)}
		customers := map[int64]bool{}
		for _, v := range b.visits {
			if date(v.at) == f.Date {
				customers[v.customer], now[v.customer] = true, true
			}
			if date(v.at) == d.AddDate(0, 0, -n).Format(time.DateOnly) {
				before[v.customer] = true
			}
		}
		f.Actives = int64(len(customers))
		for _, o := range b.orders {
			if date(o.at) != f.Date {
				continue
			}
			f.Orders++
			for _, cents := range o.items {
				f.Revenue += cents
			}
			for _, cents := range o.payments {
				f.Paid += cents
			}
		}
		w.Days = append(w.Days, f)
		w.Total.Orders += f.Orders
		w.Total.Revenue += f.Revenue
		w.Total.Paid += f.Paid
	}
	w.Total.Actives, w.Retention.Before = int64(len(now)), int64(len(before))
	for customer := range before {
		if now[customer] {
			w.Retention.Returned++
		}
	}
	return w
}

func (b *business) url(from, to string) string {
	return b.path("/dashboard?from=" + from + "&to=" + to)
}

// shows requires that a member sees what happened.
func (b *business) shows(why string, u user, from, to string) {
	b.t.Helper()
	got, want := get[board](b.site, why, u, b.url(from, to)), b.want(from, to)
	require.Lenf(b.t, got.Days, len(want.Days), "%s. GET %s has each day from %s to %s", why, b.url(from, to), from, to)
	for i, d := range want.Days {
		require.Equalf(b.t, d, got.Days[i], "%s. GET %s: one of the days, in %s.", why, b.url(from, to), b.Zone)
	}
	require.Equalf(b.t, want.Total, got.Total, "%s. GET %s: the total.", why, b.url(from, to))
	require.Equalf(b.t, want.Retention, got.Retention, "%s. GET %s: of the customers of the %d days before, who returned.", why, b.url(from, to), len(want.Days))
	require.Equal(b.t, want, got, why)
}

func TestDays(t *testing.T) {
	for name, c := range map[string]struct{ zone, from, change, to string }{
		"a_day_of_23_hours":    {"Europe/Madrid", "2026-03-27", "2026-03-29", "2026-03-30"},
		"a_day_of_25_hours":    {"Europe/Madrid", "2026-10-23", "2026-10-25", "2026-10-26"},
		"half_an_hour_to_utc":  {"Asia/Kolkata", "2026-02-27", "2026-03-01", "2026-03-02"},
		"a_day_far_behind_utc": {"America/Los_Angeles", "2025-12-30", "2026-01-01", "2026-01-03"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			b := s.business(ann, c.zone)
			d, err := time.ParseInLocation(time.DateOnly, c.change, b.loc)
			require.NoError(t, err)
			for n := -6; n <= 2; n++ { // both sides of each midnight, and an instant of each day
				midnight := d.AddDate(0, 0, n)
				for i, at := range []time.Time{midnight.Add(-time.Microsecond), midnight, midnight.Add(23*time.Hour - time.Second), s.rand.Time(midnight, midnight.Add(22*time.Hour))} {
					b.visit(int64(i+1)*100+int64(n), at)
					b.order(at, []int64{s.rand.Between(1, 9e4)}, []int64{s.rand.Between(1, 9e4)})
				}
			}
			b.shows("A day begins at midnight where the tenant is, whatever its length is", ann, c.from, c.to)
			b.shows("A day begins at midnight where the tenant is, whatever its length is", ann, c.change, c.change)
		})
	}
	t.Run("without_sales", func(t *testing.T) {
		s := open(t)
		b := s.business(ann, "Europe/Madrid")
		b.shows("Nothing has ever happened", ann, "2026-03-01", "2026-03-30")
		for _, d := range []int{2, 3, 17} {
			at := time.Date(2026, 3, d, 12, 0, 0, 0, b.loc)
			b.order(at, []int64{100}, []int64{100})
			b.visit(int64(d), at)
		}
		b.shows("There were sales on three days of thirty", ann, "2026-03-01", "2026-03-30")
		b.shows("There were no sales on these days", ann, "2026-02-27", "2026-03-01")
	})
	t.Run("that_are_none", func(t *testing.T) {
		s := open(t)
		x := s.tenant(ann)
		for _, q := range []string{"", "?from=2026-03-01", "?to=2026-03-01", "?from=2026-03-02&to=2026-03-01", "?from=2026-02-29&to=2026-03-01", "?from=today&to=tomorrow", "?from=-infinity&to=infinity", "?from=2026-3-1&to=2026-03-02", "?from=2026-03-01T00:00:00Z&to=2026-03-02", "?from=2020-01-01&to=2026-01-01", "?from=2025-01-01&to=2026-02-05"} {
			s.ask(s.Server, "A day is missing, is none, or there are none or more than 400 of them", ann, "GET", x.path("/dashboard"+q), "", 400, 422)
		}
		require.Len(t, get[board](s, "400 days", ann, x.path("/dashboard?from=2025-01-01&to=2026-02-04")).Days, 400, "A dashboard can have 400 days.")
	})
}

func TestSums(t *testing.T) {
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	t.Run("two_payments_and_three_items", func(t *testing.T) {
		s := open(t)
		b := s.business(ann, "Europe/Madrid")
		b.order(at, []int64{100, 20, 3}, []int64{70, 79})
		b.shows("One order has three items and two payments", ann, "2026-03-10", "2026-03-10")
	})
	t.Run("orders_of_all_kinds", func(t *testing.T) {
		s := open(t)
		b := s.business(ann, "Europe/Madrid")
		for items := range 4 {
			for payments := range 3 {
				draw := func(n int, low int64) (list []int64) {
					for range n {
						list = append(list, s.rand.Between(low, 9e9))
					}
					return list
				}
				b.order(at.AddDate(0, 0, int(s.rand.Between(0, 3))), draw(items, 1), draw(payments, -5e9))
			}
		}
		b.order(at, []int64{50, 50}, []int64{75, 75})
		b.shows("Orders have from no to three items, and from no to two payments, some of them refunds", ann, "2026-03-09", "2026-03-14")
	})
	t.Run("customers_who_come_again", func(t *testing.T) {
		s := open(t)
		b := s.business(ann, "Europe/Madrid")
		for customer := range int64(12) {
			for range s.rand.Between(1, 6) {
				b.visit(customer, at.AddDate(0, 0, int(s.rand.Between(-9, 9))).Add(time.Duration(s.rand.Between(0, 600))*time.Minute))
			}
		}
		b.visit(77, at.AddDate(0, 0, -1))
		b.visit(77, at)
		b.visit(77, at.Add(time.Hour))
		b.visit(77, at.AddDate(0, 0, 1))
		b.shows("A customer visits on several days, or several times a day", ann, "2026-03-10", "2026-03-13")
		b.shows("A customer visits on several days, or several times a day", ann, "2026-03-05", "2026-03-25")
	})
	t.Run("of_two_tenants", func(t *testing.T) {
		s := open(t)
		a, b := s.business(ann, "Europe/Madrid"), s.business(bob, "Asia/Kolkata")
		for _, x := range []*business{a, b} {
			for range 3 {
				x.order(at, []int64{s.rand.Between(1, 9e4)}, []int64{s.rand.Between(1, 9e4)})
				x.visit(s.rand.Between(1, 5), at)
			}
		}
		for range 2 {
			a.shows("Two tenants look at the same days, one after the other", ann, "2026-03-10", "2026-03-11")
			b.shows("Two tenants look at the same days, one after the other", bob, "2026-03-10", "2026-03-11")
		}
		s.join(a.tenant, ann, zoe, "viewer")
		a.shows("A viewer looks at the days", zoe, "2026-03-10", "2026-03-11")
		s.ask(s.Server, "The user is no member", ann, "GET", b.url("2026-03-10", "2026-03-11"), "", 404)
	})
	t.Run("after_a_sale", func(t *testing.T) {
		s := open(t)
		b := s.business(ann, "Europe/Madrid")
		for range 3 {
			b.shows("The numbers are those of the moment when they are asked for", ann, "2026-03-10", "2026-03-11")
			b.order(at, []int64{10}, []int64{10})
			b.visit(s.rand.Between(1, 1e9), at)
		}
		b.Exec(`UPDATE order_items SET price_cents = 11`)
		for i := range b.orders {
			b.orders[i].items[0] = 11
		}
		b.shows("The price of an item was corrected", ann, "2026-03-10", "2026-03-11")
	})
}

func TestOneMoment(t *testing.T) {
	t.Run("a_sale_between_two_statements", func(t *testing.T) {
		s, steps := open(t), fault.NewSteps(t)
		b, server := s.business(ann, "Europe/Madrid"), s.start("second copy", dbtest.With(steps))
		at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
		// sell stores, in one transaction, a visit in the days before, a visit and an order with one item and one payment of the same amount.
		sell := func() error {
			return pgx.BeginFunc(context.Background(), s.Owner(), func(tx pgx.Tx) error {
				ids += 10
				for _, sql := range []string{
					fmt.Sprintf(`INSERT INTO visits VALUES (%d, %d, %[1]d, '%[3]s')`, ids, b.ID, at.AddDate(0, 0, -4).Format(time.RFC3339)),
					fmt.Sprintf(`INSERT INTO visits VALUES (%d, %d, %d, '%s')`, ids+1, b.ID, ids, at.Format(time.RFC3339)),
					fmt.Sprintf(`INSERT INTO orders VALUES (%d, %d, %[1]d, '%[3]s')`, ids, b.ID, at.Format(time.RFC3339)),
					fmt.Sprintf(`INSERT INTO order_items VALUES (%d, 1, 1, 100)`, ids),
					fmt.Sprintf(`INSERT INTO payments VALUES (%d, %[1]d, 100)`, ids),
				} {
					if _, err := tx.Exec(context.Background(), sql); err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, sell())
		ask := func() board {
			return get[board](&site{DB: s.DB, Server: server, t: t}, "A member looks at four days", ann, b.url("2026-03-09", "2026-03-12"))
		}
		steps.Count()
		ask()
		for n := range steps.Seen() {
			steps.After(n+1, func() { require.NoError(t, sell()) })
			got := ask()
			require.Len(t, got.Days, 4, "From 9 to 12 March there are four days.")
			d := got.Days[1]
			all := []int64{d.Actives, d.Orders, d.Revenue / 100, d.Paid / 100, got.Total.Actives, got.Total.Orders, got.Total.Revenue / 100, got.Total.Paid / 100, got.Retention.Before, got.Retention.Returned}
			for _, x := range all {
				require.Equalf(t, all[0], x, "Each sale has a new customer, who has visited before and on the day, and has one item and one payment of 100. One more sale was committed after\n\n\t%s\n\nAll numbers of an answer are of one moment: it has the sale in all of them, or in none.\nThe day: %+v\nThe total: %+v\nThe retention: %+v", pgtrace.Short(steps.Text(), 200), d, got.Total, got.Retention)
			}
		}
	})
}

func TestRowsRead(t *testing.T) {
	t.Run("thirty_days_of_nine_hundred", func(t *testing.T) {
		s, spy := open(t), &pgtrace.Spy{}
		b, other := s.business(ann, "Europe/Madrid"), s.tenant(bob)
		for n, x := range []int64{b.ID, other.ID} {
			s.Exec(strings.NewReplacer("$1", fmt.Sprint(x), "$2", fmt.Sprint([]int{2700, 27000}[n]), "$3", []string{"8 hours", "48 min"}[n]).Replace(`
				INSERT INTO visits SELECT $1 * 1000000 + n, $1, n % 500, timestamptz '2026-06-30 12:00+00' - n * interval '$3' FROM generate_series(1, $2) AS n;
				INSERT INTO orders SELECT $1 * 1000000 + n, $1, n % 500, timestamptz '2026-06-30 12:00+00' - n * interval '$3' FROM generate_series(1, $2) AS n;
				INSERT INTO order_items SELECT id, 1, 1, 10 FROM orders WHERE tenant_id = $1;
				INSERT INTO payments SELECT id, id, 10 FROM orders WHERE tenant_id = $1`))
		}
		plan.Settle(t, s.DB)
		server := s.start("second copy", dbtest.With(spy))
		for range 6 { // a plan may change after some uses of a statement
			spy.Reset()
			s.ask(server, "A member looks at 30 days", ann, "GET", b.url("2026-06-01", "2026-06-30"), "", 200)
		}
		plan.Examined(t, s.DB, spy.Calls()...).Within(t, "thirty days, with three visits and three orders each, take no more than 2000 rows, although two tenants have a history of 900 days", plan.Budget{Rows: 2000})
	})
}
