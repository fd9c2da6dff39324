package indexdesign_test

import (
	_ "embed"
	"testing"

	"workbook/exercises/internal/dbtest"
)

var (
	//go:embed 001_schema.sql
	schema string
	//go:embed 002_indexes.sql
	indexes string
)

// year fills the tables with 10,000 customers and 40,000 tickets of one year, in the order of time, ten at each instant. The large
// teams, 1 to 16, have about 2,000 tickets each; the small ones, 17 to 516, have 16. Of a hundred tickets 6 wait, most of them with
// priority 3, and 4 are answered. What looks random is the same in each database.
const year = `
	INSERT INTO customers
	SELECT n, 'customer ' || n, 'Customer' || n || '@Example.com' FROM generate_series(1, 10000) AS n;
	INSERT INTO tickets
	SELECT n, 1 + n % 10000, CASE WHEN n % 5 = 0 THEN 17 + n / 5 % 500 ELSE 1 + dice / 8192 % 16 END,
	       timestamptz '2026-01-01 00:00+00' + (n - 1) / 10 * interval '130 minutes',
	       CASE WHEN dice % 100 < 6 THEN 'waiting' WHEN dice % 100 < 10 THEN 'answered' ELSE 'closed' END,
	       CASE WHEN dice / 100 % 4 < 3 THEN 3 ELSE 1 + dice / 400 % 2 END,
	       n % 240, 'Ticket ' || n || ': ' || repeat(md5(n::text) || ' ', 4)
	FROM generate_series(1, 40000) AS n, LATERAL (SELECT ('x' || md5(n::text))::bit(24)::int AS dice) AS thrown;`

// vacuumed is done once for all tests, which leaves little to do in each of them.
const vacuumed = `VACUUM (FREEZE, ANALYZE) customers, tickets`

// desk makes a database with full tables, without the learner's indexes.
func desk(t *testing.T) *dbtest.DB {
	t.Helper()
	return dbtest.New(t, schema, year, vacuumed)
}
