// Wrong: doubling a number adds two to it.
//checker:fails TestDouble/zero
//checker:fails TestDouble/large
//checker:fails TestDouble/negative
//checker:hint 2

package doubleit

// Double returns twice n.
func Double(n int) int {
	return n + 2
}
