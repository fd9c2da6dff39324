package rowset

import (
	"fmt"
	"slices"
	"strconv"
)

// wrongOrder tells where rows that are all right stand in a wrong order, or
// nothing when they do not.
func (c *comparison) wrongOrder(key []int, total bool) string {
	fits := func(got []row) (int, bool) {
		i := slices.IndexFunc(everything(len(got)), func(i int) bool { return got[i].on(key) != c.want[i].on(key) })
		return i, i < 0
	}
	i, ok := fits(c.got)
	if ok {
		return ""
	}
	reversed := slices.Clone(c.got)
	slices.Reverse(reversed)
	names := c.key
	if !total {
		names = key
	}
	happened := fmt.Sprintf("All %d rows came, but in the reverse of the promised order.", len(c.got))
	if _, ok := fits(reversed); !ok {
		said := describeAll([]row{c.got[i], c.want[i]}, names, c.names)
		happened = fmt.Sprintf("All %d rows came, but not in the promised order: row %d has %s, where %s was promised.", len(c.got), i+1, said[0], said[1])
	}
	return happened + "\n\n" + c.orderTable(places(c.want, c.got, key, total))
}

// orderTable shows rows with the places where they came and were promised.
func (c *comparison) orderTable(places [][2]int) string {
	t := &grid{heads: []string{"came", "promised"}, names: c.names, key: c.key}
	misplaced := make([]bool, len(places))
	for i, p := range places {
		misplaced[i] = i < p[0] || i > p[1]
	}
	chosen := choose(misplaced, func(int) int { return 1 }, 8)
	for n, i := range chosen {
		t.gap(chosen, n)
		promised := strconv.Itoa(places[i][0] + 1)
		if places[i][1] > places[i][0] {
			promised = fmt.Sprintf("%d–%d", places[i][0]+1, places[i][1]+1)
		}
		t.add(c.got[i], strconv.Itoa(i+1), promised)
	}
	hidden := 0
	for i, wrong := range misplaced {
		if wrong && !slices.Contains(chosen, i) {
			hidden++
		}
	}
	if hidden == 0 {
		t.gap(append(chosen, len(misplaced)), len(chosen))
	}
	return t.String() + more(hidden, "row in a wrong place", "rows in wrong places")
}
