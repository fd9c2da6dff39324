package plan_test

import (
	"testing"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
)

// BenchmarkExamined measures one examination. The statement alone is the floor.
func BenchmarkExamined(b *testing.B) {
	db := dbtest.New(b, schema)
	plan.Settle(b, db)
	const sql = `SELECT note FROM events WHERE id = 7`
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			db.Exec(sql)
		}
	})
	b.Run("examined", func(b *testing.B) {
		for b.Loop() {
			plan.Examined(b, db, pgtrace.Statement{SQL: sql})
		}
	})
}
