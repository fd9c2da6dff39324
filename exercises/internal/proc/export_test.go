package proc

import "time"

// Impatient calls f with a limit that makes a failing test quick.
func Impatient(f func()) {
	old := limit
	limit = 100 * time.Millisecond
	defer func() { limit = old }()
	f()
}
