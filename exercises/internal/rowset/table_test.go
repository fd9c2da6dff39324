package rowset_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/rowset"
)

type Stamps struct {
	CreatedAt time.Time
	UpdatedAt *time.Time `db:"changed"`
}

type author struct {
	Name string
	Born sql.Null[int]
}

type post struct {
	ID int64 `db:"post_id,omitempty"`
	Stamps
	*author
	Editor  author `db:"-"`
	Tags    []string
	Writer  author
	comment string
}

// Types whose methods come from a field that they embed.
type (
	visit struct {
		time.Time
		Page string
	}
	label struct {
		sql.NullString
		Rank int
	}
	stamp struct{ time.Time }
	tree  struct {
		Size int
		*tree
	}
)

func TestOf(t *testing.T) {
	posts := []post{{ID: 1, author: &author{Name: "Ann"}, comment: "not seen"}, {ID: 2, Tags: []string{"go"}}}
	table := rowset.Of(posts)
	assert.Equal(t, []string{"post_id", "CreatedAt", "changed", "Name", "Born", "Tags", "Writer"}, table.Columns)
	assert.Len(t, table.Rows, 2)
	assert.Equal(t, "Ann", table.Rows[0][3])
	for _, c := range []struct {
		table   rowset.Table
		columns []string
		rows    int
	}{
		{rowset.Of([]*post{}), table.Columns, 0},
		{rowset.Of([]int{1, 2}), []string{""}, 2},
		{rowset.Of([]time.Time{{}}), []string{""}, 1},
		{rowset.Of([]sql.NullString{{}}), []string{""}, 1},
		{rowset.Of([][]byte{{1, 2}}), []string{""}, 1},
		{rowset.Of([]stamp{{}}), []string{""}, 1},
		{rowset.Of([]instant{{}}), []string{""}, 1},
		{rowset.Of([]*visit{{}}), []string{"Time", "Page"}, 1},
		{rowset.Of([]label{{}}), []string{"NullString", "Rank"}, 1},
		{rowset.Of([]pgtype.Hstore{{"b": nil, "a": nil}}), []string{"a", "b"}, 1},
		{rowset.Of([][16]byte{{1}}), []string{""}, 1},
		{rowset.Of([]any{1, "a"}), []string{""}, 2},
		{rowset.Of([][]any{{1, 2}, {3, 4}}), []string{"", ""}, 2},
		{rowset.Of([][]string{{"a", "b"}}), []string{"", ""}, 1},
		{rowset.Of([]map[string]any{{"b": 1}, {"a": nil}}), []string{"a", "b"}, 2},
		{rowset.Of([]map[string]any{}), nil, 0},
		{rowset.Of([]*map[string]int{nil, {"a": 1}}), []string{"a"}, 2},
		{rowset.Of([][]any{{1, 2}}).As("x"), []string{"x", ""}, 1},
		{rowset.Of([]int{1}).As("x", "y"), []string{"x"}, 1},
	} {
		assert.Equal(t, c.columns, c.table.Columns)
		assert.Len(t, c.table.Rows, c.rows)
	}
	assert.Contains(t, rowset.Of([]tree{{}}).Columns, "Size", "a type that embeds itself has an end")
	literal := rowset.Table{Columns: []string{"a"}}
	literal.As("b")
	assert.Equal(t, []string{"a"}, literal.Columns, "the table itself keeps its names")
}

// TestColumns has pairs of tables with the same columns, and pairs without.
func TestColumns(t *testing.T) {
	type row struct{ OrderID, Total int }
	type other struct{ Total, ORDER_id int }
	structs, literal := rowset.Of([]row{{1, 2}}), rowset.Table{Columns: []string{"order_id", "total"}, Rows: [][]any{{1, 2}}}
	cells := []any{1, 2, 3}
	same := func(want, got rowset.Table) kittest.Program {
		return func(t testing.TB) { rowset.Equal(t, "orders come with their totals", want, got, rowset.InOrder) }
	}
	plain := func(columns ...string) rowset.Table {
		return rowset.Table{Columns: columns, Rows: [][]any{cells[:len(columns)]}}
	}
	times := func(types ...string) rowset.Table {
		return rowset.Table{Columns: []string{"a", "b"}, Types: types, Rows: [][]any{{1, time.Time{}}}}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"one_missing":          same(plain("a", "b"), plain("a")),
			"one_too_many":         same(plain("a", "b"), plain("a", "b", "c")),
			"twice":                same(plain("a", "b"), plain("a", "b", "b")),
			"others":               same(plain("a", "b", "c"), plain("a", "x", "y")),
			"another_order":        same(plain("a", "b"), plain("b", "a")),
			"another_case":         same(literal, plain("Order_ID", "total")),
			"no_names":             same(rowset.Of([][]any{{1, 2}}), plain("a", "b", "c")),
			"no_names_one":         same(rowset.Of([]int{1}), plain("a", "b")),
			"none":                 same(structs, rowset.Table{Rows: [][]any{{}}}),
			"struct_lacks_one":     same(structs, plain("order_id", "tot_al", "more")),
			"key_absent":           same(rowset.Of([]map[string]any{{"a": 1, "b": nil}, {"a": 2, "b": 3}}), rowset.Of([]map[string]any{{"a": 1}, {"a": 2, "b": 3}})),
			"nil_row":              same(rowset.Of([]*row{{1, 2}, {2, 3}}), rowset.Of([]*row{{1, 2}, nil})),
			"nil_row_of_null":      same(rowset.Of([]map[string]any{{"a": nil}}), rowset.Of([]map[string]any{nil, {"a": nil}})),
			"timestamp_with_zone":  same(times("int4", "timestamp"), times("int8", "timestamptz")),
			"same_names_but_moved": same(structs, rowset.Of([]other{{1, 2}})),
			"empty_without_column": same(rowset.Of([]row{}), rowset.Table{Types: []string{}}),
		},
		Right: map[string]kittest.Program{
			"names_of_go_and_sql":  same(structs, literal),
			"struct_in_any_order":  same(structs, rowset.Of([]other{{2, 1}})),
			"no_names_match_any":   same(rowset.Of([][]any{{1, 2}}), literal),
			"any_match_no_names":   same(literal, rowset.Of([][]int{{1, 2}})),
			"renamed":              same(literal, plain("x", "y").As("order_id", "total")),
			"no_maps":              same(rowset.Of([]row{}), rowset.Of([]map[string]any{})),
			"no_maps_wanted":       same(rowset.Of([]map[string]any{}), rowset.Of([]row{})),
			"no_columns":           same(rowset.Table{Rows: [][]any{{}, {}}}, rowset.Table{Rows: [][]any{{}, {}}}),
			"timestamp_and_go":     same(times("int4", "timestamp"), rowset.Of([][]any{{1, time.Time{}}})),
			"integers_of_any_type": same(times("int4", "date"), times("numeric", "date")),
		},
	})
}
