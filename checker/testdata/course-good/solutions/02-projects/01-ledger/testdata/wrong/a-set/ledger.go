// Wrong: an amount is booked once.
//checker:fails TestEntries/twice_the_same

package ledger

import "slices"

// Ledger keeps amounts. Its zero value is empty.
type Ledger struct {
	entries []int
}

// Book adds an amount.
func (l *Ledger) Book(amount int) {
	if !slices.Contains(l.entries, amount) {
		l.entries = append(l.entries, amount)
	}
}

// Entries returns the amounts in the order in which they were booked.
func (l *Ledger) Entries() []int {
	return l.entries
}

// Balance returns the sum of all amounts.
func (l *Ledger) Balance() int {
	return sum(l.entries)
}
