package rowset

import (
	"errors"
	"fmt"
	"slices"
)

// An Order is what was promised about the order of rows: [AnyOrder], [InOrder]
// or [OrderedBy].
type Order struct {
	promise int
	columns []string
}

const (
	noOrder = iota // the zero value promises nothing that could be checked
	anyOrder
	totalOrder
	partialOrder
)

var (
	// AnyOrder promises which rows come, and how often each, in whatever order.
	AnyOrder = Order{promise: anyOrder}
	// InOrder promises the very order of the right rows.
	InOrder = Order{promise: totalOrder}
)

// OrderedBy promises an order by these columns: rows that are equal in all of
// them may come in any order. Which way each column goes is seen from the right
// rows, so ascending, descending and mixed orders, collations, and NULLs first or
// last need no telling; the right rows must be sorted that way. A page that may
// end among ties has no one right answer: promise a total order for it.
func OrderedBy(columns ...string) Order { return Order{promise: partialOrder, columns: columns} }

// sortKey finds the columns that the order is about, among the given names.
func (o Order) sortKey(names []string) ([]int, error) {
	switch o.promise {
	case noOrder:
		return nil, errors.New("it says nothing about the order: AnyOrder, InOrder or OrderedBy")
	case partialOrder:
		if len(o.columns) == 0 {
			return nil, errors.New("OrderedBy needs columns")
		}
		return find(o.columns, names)
	}
	return everything(len(names)), nil
}

func everything(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// find looks up columns by name.
func find(wanted, names []string) ([]int, error) {
	var found []int
	for _, name := range wanted {
		i := slices.Index(names, name)
		if i < 0 {
			i = slices.IndexFunc(names, func(n string) bool { return folded(n) == folded(name) })
		}
		if i < 0 {
			return nil, fmt.Errorf("there is no column %s", name)
		}
		found = append(found, i)
	}
	return found, nil
}

// places finds for each row of got the places, counted from 0, where it may
// stand: the first and the last one. Both hold the same rows. Rows that are
// equal in the columns of key are ties; with total they have one place each.
func places(want, got []row, key []int, total bool) [][2]int {
	at := map[string][]int{}
	for i, r := range want {
		at[r.on(key)] = append(at[r.on(key)], i)
	}
	out := make([][2]int, len(got))
	for i, r := range got {
		k := r.on(key)
		group := at[k]
		if out[i] = [2]int{group[0], group[len(group)-1]}; total {
			out[i][1] = group[0]
			at[k] = group[1:]
		}
	}
	return out
}

// sorted says what is wrong with the right rows when they are not in the order
// that they are to prove: ties must stand together.
func sorted(want []row, key []int, names []string) error {
	seen := map[string]bool{}
	for i, r := range want {
		k := r.on(key)
		if seen[k] && want[i-1].on(key) != k {
			return fmt.Errorf("the right rows are not sorted: %s is back in row %d", describe(r, key, names), i+1)
		}
		seen[k] = true
	}
	return nil
}
