package indepth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"workbook/exercises"
)

var errNegative = errors.New("a basket is worth 0 or more")

// A fee returns what the delivery costs: 490 cents, and nothing from 5,000 cents on. A negative basket is errNegative.
type fee func(basket int) (cents int, err error)

// snippet: two-tests
func sunny(f fee) bool {
	few, _ := f(1000)
	much, _ := f(9000)
	return few == 490 && much == 0
}

func edges(f fee) bool {
	below, err1 := f(4999)
	at, err2 := f(5000)
	_, err3 := f(-1)
	return below == 490 && at == 0 && err1 == nil && err2 == nil && errors.Is(err3, errNegative)
}

// end snippet

// wording is edges, and looks at the text of the error as well.
func wording(f fee) bool {
	_, err := f(-1)
	return edges(f) && err.Error() == "a basket is worth 0 or more" // edges has seen that there is one
}

func flat(basket, from int, err error) (int, error) {
	switch {
	case basket < 0:
		return 0, err
	case basket >= from:
		return 0, nil
	}
	return 490, nil
}

func TestMutants(t *testing.T) {
	fees := []struct {
		name string
		fee  fee
	}{
		{"right", func(basket int) (int, error) { return flat(basket, 5000, errNegative) }},
		{"right, another message", func(basket int) (int, error) {
			return flat(basket, 5000, fmt.Errorf("basket %d: %w", basket, errNegative))
		}},
		{"wrong: > for >=", func(basket int) (int, error) { return flat(basket, 5001, errNegative) }},
		{"wrong: no error", func(basket int) (int, error) { return flat(basket, 5000, nil) }},
		{"wrong: some other error", func(basket int) (int, error) { return flat(basket, 5000, errors.New("oops")) }},
	}
	verdict := map[bool]string{true: "passes", false: "fails"}
	var text strings.Builder
	fmt.Fprintln(&text, "the code                   sunny    edges    edges and the wording")
	for _, c := range fees {
		fmt.Fprintf(&text, "%-24s   %-6s   %-6s   %s\n", c.name, verdict[sunny(c.fee)], verdict[edges(c.fee)], verdict[wording(c.fee)])
	}
	exercises.Golden(t, "mutants", text.String())
}
