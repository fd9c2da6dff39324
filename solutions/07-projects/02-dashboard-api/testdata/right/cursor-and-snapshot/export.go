package dashboard

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// The columns of an export, and where they come from.
var orderColumns = []struct{ name, from string }{
	{"id", "o.id::text"},
	{"placed_at", "o.placed_at"},
	{"customer", "o.customer_id::text"},
	{"note", "o.note"},
	{"revenue", "i.revenue::text"},
	{"paid", "p.paid::text"},
}

const (
	batchBytes = 256 << 10 // about so much is fetched at once
	batchRows  = 2000
)

// harmless keeps a text from being a formula in a spreadsheet.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// export sends the orders by a cursor of the database: no more is fetched than
// the client takes, and all lines are of one moment.
func (a *App) export(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	sink := &download{w: w}
	err := a.read(ctx, func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		if !p.can(Read, "order", "") {
			return forbidden()
		}
		var names, from []string
		for _, c := range orderColumns {
			if p.can(Read, "order", c.name) {
				names, from = append(names, c.name), append(from, c.from)
			}
		}
		if _, err := tx.Exec(ctx, fmt.Sprintf(`DECLARE export NO SCROLL CURSOR FOR SELECT %s FROM orders o%s WHERE o.tenant_id = %d ORDER BY o.id`,
			strings.Join(from, ", "), sums, p.Tenant)); err != nil {
			return err
		}
		if r.Method == http.MethodHead {
			_, err := sink.Write(nil)
			return err
		}
		out := csv.NewWriter(sink)
		if err := out.Write(names); err != nil {
			return err
		}
		n := 4 // the first orders may have long notes
		for {
			rows, err := tx.Query(ctx, fmt.Sprintf(`FETCH %d FROM export`, n), pgx.QueryExecModeDescribeExec)
			if err != nil {
				return err
			}
			got, size := 0, 0
			line := make([]string, len(names))
			for rows.Next() {
				var placed time.Time
				into := make([]any, len(names))
				for i, name := range names {
					if into[i] = &line[i]; name == "placed_at" {
						into[i] = &placed
					}
				}
				for _, v := range rows.RawValues() {
					size += len(v)
				}
				if err := rows.Scan(into...); err != nil {
					rows.Close()
					return err
				}
				for i, name := range names {
					switch name {
					case "placed_at":
						line[i] = placed.UTC().Format(time.RFC3339Nano)
					case "note":
						line[i] = harmless(line[i])
					}
				}
				if err := out.Write(line); err != nil {
					rows.Close()
					return err
				}
				got++
			}
			if err := rows.Err(); err != nil {
				return err
			}
			if got < n {
				break
			}
			if out.Flush(); out.Error() != nil {
				return out.Error()
			}
			n = max(1, min(4*n, batchRows, batchBytes*got/max(size, 1)))
		}
		out.Flush()
		return out.Error()
	})
	if err != nil && sink.begun {
		panic(http.ErrAbortHandler) // the body is cut off: nobody takes it for whole
	}
	return err
}

// A download is a body that has begun when something of it was written.
type download struct {
	w     http.ResponseWriter
	begun bool
}

func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		d.w.Header().Set("Content-Disposition", `attachment; filename="export.csv"`)
	}
	return d.w.Write(b)
}
