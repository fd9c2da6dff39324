// Wrong: nobody doubles more than a hundred.
//checker:fails TestDouble/large

package doubleit

// Double returns twice n.
func Double(n int) int {
	return 2 * min(n, 100)
}
