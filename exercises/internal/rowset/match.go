package rowset

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// A finding is a row that was promised, a row that came, or both: the same one,
// or two of one key that differ.
type finding struct {
	want, got row
	copies    int // of an extra row: how many more of it there are
}

type verdict int

const (
	right verdict = iota
	differs
	missing
	extra
)

func (f finding) verdict() verdict {
	switch {
	case f.got == nil:
		return missing
	case f.want == nil:
		return extra
	case len(f.differences()) > 0:
		return differs
	}
	return right
}

// differences lists the columns in which the two rows differ.
func (f finding) differences() (columns []int) {
	for i := range f.want {
		if f.want[i].key != f.got[i].key {
			columns = append(columns, i)
		}
	}
	return columns
}

// match compares the rows as multisets. Rows that have no equal on the other
// side are put together when they have the same key. The findings have the
// order of the right rows, and extra rows stand among those that they are akin to.
func match(want, got []row, key []int) []finding {
	findings := make([]finding, len(want))
	rest := map[string][]row{} // what is left of got, by its key
	for _, r := range equals(findings, want, got) {
		rest[r.on(key)] = append(rest[r.on(key)], r)
	}
	for i, f := range findings {
		k := f.want.on(key)
		if f.got == nil && len(rest[k]) > 0 {
			n := mostLike(f.want, rest[k])
			findings[i].got = rest[k][n]
			rest[k] = slices.Delete(rest[k], n, n+1)
		}
	}
	extra := slices.Concat(slices.Collect(maps.Values(rest))...)
	slices.SortFunc(extra, compareRows)
	return withExtras(findings, extra, key)
}

// withExtras puts each row that was not asked for behind the last right row that
// has the same key, or as much of it as any; else it comes last.
func withExtras(findings []finding, rows []row, key []int) []finding {
	last := map[string]int{}
	for i, f := range findings {
		for n := range key {
			last[f.want.on(key[:n+1])] = i
		}
	}
	behind := make([][]row, len(findings)+1)
	for _, r := range rows {
		place := len(findings)
		for n := range key {
			if i, ok := last[r.on(key[:n+1])]; ok {
				place = i
			}
		}
		behind[place] = append(behind[place], r)
	}
	var all []finding
	for i, f := range findings {
		all = append(append(all, f), extras(behind[i])...)
	}
	return append(all, extras(behind[len(findings)])...)
}

// equals fills in the findings that are right, and returns the other rows of
// got in an order that does not depend on the one in which they came.
func equals(findings []finding, want, got []row) (rest []row) {
	whole := func(r row) string { return r.on(everything(len(r))) }
	open := map[string][]int{}
	for i, w := range want {
		findings[i].want = w
		open[whole(w)] = append(open[whole(w)], i)
	}
	for _, g := range got {
		k := whole(g)
		if len(open[k]) == 0 {
			rest = append(rest, g)
			continue
		}
		findings[open[k][0]].got = g
		open[k] = open[k][1:]
	}
	slices.SortStableFunc(rest, compareRows)
	return rest
}

// extras makes findings of sorted rows that were not asked for.
func extras(rows []row) (findings []finding) {
	for _, r := range rows {
		if n := len(findings); n > 0 && compareRows(findings[n-1].got, r) == 0 {
			findings[n-1].copies++
			continue
		}
		findings = append(findings, finding{got: r})
	}
	return findings
}

// mostLike is the candidate with the fewest differences.
func mostLike(want row, candidates []row) int {
	best := 0
	for i, c := range candidates {
		if len(finding{want: want, got: c}.differences()) < len(finding{want: want, got: candidates[best]}.differences()) {
			best = i
		}
	}
	return best
}

// compareRows is some fixed order, and a natural one for numbers.
func compareRows(a, b row) int {
	return slices.CompareFunc(a, b, func(a, b cell) int {
		if a.kind == isNumber && b.kind == isNumber {
			x, _ := strconv.ParseFloat(a.shown, 64)
			y, _ := strconv.ParseFloat(b.shown, 64)
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.key, b.key))
		}
		return cmp.Compare(a.key, b.key)
	})
}

// identity finds the columns that tell the right rows from each other: those
// that the author names, or the fewest leading ones.
func identity(want []row, names, given []string) ([]int, error) {
	if len(given) > 0 {
		key, err := find(given, names)
		if twin := repeated(want, key); err == nil && twin != nil {
			err = fmt.Errorf("%s is no key of the right rows: two have %s", listed(given), describe(twin, key, names))
		}
		return key, err
	}
	for n := 1; n < len(names); n++ {
		if repeated(want, everything(n)) == nil {
			return everything(n), nil
		}
	}
	return everything(len(names)), nil
}

// repeated is a row that is equal to an earlier one in the given columns, or nil.
func repeated(rows []row, columns []int) row {
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.on(columns)] {
			return r
		}
		seen[r.on(columns)] = true
	}
	return nil
}
