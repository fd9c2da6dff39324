// Wrong: numbers are never negative.
//checker:fails TestDouble/negative

package doubleit

// Double returns twice n.
func Double(n int) int {
	return 2 * max(n, -n)
}
