package plan

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/internal/dbtest"
)

// Settle makes plans depend on the data alone: it vacuums and analyses the
// whole database. Call it when the test has filled the tables. It fails the test
// when an open transaction keeps the server from cleaning up.
func Settle(t testing.TB, db *dbtest.DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := settle(ctx, db.Super()); err != nil {
		t.Fatalf("the test is at fault: settle the database: %v", err)
	}
}

// maxVacuums is how often a table is vacuumed until all of it is clean. VACUUM passes over a page that somebody looks at
// in that moment, such as a checkpoint which writes it.
const maxVacuums = 200

func settle(ctx context.Context, super *pgxpool.Pool) error {
	if _, err := super.Exec(ctx, `VACUUM (ANALYZE)`); err != nil {
		return err
	}
	var table string
	for range maxVacuums {
		err := super.QueryRow(ctx, `
			SELECT coalesce(min(c.oid::regclass::text), '') FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
			WHERE relkind IN ('r', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
				AND relpersistence <> 't' AND relallvisible < relpages`).Scan(&table)
		if err != nil || table == "" {
			return err
		}
		if _, err := super.Exec(ctx, `VACUUM (ANALYZE) `+table); err != nil {
			return err
		}
	}
	return fmt.Errorf("a transaction that is still open keeps old rows of %s alive", table)
}
