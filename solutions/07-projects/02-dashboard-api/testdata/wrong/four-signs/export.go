// Wrong: a formula begins with one of four signs.
//checker:fails TestExport/formulas
//checker:sign actual  : "\t=1+1"
//checker:hint 3

package dashboard

import (
	"encoding/csv"
	"fmt"
	"strings"
	"time"
)

// orderFields are the columns of the export, and what each is in the database.
var orderFields = []struct{ name, sql string }{
	{"id", `id`},
	{"placed_at", `placed_at`},
	{"customer", `customer_id`},
	{"note", `note`},
	{"revenue", `coalesce((SELECT sum(quantity * price_cents) FROM order_items WHERE order_id = o.id), 0)::bigint`},
	{"paid", `coalesce((SELECT sum(amount_cents) FROM payments WHERE order_id = o.id), 0)::bigint`},
}

// export sends the orders of the tenant as they come from the database: while the
// client does not read, the database does not send.
func export(c *call) (answer, error) {
	var names, columns []string
	for _, field := range orderFields {
		if c.can(Read, "order", field.name) == nil {
			names, columns = append(names, field.name), append(columns, field.sql)
		}
	}
	rows, err := c.tx.Query(c.ctx, `SELECT `+strings.Join(columns, ", ")+` FROM orders o WHERE tenant_id = $1 ORDER BY id`, c.who.Tenant)
	if err != nil {
		return answer{}, err
	}
	defer rows.Close()
	more := rows.Next() // what fails before the first row can still be answered
	if err := rows.Err(); err != nil {
		return answer{}, err
	}
	out := csv.NewWriter(c.out.begin("text/csv; charset=utf-8"))
	if err := out.Write(names); err != nil {
		return answer{}, err
	}
	for ; more; more = rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return answer{}, err
		}
		line := make([]string, len(values))
		for i, value := range values {
			line[i] = cell(value)
		}
		if err := out.Write(line); err != nil {
			return answer{}, err
		}
	}
	if err := rows.Err(); err != nil {
		return answer{}, err
	}
	out.Flush()
	return answer{}, out.Error()
}

// cell is a value as a spreadsheet should take it: a number as a number, and a
// text as a text, even one that looks like a formula.
func cell(value any) string {
	switch v := value.(type) {
	case string:
		if v != "" && strings.ContainsRune("=+-@", rune(v[0])) {
			return "'" + v
		}
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}
