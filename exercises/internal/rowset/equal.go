package rowset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Equal fails the test, and ends it, when got is not the result set want: the
// same columns, the same rows, each as often, in the promised order. The package's
// description says which values are equal.
//
// The promise is the first thing that the message says, as a clause without a
// full stop: "each order comes once, the dearest first". After it come what
// happened, and the rows that show it.
//
// Columns are compared by name and position, with two exceptions: structs and
// maps have no order (see [Of]), and a column without a name matches any.
//
// The message puts a wrong row next to the right one that has the same key: the
// same values in the columns named by key, or else in the first column, or the fewest leading
// ones that no two rows of want share. The key has no bearing on what is equal.
//
//kit:proves that code returns the right rows, with the right values, in the promised order
func Equal(t testing.TB, promise string, want, got Table, order Order, key ...string) {
	t.Helper()
	happened, err := compare(want, got, order, key)
	if promise == "" {
		err = errors.Join(errors.New("there is no promise"), err)
	}
	if err != nil {
		t.Fatalf("the test is at fault: %v", err)
	}
	if happened != "" {
		t.Fatalf("%s.\n%s", strings.TrimSuffix(promise, "."), happened)
	}
}

// compare says what is wrong with got, or nothing; an error is about the test.
func compare(want, got Table, order Order, key []string) (string, error) {
	if err := want.check(); err != nil {
		return "", fmt.Errorf("the right rows: %w", err)
	}
	if err := got.check(); err != nil {
		return "", fmt.Errorf("the rows to compare: %w", err)
	}
	columns, problem := align(want, got)
	if problem != "" {
		return problem, nil
	}
	c := &comparison{names: columns.names}
	var err1, err2 error
	c.want, err1 = want.rows(columns.want)
	c.got, err2 = got.rows(columns.got)
	sortKey, err3 := order.sortKey(columns.names)
	if err := errors.Join(err1, err2, err3); err != nil {
		return "", err
	}
	c.typeOf = func(column int) [2]string {
		return [2]string{want.typeOf(columns.want[column]), got.typeOf(columns.got[column])}
	}
	if order.promise == anyOrder && want.Types != nil {
		slices.SortStableFunc(c.want, compareRows) // the database may give another order the next time
	}
	if order.promise == partialOrder {
		if err := sorted(c.want, sortKey, columns.names); err != nil {
			return "", err
		}
	}
	return c.told(order, sortKey, key)
}

// told compares the rows, and says what is wrong with them.
func (c *comparison) told(order Order, sortKey []int, key []string) (string, error) {
	var err error
	if c.key, err = identity(c.want, c.names, key); err != nil {
		return "", err
	}
	c.writeAlike()
	c.findings = match(c.want, c.got, c.key)
	switch {
	case c.tally() != (tally{right: len(c.want)}):
		return c.wrongRows(), nil
	case order.promise == anyOrder:
		return "", nil
	}
	return c.wrongOrder(sortKey, order.promise == totalOrder), nil
}

// writeAlike writes equal values as the right rows have them: 5.00 as 5.
func (c *comparison) writeAlike() {
	for i := range c.names {
		shown := map[string]string{}
		for _, r := range slices.Concat(c.want, c.got) {
			if text, ok := shown[r[i].key]; ok {
				r[i].shown = text
			}
			shown[r[i].key] = r[i].shown
		}
	}
}
