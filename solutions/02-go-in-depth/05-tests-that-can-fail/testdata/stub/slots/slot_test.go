// Package slots_test tests any program that keeps the contract of slots.Store.
package slots_test

import (
	"testing"

	"workbook/exercises/02-go-in-depth/05-tests-that-can-fail/slots"
)

// The tests of this file are run against programs that keep the contract, and
// must pass; and against programs that break it at one point each, and must
// fail. What is at your hand:
//
//	service := slots.Open(t)               // over an empty database, for this test alone
//	id, err := service.Book(t.Context(), "Ada", slots.Slot{Room: "blue", From: …, To: …})
//	err = service.Cancel(t.Context(), id)
//	spans, err := service.Free(t.Context(), "blue", day)
//
//	errs := service.AtOnce(                // two servers, one database
//		func(ctx context.Context, copy slots.Store) error { return copy.Cancel(ctx, id) },
//		func(ctx context.Context, copy slots.Store) error { return copy.Cancel(ctx, id) },
//	)
//
// You may add test functions of any kind, helpers and files to this folder.
func TestBook(t *testing.T) {
	service := slots.Open(t)
	_ = service // TODO: book something, and say what must be true then.
	t.Fatal("there is no test yet")
}
