// Right: all in one file.

package ledger

// Ledger keeps amounts. Its zero value is empty.
type Ledger struct {
	entries []int
}

// Book adds an amount.
func (l *Ledger) Book(amount int) {
	l.entries = append(l.entries, amount)
}

// Entries returns the amounts in the order in which they were booked.
func (l *Ledger) Entries() []int {
	return l.entries
}

// Balance returns the sum of all amounts.
func (l *Ledger) Balance() int {
	sum := 0
	for _, a := range l.entries {
		sum += a
	}
	return sum
}
