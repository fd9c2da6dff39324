package rowset

import (
	"fmt"
	"slices"
)

// rowTable shows the rows that are wrong, and a few right ones between them.
func (c *comparison) rowTable() string {
	t := &grid{heads: []string{""}, names: c.names, key: c.key}
	var verdicts []verdict
	for _, f := range c.findings {
		verdicts = append(verdicts, f.verdict())
	}
	chosen := choose(verdicts, func(i int) int {
		if verdicts[i] == differs {
			return 3 // with the line that points at the difference
		}
		return 1
	}, 12)
	for n, i := range chosen {
		t.gap(chosen, n)
		t.finding(c.findings[i])
	}
	hidden := 0
	for i, v := range verdicts {
		if v != right && !slices.Contains(chosen, i) {
			hidden += 1 + c.findings[i].copies
		}
	}
	if hidden == 0 {
		t.gap(append(chosen, len(verdicts)), len(chosen))
	}
	return t.String() + more(hidden, "wrong row", "wrong rows")
}

func (g *grid) finding(f finding) {
	switch f.verdict() {
	case right:
		g.add(f.want, "right")
	case missing:
		g.add(f.want, "missing")
	case extra:
		label := "extra"
		if f.copies > 0 {
			label = fmt.Sprintf("%d extra", 1+f.copies)
		}
		g.add(f.got, label)
	case differs:
		g.add(f.want, "promised")
		g.mark(f, "came")
	}
}

func more(hidden int, one, several string) string {
	if hidden == 0 {
		return ""
	}
	return "\t… and " + count(hidden, "more "+one, "more "+several) + "\n"
}

// choose picks what a table with room for so many lines shows, in order: the
// first of each way to be wrong, then as much as fits, then neighbours of what it has.
func choose[V comparable](verdicts []V, size func(i int) int, room int) (chosen []int) {
	var fine V
	take := func(i int) {
		if !slices.Contains(chosen, i) && size(i) <= room {
			chosen = append(chosen, i)
			room -= size(i)
		}
	}
	seen := map[V]bool{fine: true}
	for i, v := range verdicts {
		if !seen[v] {
			take(i)
		}
		seen[v] = true
	}
	for i, v := range verdicts {
		if v != fine {
			take(i)
		}
	}
	for _, i := range slices.Sorted(slices.Values(chosen)) {
		for _, near := range []int{i - 1, i + 1} {
			if near >= 0 && near < len(verdicts) {
				take(near)
			}
		}
	}
	slices.Sort(chosen)
	return chosen
}
