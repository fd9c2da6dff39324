// Package doubleit doubles numbers.
package doubleit

// Double returns twice n.
func Double(n int) int {
	// TODO: yours to write.
	return 0
}
