package rowset_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/rowset"
)

type book struct {
	Category string
	Rank     int
	Title    string
	Sold     int
}

// shelf is what a test's own arithmetic has found: the three best of each category.
var shelf = []book{
	{"cooking", 1, "Salt", 90}, {"cooking", 2, "Bread", 40}, {"cooking", 3, "Soup", 40},
	{"poetry", 1, "Rain", 7}, {"poetry", 2, "Snow", 3}, {"poetry", 3, "Fog", 3},
}

// changed is the shelf as a wrong program returns it.
func changed(change func([]book) []book) []book { return change(slices.Clone(shelf)) }

func swapped(i, j int) func([]book) []book {
	return func(b []book) []book {
		b[i], b[j] = b[j], b[i]
		return b
	}
}

// TestEqual is about methods of a learner that return structs.
func TestEqual(t *testing.T) {
	const top = "the three best-selling books of each category come by category and sales"
	total := func(got []book) kittest.Program {
		return func(t testing.TB) {
			rowset.Equal(t, top+", then by title", rowset.Of(shelf), rowset.Of(got), rowset.InOrder)
		}
	}
	partial := func(got []book) kittest.Program {
		return func(t testing.TB) {
			rowset.Equal(t, top, rowset.Of(shelf), rowset.Of(got), rowset.OrderedBy("Category", "Sold"), "Title")
		}
	}
	numbered := func(n int) (b []book) {
		for i := range n {
			b = append(b, book{"all", i + 1, fmt.Sprintf("No. %d", i+1), 1000 - i})
		}
		return b
	}
	forty := func(change func([]book) []book, order rowset.Order) kittest.Program {
		return func(t testing.TB) {
			rowset.Equal(t, "all books come, the best-selling first", rowset.Of(numbered(40)), rowset.Of(change(numbered(40))), order, "Rank")
		}
	}
	type fromJSON struct {
		Title    string
		Category *string
		Rank     int32
		Sold     int64
		internal int
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"nothing":              total(nil),
			"ties_the_other_way":   total(changed(swapped(1, 2))),
			"a_tie_as_two_firsts":  total(changed(func(b []book) []book { b[2].Rank = 2; return b })),
			"by_sales_ascending":   partial(changed(func(b []book) []book { slices.SortStableFunc(b, bySales); return b })),
			"categories_backwards": partial(slices.Concat(shelf[3:], shelf[:3])),
			"one_out_of_its_tie":   partial(changed(swapped(0, 1))),
			"four_instead_of_three": total(changed(func(b []book) []book {
				return slices.Insert(b, 3, book{"cooking", 4, "Rice", 12})
			})),
			"one_category_too_few":  partial(shelf[:3]),
			"every_row_three_times": total(slices.Concat(shelf, shelf, shelf)),
			"another_book": partial(changed(func(b []book) []book {
				b[2] = book{"cooking", 3, "Stew", 40}
				return b
			})),
			"two_columns_wrong": total(changed(func(b []book) []book {
				b[0].Sold, b[0].Title, b[4].Title = 91, "Pepper", "snow"
				return b
			})),
			"forty_reversed":    forty(func(b []book) []book { slices.Reverse(b); return b }, rowset.InOrder),
			"forty_first_last":  forty(func(b []book) []book { return append(b[1:], b[0]) }, rowset.InOrder),
			"forty_swapped":     forty(func(b []book) []book { b[20], b[30] = b[30], b[20]; return b }, rowset.OrderedBy("Sold")),
			"forty_all_wrong":   forty(allBut(func(b *book) { b.Sold = 0 }), rowset.AnyOrder),
			"forty_some_of_all": forty(someOfAll, rowset.AnyOrder),
		},
		Right: map[string]kittest.Program{
			"same":                  total(slices.Clone(shelf)),
			"ties_in_another_order": partial(changed(swapped(1, 2))),
			"both_ties":             partial(changed(func(b []book) []book { return swapped(4, 5)(swapped(1, 2)(b)) })),
			"forty_shuffled":        forty(func(b []book) []book { return append(b[15:], b[:15]...) }, rowset.AnyOrder),
			"other_types_and_pointers": func(t testing.TB) {
				var got []*fromJSON
				for _, b := range shelf {
					got = append(got, &fromJSON{b.Title, &b.Category, int32(b.Rank), int64(b.Sold), 1})
				}
				rowset.Equal(t, top, rowset.Of(shelf), rowset.Of(got), rowset.InOrder)
			},
		},
	})
}

func bySales(a, b book) int {
	return cmp.Or(strings.Compare(a.Category, b.Category), cmp.Compare(a.Sold, b.Sold))
}

func allBut(change func(*book)) func([]book) []book {
	return func(b []book) []book {
		for i := range b {
			change(&b[i])
		}
		return b
	}
}

// someOfAll changes, adds and takes away rows.
func someOfAll(b []book) []book {
	for i := range 10 {
		b[i].Title = strings.ToUpper(b[i].Title)
	}
	b = append(b, b[30], b[31], book{"all", 200, "No. 200", 5})
	return slices.Delete(b, 20, 28)
}

// TestShown is about differences that are hard to see.
func TestShown(t *testing.T) {
	texts := func(want, got string) kittest.Program {
		type row struct {
			ID   int
			Name string
		}
		return func(t testing.TB) {
			rowset.Equal(t, "names come back as they were stored",
				rowset.Of([]row{{1, want}, {2, "plain"}}), rowset.Of([]row{{1, got}, {2, "plain"}}), rowset.AnyOrder)
		}
	}
	values := func(want, got any) kittest.Program {
		return func(t testing.TB) {
			rowset.Equal(t, "the value comes back", rowset.Of([][]any{{1, want}}), rowset.Of([][]any{{1, got}}), rowset.AnyOrder)
		}
	}
	long := strings.Repeat("all work and no play makes a dull text ", 10)
	wide := func(id, column string) kittest.Program {
		want, got, other := map[string]any{id: 7}, map[string]any{id: 7}, map[string]any{id: 8}
		for i := range 30 {
			name := fmt.Sprintf("measurement_%02d", i)
			want[name], got[name], other[name] = strings.Repeat(name, 2), strings.Repeat(name, 2), "0.5"
		}
		got[column] = "wrong"
		return func(t testing.TB) {
			rowset.Equal(t, "all measurements come", rowset.Of([]map[string]any{want, other}), rowset.Of([]map[string]any{got, other}), rowset.AnyOrder, id)
		}
	}
	tenth, at := 0.1, time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"trailing_space":    texts("Ann", "Ann "),
			"no_break_space":    texts("Ann Lee", "Ann\u00a0Lee"),
			"nul":               texts("Ann", "Ann\x00"),
			"decomposed":        texts("Andr\u00e9", "Andre\u0301"),
			"cyrillic":          texts("Ann", "\u0410nn"),
			"full_width":        texts("Ann", "\uff21nn"),
			"zero_width":        texts("Ann", "A\u200bnn"),
			"wide_letters":      texts("東京", "大阪"),
			"another_case":      texts("Zürich", "zürich"),
			"empty_for_null":    values(nil, ""),
			"false_for_null":    values(nil, false),
			"text_for_number":   values(1, "1"),
			"a_nanosecond_late": values(at, at.Add(1)),
			"the_clock_of_here": values(at, time.Date(2024, 3, 1, 9, 0, 0, 0, time.FixedZone("IST", 5*3600+1800))),
			"float_sum":         values(0.3, tenth+0.2),
			"list_order":        values([]string{"a", "b"}, []string{"b", "a"}),
			"deep":              values(map[string]any{"a": []int{1}}, map[string]any{"a": []any{"1"}}),
			"long_text_its_end": texts(long, long+"!"),
			"long_text_middle":  texts(long+"a"+long, long+"b"+long),
			"long_list_of_long": func(t testing.TB) {
				rowset.Equal(t, "all texts come", rowset.Of([]string{long + "a" + long, long + "c" + long}), rowset.Of([]string{long + "b" + long, long + "c" + long}), rowset.AnyOrder)
			},
			"wide_first": wide("id", "measurement_00"),
			"wide_last":  wide("id", "measurement_29"),
			"wide_without_key": func(t testing.TB) {
				table := func(last ...int) (table rowset.Table) {
					for _, n := range last {
						row := slices.Repeat([]any{"much the same in each row"}, 30)
						table.Columns, table.Rows = make([]string, 30), append(table.Rows, append(row[:29], n))
					}
					return table
				}
				rowset.Equal(t, "all measurements come", table(1, 2), table(1, 3), rowset.InOrder)
			},
			"wide_key": wide("number_of_the_sensor", "measurement_20"),
		},
		Right: map[string]kittest.Program{
			"another_zone": values(at, at.In(time.FixedZone("IST", 5*3600+1800))),
			"same_long":    texts(long, strings.Clone(long)),
		},
	})
}
