// Right: a number and itself.

package doubleit

// Double returns twice n.
func Double(n int) int {
	return n + n
}
