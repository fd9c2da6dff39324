package dbtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
)

// BenchmarkNew measures a private database with a first query of the
// application, and its end. BenchmarkCreateDatabase is the floor.
func BenchmarkNew(b *testing.B) {
	dbtest.New(b, schema) // the template
	for b.Loop() {
		b.StopTimer()
		kittest.Play(b, b.Name(), func(t testing.TB) {
			b.StartTimer()
			_, err := dbtest.New(t, schema).Pool().Exec(b.Context(), `SELECT 1`)
			b.StopTimer()
			require.NoError(t, err)
		})
		b.StartTimer()
	}
}

func BenchmarkCreateDatabase(b *testing.B) {
	db := dbtest.New(b, schema)
	template, _ := db.Template(schema)
	for _, strategy := range []string{"file_copy", "wal_log"} {
		b.Run(strategy, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n++
				_, err := db.Super().Exec(b.Context(), fmt.Sprintf(`CREATE DATABASE %s_%d TEMPLATE %s STRATEGY %s`, db.Name(), n, template, strategy))
				require.NoError(b, err)
				b.StopTimer()
				_, err = db.Super().Exec(b.Context(), fmt.Sprintf(`DROP DATABASE %s_%d`, db.Name(), n))
				require.NoError(b, err)
				b.StartTimer()
			}
		})
	}
}
