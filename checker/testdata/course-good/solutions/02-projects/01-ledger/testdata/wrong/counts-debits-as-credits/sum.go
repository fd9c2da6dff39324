// Wrong: amounts are never negative.
//checker:fails TestBalance/withdrawn

package ledger

func sum(amounts []int) int {
	total := 0
	for _, a := range amounts {
		total += max(a, -a)
	}
	return total
}
