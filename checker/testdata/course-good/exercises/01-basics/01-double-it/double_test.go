package doubleit_test

import (
	"testing"

	doubleit "workbook/exercises/01-basics/01-double-it"
)

func TestDouble(t *testing.T) {
	for _, c := range []struct {
		name    string
		n, want int
	}{{"zero", 0, 0}, {"two", 2, 4}, {"large", 1000, 2000}, {"negative", -3, -6}} {
		t.Run(c.name, func(t *testing.T) {
			if got := doubleit.Double(c.n); got != c.want {
				t.Errorf("Double returns twice its number: Double(%d) = %d, want %d", c.n, got, c.want)
			}
		})
	}
}
