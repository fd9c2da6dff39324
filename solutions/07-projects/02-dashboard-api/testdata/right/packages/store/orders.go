package store

import (
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/07-projects/02-dashboard-api/policy"
)

// An Order is a line of the export.
type Order struct {
	ID       int64
	Placed   time.Time
	Customer int64
	Note     string
	Revenue  int64
	Paid     int64
}

// Orders gives f the columns that the user may read, and some orders at a time,
// until there are no more.
func (s *Session) Orders(tenant int64, f func(columns []string, orders []Order) error) error {
	who, err := s.may(tenant, policy.Read, "order")
	if err != nil {
		return err
	}
	columns := slices.DeleteFunc([]string{"id", "placed_at", "customer", "note", "revenue", "paid"}, func(field string) bool {
		return !policy.Can(who, policy.Read, policy.Object{Tenant: tenant, Kind: "order", Field: field}).Allowed
	})
	last := int64(math.MinInt64)
	for {
		rows, _ := s.tx.Query(s.ctx, `
			SELECT o.id, placed_at, customer_id, note, revenue, paid
			FROM (SELECT * FROM orders WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT 500) o
				CROSS JOIN LATERAL (SELECT coalesce(sum(quantity * price_cents), 0)::bigint AS revenue FROM order_items WHERE order_id = o.id) i
				CROSS JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0)::bigint AS paid FROM payments WHERE order_id = o.id) p
			ORDER BY o.id`, tenant, last)
		orders, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Order])
		if err != nil {
			return err
		}
		if err := f(columns, orders); err != nil || len(orders) == 0 {
			return err
		}
		last = orders[len(orders)-1].ID
	}
}
