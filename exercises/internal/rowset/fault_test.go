package rowset_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/rowset"
)

// TestFaultsOfTheTest: who calls Equal wrongly is told so in one line.
func TestFaultsOfTheTest(t *testing.T) {
	two := rowset.Table{Columns: []string{"a", "b"}, Rows: [][]any{{1, "x"}, {2, "y"}, {1, "z"}}}
	with := func(rows ...[]any) rowset.Table { return rowset.Table{Columns: two.Columns, Rows: rows} }
	for name, c := range map[string]struct {
		promise   string
		want, got rowset.Table
		order     rowset.Order
		key       []string
		says      string
	}{
		"no_promise":          {"", two, two, rowset.AnyOrder, nil, "there is no promise"},
		"no_order":            {"p", two, two, rowset.Order{}, nil, "it says nothing about the order: AnyOrder, InOrder or OrderedBy"},
		"ordered_by_nothing":  {"p", two, two, rowset.OrderedBy(), nil, "OrderedBy needs columns"},
		"ordered_by_unknown":  {"p", two, two, rowset.OrderedBy("a", "c"), nil, "there is no column c"},
		"not_sorted":          {"p", two, two, rowset.OrderedBy("a"), nil, "the right rows are not sorted: a 1 is back in row 3"},
		"unknown_key":         {"p", two, two, rowset.AnyOrder, []string{"id"}, "there is no column id"},
		"no_key":              {"p", two, two, rowset.AnyOrder, []string{"a"}, "a is no key of the right rows: two have a 1"},
		"short_row_wanted":    {"p", with([]any{1, 2}, []any{1}), two, rowset.AnyOrder, nil, "the right rows: row 2 has 1 value, and the table has 2 columns"},
		"long_row":            {"p", two, with([]any{1, 2, 3}), rowset.AnyOrder, nil, "the rows to compare: row 1 has 3 values, and the table has 2 columns"},
		"ragged_slices":       {"p", rowset.Of([][]int{{1}, {1, 2}}), two, rowset.AnyOrder, nil, "the right rows: row 2 has 2 values, and the table has 1 column"},
		"too_few_types":       {"p", rowset.Table{Columns: two.Columns, Types: []string{"int4"}}, two, rowset.AnyOrder, nil, "the right rows: there are 1 type for 2 columns"},
		"nothing_exported":    {"p", rowset.Of([]sealed{{1}}), two, rowset.AnyOrder, nil, "the right rows: rowset_test.sealed has no exported field to compare"},
		"function_in_a_cell":  {"p", two, with([]any{1, func() {}}), rowset.AnyOrder, nil, "column b of row 1: a value of type func() cannot be compared"},
		"function_without_it": {"p", rowset.Of([]func(){nil}), rowset.Of([]int{1}), rowset.AnyOrder, nil, "column 1 of row 1: a value of type func() cannot be compared"},
	} {
		t.Run(name, func(t *testing.T) {
			r := kittest.Play(t, "TestX", func(t testing.TB) {
				rowset.Equal(t, c.promise, c.want, c.got, c.order, c.key...)
				t.Log("went on")
			})
			assert.True(t, r.Failed())
			assert.Equal(t, "the test is at fault: "+c.says+"\n", r.Said())
		})
	}
}

func TestMessage(t *testing.T) {
	row := func(values ...any) rowset.Table {
		return rowset.Table{Columns: []string{"a", "b", "c"}, Rows: [][]any{values, {7, 8, 9}}}
	}
	said := func(want, got rowset.Table, order rowset.Order, key ...string) string {
		return kittest.Play(t, "TestX", func(t testing.TB) { rowset.Equal(t, "It is so.", want, got, order, key...) }).Said()
	}
	assert.Empty(t, said(row(1, 2, 3), row(1, 2, 3), rowset.InOrder))
	assert.Contains(t, said(row(1, 2, 3), row(1, 0, 3), rowset.InOrder), "It is so.\n2 rows were promised, 2 came: 1 is right, 1 differs.")
	assert.Contains(t, said(row(1, 2, 3), row(0, 2, 3), rowset.InOrder), "1 is missing, 1 was not asked for")
	assert.Contains(t, said(row(1, 2, 3), row(0, 2, 3), rowset.InOrder, "C", "b"), "Column a is 0 instead of 1 in the row with c 3 and b 2.")
	assert.Contains(t, said(row(1, 2, 3), row(7, 8, 3), rowset.InOrder), "The row with a 7 came twice instead of once.")
	assert.Contains(t, said(row(1, nil, 3), row("1", nil, 3), rowset.InOrder), "1 is missing, 1 was not asked for.", "one column of two kinds is not of another kind")
	empty := rowset.Table{Columns: []string{"a", "b", "c"}}
	assert.Contains(t, said(empty, row(1, 2, 3), rowset.InOrder), "2 rows came; none was promised.")
	assert.Contains(t, said(row(1, 2, 3), empty, rowset.OrderedBy("a")), "No rows came; 2 were promised.")
	assert.Empty(t, said(empty, empty, rowset.InOrder))
	typed := func(table rowset.Table, types ...string) rowset.Table {
		table.Types = types
		return table
	}
	backwards := typed(rowset.Table{Columns: []string{"n"}, Rows: [][]any{{2}, {1}}}, "int4")
	assert.Empty(t, said(backwards, backwards, rowset.InOrder), "the order of a query is an order")
	again := func(values ...any) (table rowset.Table) {
		table.Columns = []string{"name", "n"}
		for _, v := range values {
			table.Rows = append(table.Rows, []any{v, 1})
		}
		return table
	}
	assert.Contains(t, said(again("a", "b", "a"), again("a", "a", "b"), rowset.InOrder),
		"\t1     1         \"a\"   1\n\t2     3         \"a\"   1\n\t3     2         \"b\"   1\n", "equal rows have a place each")
	same := rowset.Table{Columns: []string{"n"}, Rows: [][]any{{1}, {1}, {2}}}
	once := rowset.Table{Columns: []string{"n"}, Rows: [][]any{{1}, {2}, {2}, {2}}}
	assert.Contains(t, said(same, once, rowset.AnyOrder), "2 are right, 1 is missing, 2 were not asked for. The row with n 2 came 3 times instead of once.")

	three := func(values ...any) rowset.Table {
		table := rowset.Table{Columns: []string{"id", "n", "name"}}
		for i, n := range values {
			table.Rows = append(table.Rows, []any{i, n, "x"})
		}
		return table
	}
	assert.Contains(t, said(three(0, 0, 1), three(nil, nil, 1), rowset.AnyOrder), "1 is right, 2 differ. Column n is NULL instead of 0 in 2 rows.")
	assert.Contains(t, said(three(0, 2, 1), three(nil, nil, 1), rowset.AnyOrder), "Column n differs: NULL instead of 0 in the row with id 0, for instance.")
	assert.Contains(t, said(three(0, 0, 1), three(2, nil, 1), rowset.AnyOrder), "Column n differs: 2 instead of 0 in the row with id 0, for instance.")
	assert.Contains(t, said(typed(three(1, 2), "int4", "int4", "text"), typed(three("1", "2"), "int4", "varchar", "text"), rowset.InOrder),
		"2 differ. Column n is of type varchar; type int4 was promised.")
	assert.Contains(t, said(typed(three(1, 2), "int4", "int4", "text"), three("1", nil), rowset.InOrder), "Column n is text; a number was promised.")

	fan := three(5)
	fan.Rows = [][]any{{0, 9, "a"}, {0, 7, "x"}, {0, 6, "b"}}
	assert.Contains(t, said(three(5), fan, rowset.AnyOrder), "The row with id 0 came 3 times instead of once. Column n is 7 instead of 5 in the row with id 0.",
		"the row that is most like the promised one is shown with it")

	numbers := func(n ...int) rowset.Table { return rowset.Of(n) }
	assert.Contains(t, said(numbers(1), numbers(10, 9, 9, 1, -2), rowset.AnyOrder), "\tright    1\n\textra    -2\n\t2 extra  9\n\textra    10\n", "numbers are sorted as such")
	assert.Contains(t, said(numbers(1), numbers(slices.Repeat(manyNumbers(20), 3)...), rowset.AnyOrder), "… and 27 more wrong rows")
}

func manyNumbers(n int) (numbers []int) {
	for i := range n {
		numbers = append(numbers, i+2)
	}
	return numbers
}
