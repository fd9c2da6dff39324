// Wrong: the balance is the last entry.
//checker:fails TestBalance

package ledger

func sum(amounts []int) int {
	if len(amounts) == 0 {
		return 0
	}
	return amounts[len(amounts)-1]
}
