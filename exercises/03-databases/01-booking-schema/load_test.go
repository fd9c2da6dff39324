package bookingschema_test

import (
	_ "embed"
	"strings"
	"sync"
	"testing"

	"workbook/exercises/internal/dbtest"
)

//go:embed booking.sql
var schema string

// columns are those that the contract names.
var columns = map[string][]string{
	"rooms":    {"id", "name", "deleted_at"},
	"bookings": {"id", "room_id", "starts_at", "ends_at", "status", "created_at"},
}

func load(t *testing.T) *dbtest.DB {
	t.Helper()
	return dbtest.Load(t, "booking.sql", schema)
}

// contract is whether the tables have the columns that the contract names, as the application sees them.
var contract struct {
	sync.Once
	price   string // the name of the column: price or price_cents
	missing []string
}

// requireColumns fails the test unless the columns are there. It returns the name of the one with the price.
func requireColumns(t *testing.T, db *dbtest.DB) (price string) {
	t.Helper()
	contract.Do(func() {
		has := func(table, column string) bool {
			return dbtest.Value[bool](db, `SELECT EXISTS (SELECT FROM pg_attribute
				WHERE attrelid = to_regclass($1) AND attname = $2 AND attnum > 0 AND attgenerated = '')`, table, column)
		}
		for _, table := range []string{"rooms", "bookings"} {
			if !has(table, "id") {
				contract.missing = append(contract.missing, "the table "+table+" with its id")
				continue
			}
			for _, column := range columns[table] {
				if !has(table, column) {
					contract.missing = append(contract.missing, table+"."+column)
				}
			}
		}
		contract.price = "price"
		if has("bookings", "price_cents") {
			contract.price = "price_cents"
		} else if has("bookings", "id") && !has("bookings", "price") {
			contract.missing = append(contract.missing, "bookings.price or bookings.price_cents")
		}
	})
	if len(contract.missing) > 0 {
		t.Fatalf("booking.sql loads, but it lacks what the contract names: %s.", strings.Join(contract.missing, ", "))
	}
	return contract.price
}
