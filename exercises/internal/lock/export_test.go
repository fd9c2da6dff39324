package lock

import "time"

// Impatient calls f with limits that make a failing test quick.
func Impatient(f func()) {
	left, returns, stuck := leftLimit, returnLimit, stuckLimit
	leftLimit, returnLimit, stuckLimit = 20*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond
	defer func() { leftLimit, returnLimit, stuckLimit = left, returns, stuck }()
	f()
}
