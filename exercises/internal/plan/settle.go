package plan

import (
	"context"
	"fmt"
	"testing"

	"workbook/exercises/internal/dbtest"
)

// Settle makes plans depend on the data alone: it vacuums and analyses the
// whole database. Call it when the test has filled the tables. It fails the test
// when an open transaction keeps the server from cleaning up.
func Settle(t testing.TB, db *dbtest.DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_, err := db.Super().Exec(ctx, `VACUUM (ANALYZE)`)
	var table string
	if err == nil {
		err = db.Super().QueryRow(ctx, `
			SELECT coalesce(min(relname), '')::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
			WHERE relkind IN ('r', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
				AND relpersistence <> 't' AND relallvisible < relpages`).Scan(&table)
	}
	if err == nil && table != "" {
		err = fmt.Errorf("a transaction that is still open keeps old rows of %s alive", table)
	}
	if err != nil {
		t.Fatalf("the test is at fault: settle the database: %v", err)
	}
}
