package whennottooptimise_test

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/plan"
)

//go:embed schema.sql
var schema string

//go:embed drop.sql
var drops string

// rows fills the tables. Seller 1 has 2,000 of the 20,000 listings, those from 201 on have none, nor have the imports from 101 on.
const rows = `
	INSERT INTO sellers SELECT n, 'seller ' || n FROM generate_series(1, 220) AS n;
	INSERT INTO categories SELECT n, 'category ' || n FROM generate_series(1, 50) AS n;
	INSERT INTO imports SELECT n, 'import' || n || '.csv' FROM generate_series(1, 120) AS n;
	INSERT INTO listings
	SELECT n, CASE WHEN n % 10 = 0 THEN 1 ELSE 2 + n % 199 END, 1 + n / 7 % 50, CASE WHEN n % 3 = 0 THEN 1 + n % 100 END,
	       'sku-' || n, 'thing-' || n, 'Thing no. ' || n, 'One careful owner. ' || repeat(md5(n::text), 4), n * 7919 % 100000,
	       CASE WHEN n % 1000 = 0 THEN 'blocked' ELSE 'live' END, timestamptz '2026-01-01 00:00+00' + n * interval '7 minutes',
	       CASE WHEN n % 20 = 3 THEN timestamptz '2026-06-01 00:00+00' END, n * 31 % 5000, timestamptz '2026-06-01 00:00+00' + n % 999 * interval '1 minute'
	FROM generate_series(1, 20000) AS n;`

// statement is one of a script, without its semicolon; those in comments, strings, names and bodies end nothing.
var statement = regexp.MustCompile(`(?s)(?:--[^\n]*|/\*.*?\*/|'[^']*'|"[^"]*"|\$\w*\$.*?\$\w*\$|[^;])+`)

// given is a market place as it was: its tables, its indexes, its rows.
func given(t *testing.T) *dbtest.DB {
	t.Helper()
	tables, indexes, _ := strings.Cut(schema, "-- Thirteen")
	return dbtest.New(t, tables, rows, "-- Thirteen"+indexes)
}

// dropped is a market place after drop.sql.
func dropped(t *testing.T) *dbtest.DB {
	t.Helper()
	db := given(t)
	err := db.Owner().AcquireFunc(t.Context(), func(conn *pgxpool.Conn) error {
		for _, sql := range statement.FindAllString(drops, -1) {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				return fmt.Errorf("%s\n\n%w", strings.TrimSpace(sql), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("drop.sql does not run to its end, so nothing can be said of what it leaves. The server refuses one of its statements:\n\n%v\n", err)
	}
	plan.Settle(t, db)
	return db
}
