// Wrong: twice a number is the number times itself.
//checker:fails TestDouble/large
//checker:fails TestDouble/negative

package doubleit

// Double returns twice n.
func Double(n int) int {
	return n * n
}
