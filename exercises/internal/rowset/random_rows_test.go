package rowset_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/rowset"
)

// randomTable has few values, so that there are ties and repeated rows.
func randomTable(r *rand.Rand) rowset.Table {
	values := []any{nil, 0, 1, 2, "1", "", 1.5}
	columns := 1 + r.IntN(4)
	var table rowset.Table
	for i := range columns {
		table.Columns = append(table.Columns, string(rune('a'+i)))
	}
	for range r.IntN(8) {
		row := make([]any, columns)
		for i := range row {
			row[i] = values[r.IntN(len(values))]
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func shuffled(r *rand.Rand, table rowset.Table) rowset.Table {
	table.Rows = slices.Clone(table.Rows)
	r.Shuffle(len(table.Rows), func(i, j int) { table.Rows[i], table.Rows[j] = table.Rows[j], table.Rows[i] })
	return table
}

func compared(t *testing.T, want, got rowset.Table, order rowset.Order) string {
	t.Helper()
	said, err := rowset.Compare(want, got, order, nil)
	require.NoError(t, err)
	return said
}

func TestAnyOrderOfRandomRows(t *testing.T) {
	seeds(t, 400, func(t *testing.T, r *rand.Rand) {
		want := randomTable(r)
		assert.Empty(t, compared(t, want, shuffled(r, want), rowset.AnyOrder), "a permutation is equal")
		for range 3 {
			got := randomTable(r)
			got.Columns = want.Columns
			for i := range got.Rows {
				got.Rows[i] = slices.Repeat(got.Rows[i], 4)[:len(want.Columns)]
			}
			if r.IntN(2) == 0 {
				got.Rows = append(got.Rows, want.Rows...)
			}
			text := func(rows [][]any) (texts []string) {
				for _, row := range rows {
					texts = append(texts, fmt.Sprintf("%#v", row))
				}
				slices.Sort(texts)
				return texts
			}
			equal := slices.Equal(text(want.Rows), text(got.Rows))
			said := compared(t, want, got, rowset.AnyOrder)
			assert.Equal(t, equal, said == "", "%v and %v", want.Rows, got.Rows)
			assert.Equal(t, said, compared(t, want, shuffled(r, got), rowset.AnyOrder), "the message does not depend on the order")
			want.Types, got.Types = make([]string, len(want.Columns)), make([]string, len(want.Columns))
			assert.Equal(t, compared(t, want, got, rowset.AnyOrder), compared(t, shuffled(r, want), got, rowset.AnyOrder), "nor on that of a database")
			want.Types = nil
		}
	})
}

// TestOneChange: a cell that is changed, a row that is lost, a row that is there
// once more: each is found, under every order, and the counts add up.
func TestOneChange(t *testing.T) {
	seeds(t, 400, func(t *testing.T, r *rand.Rand) {
		want := randomTable(r)
		if len(want.Rows) == 0 {
			return
		}
		slices.SortFunc(want.Rows, byColumns([]int{0}, []int{1}))
		i, j := r.IntN(len(want.Rows)), r.IntN(len(want.Columns))
		changed, lost, twice := shuffled(r, want), shuffled(r, want), shuffled(r, want)
		changed.Rows[i] = slices.Clone(changed.Rows[i])
		for _, value := range []any{nil, "other", 1} {
			if changed.Rows[i][j] != value {
				changed.Rows[i][j] = value
				break
			}
		}
		lost.Rows = slices.Delete(lost.Rows, i, i+1)
		twice.Rows = append(twice.Rows, twice.Rows[i])
		for _, order := range []rowset.Order{rowset.AnyOrder, rowset.InOrder, rowset.OrderedBy("a")} {
			for _, got := range []rowset.Table{changed, lost, twice} {
				addsUp(t, want, got, compared(t, want, got, order))
			}
		}
	})
}

var counted = regexp.MustCompile(`(\d+) (are right|is right|differ|differs|are missing|is missing|were not asked for|was not asked for)[,.]`)

func addsUp(t *testing.T, want, got rowset.Table, said string) {
	t.Helper()
	n := map[string]int{}
	for _, m := range counted.FindAllStringSubmatch(said, -1) {
		number, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		n[m[2][strings.LastIndex(m[2], " ")+1:]] += number
	}
	differ := n["differ"] + n["differs"]
	if len(got.Rows) == 0 {
		assert.Contains(t, said, "No rows came")
		return
	}
	assert.Equal(t, len(want.Rows), n["right"]+differ+n["missing"], said)
	assert.Equal(t, len(got.Rows), n["right"]+differ+n["for"], said)
	assert.Positive(t, differ+n["missing"]+n["for"], said)
}

// byColumns compares rows; the direction of each column is 1 or -1.
func byColumns(columns, directions []int) func(a, b []any) int {
	return func(a, b []any) int {
		for i, c := range columns {
			if n := strings.Compare(fmt.Sprintf("%#v", a[c]), fmt.Sprintf("%#v", b[c])); n != 0 {
				return n * directions[i]
			}
		}
		return 0
	}
}

// TestOrderOfRandomRows compares with what sorting means: no row stands before one that it belongs after.
func TestOrderOfRandomRows(t *testing.T) {
	accepted := 0
	seeds(t, 1500, func(t *testing.T, r *rand.Rand) {
		want := randomTable(r)
		columns := r.Perm(len(want.Columns))[:1+r.IntN(len(want.Columns))]
		var names []string
		var directions []int
		for _, c := range columns {
			names = append(names, want.Columns[c])
			directions = append(directions, r.IntN(2)*2-1)
		}
		less := byColumns(columns, directions)
		slices.SortStableFunc(want.Rows, less)
		got := shuffled(r, want)
		if r.IntN(2) == 0 { // else hardly any would be right
			slices.SortStableFunc(got.Rows, less)
		}
		sorted := true
		for i, a := range got.Rows {
			for _, b := range got.Rows[i:] {
				sorted = sorted && less(a, b) <= 0
			}
		}
		said := compared(t, want, got, rowset.OrderedBy(names...))
		assert.Equal(t, sorted, said == "", "%v by %v: %v\n%s", want.Rows, names, got.Rows, said)
		exact := reflect.DeepEqual(want.Rows, got.Rows)
		assert.Equal(t, exact, compared(t, want, got, rowset.InOrder) == "", "%v and %v", want.Rows, got.Rows)
		if sorted && !exact {
			accepted++
		}
	})
	assert.Greater(t, accepted, 30, "there were ties in another order")
}
