package rowset

import (
	"testing"
	"time"
)

const NoDatabase = noDatabase

// Compare is Equal without a test.
var Compare = compare

// Limit sets, for one test, how long a query may take.
func Limit(t testing.TB, d time.Duration) {
	before := limit
	limit = d
	t.Cleanup(func() { limit = before })
}

// Read returns what a value is compared by, and how it is shown.
func Read(value any) (key, shown string, err error) {
	c, err := cellOf(value, "")
	return c.key, c.shown, err
}

// Present shows two values next to each other, at most so wide.
func Present(a, b string, width int) (string, string) {
	pair := present([]string{a, b}, [][2]int{{0, 1}}, width)
	return pair[0], pair[1]
}

// PresentAll shows values of one column, at most so wide.
func PresentAll(texts []string, width int) []string { return present(texts, nil, width) }
