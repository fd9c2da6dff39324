package databases_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

// table is the result of a query as text.
func table(t *testing.T, db *exercises.DB, sql string) string {
	t.Helper()
	rows, err := db.Owner().Query(t.Context(), sql)
	require.NoError(t, err)
	var head []string
	for _, f := range rows.FieldDescriptions() {
		head = append(head, f.Name)
	}
	body, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]string, error) {
		values, err := row.Values()
		cells := make([]string, len(values))
		for i, v := range values {
			if cells[i] = fmt.Sprint(v); v == nil {
				cells[i] = "NULL"
			}
		}
		return cells, err
	})
	require.NoError(t, err)
	return columns(append([][]string{head}, body...))
}

// columns lines the cells up, the first column on the left and the others on the right.
func columns(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("   " + pad + cell)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// about is a number of pages with one digit that counts: the others differ between versions of PostgreSQL.
func about(pages int64) string {
	unit := int64(1)
	for pages >= 10*unit {
		unit *= 10
	}
	return fmt.Sprint((pages + unit/2) / unit * unit)
}
