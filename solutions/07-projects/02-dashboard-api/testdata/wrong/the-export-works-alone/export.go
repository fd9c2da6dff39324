// Wrong: what has been begun for a client is best brought to its end.
//checker:fails TestStream/a_client_that_goes_away
//checker:hint 1

package dashboard

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
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

// export sends what write writes.
func export(c *call) (answer, error) {
	conn, err := c.pool.Acquire(c.ctx)
	if err != nil {
		return answer{}, err
	}
	r, w := io.Pipe()
	out := bufio.NewReader(r)
	go func() {
		defer conn.Release()
		w.CloseWithError(write(context.WithoutCancel(c.ctx), conn, w, c))
	}()
	if _, err := out.Peek(1); err != nil {
		return answer{}, err
	}
	_, err = io.Copy(c.out.begin("text/csv; charset=utf-8"), out)
	return answer{}, err
}

func write(ctx context.Context, conn *pgxpool.Conn, w io.Writer, c *call) error {
	var names, columns []string
	for _, field := range orderFields {
		if c.can(Read, "order", field.name) == nil {
			names, columns = append(names, field.name), append(columns, field.sql)
		}
	}
	rows, err := conn.Query(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM orders o WHERE tenant_id = $1 ORDER BY id`, c.who.Tenant)
	if err != nil {
		return err
	}
	defer rows.Close()
	more := rows.Next() // what fails before the first row can still be answered
	if err := rows.Err(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(names); err != nil {
		return err
	}
	for ; more; more = rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		line := make([]string, len(values))
		for i, value := range values {
			line[i] = cell(value)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// cell is a value as a spreadsheet should take it: a number as a number, and a
// text as a text, even one that looks like a formula.
func cell(value any) string {
	switch v := value.(type) {
	case string:
		if v != "" && strings.ContainsRune("=+-@\t\r\n", rune(v[0])) {
			return "'" + v
		}
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}
