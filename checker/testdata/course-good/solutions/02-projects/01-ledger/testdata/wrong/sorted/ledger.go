// Wrong: entries are sorted.
//checker:fails TestEntries/in_order

package ledger

import "slices"

// Ledger keeps amounts. Its zero value is empty.
type Ledger struct {
	entries []int
}

// Book adds an amount.
func (l *Ledger) Book(amount int) {
	l.entries = append(l.entries, amount)
	slices.Sort(l.entries)
}

// Entries returns the amounts in the order in which they were booked.
func (l *Ledger) Entries() []int {
	return l.entries
}

// Balance returns the sum of all amounts.
func (l *Ledger) Balance() int {
	return sum(l.entries)
}
