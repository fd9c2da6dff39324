package ledger_test

import (
	"slices"
	"testing"

	ledger "workbook/exercises/02-projects/01-ledger"
)

func booked(amounts ...int) *ledger.Ledger {
	var l ledger.Ledger
	for _, a := range amounts {
		l.Book(a)
	}
	return &l
}

func TestEntries(t *testing.T) {
	t.Run("in_order", func(t *testing.T) {
		if got := booked(3, 1, 2).Entries(); !slices.Equal(got, []int{3, 1, 2}) {
			t.Errorf("Entries returns the amounts in the order in which they were booked: %v", got)
		}
	})
	t.Run("twice_the_same", func(t *testing.T) {
		if got := booked(5, 5).Entries(); !slices.Equal(got, []int{5, 5}) {
			t.Errorf("each booking is an entry: %v", got)
		}
	})
}
