package ledger_test

import "testing"

func TestBalance(t *testing.T) {
	t.Run("sum", func(t *testing.T) {
		if got := booked(3, 4).Balance(); got != 7 {
			t.Errorf("Balance is the sum: %d", got)
		}
	})
	t.Run("withdrawn", func(t *testing.T) {
		if got := booked(3, -4).Balance(); got != -1 {
			t.Errorf("amounts may be negative: %d", got)
		}
	})
}
