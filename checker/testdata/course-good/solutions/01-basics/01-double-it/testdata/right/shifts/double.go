// Right: one place to the left.

package doubleit

// Double returns twice n.
func Double(n int) int {
	return n << 1
}
