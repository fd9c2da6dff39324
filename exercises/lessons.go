// Package exercises lends the examples of the lessons what the tests of the exercises use: a private database, a count of
// what a query reads, the statements that were sent, what a page would run, a comparison with a file. (The packages below internal are out of their reach.)
package exercises

import (
	"testing"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
)

// DB is a database that one test has for itself.
type DB = dbtest.DB

// Database makes a database from the given SQL. It is dropped when the test has passed.
func Database(t testing.TB, schema ...string) *DB { return dbtest.New(t, schema...) }

// Settle makes plans depend on the data alone: call it when the tables are filled.
func Settle(t testing.TB, db *DB) { plan.Settle(t, db) }

// Examined runs a query as the application, and counts what was read for it.
func Examined(t testing.TB, db *DB, sql string, args ...any) plan.Reads {
	t.Helper()
	return plan.Examined(t, db, pgtrace.Statement{SQL: sql, Args: args})
}

// Golden compares text with testdata/<name>.golden, which `go test -update` writes.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	kittest.Golden(t, name, got)
}

// Runs lists what a browser would run on a page, a line each.
func Runs(page string) (runs []string) {
	for _, f := range htmlexec.Find(page) {
		runs = append(runs, f.String())
	}
	return runs
}
