package ledger

func sum(amounts []int) int {
	total := 0
	for _, a := range amounts {
		total += a
	}
	return total
}
