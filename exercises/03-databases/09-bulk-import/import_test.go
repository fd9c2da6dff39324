package bulkimport_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

func TestSaves(t *testing.T) {
	t.Run("every_value_as_it_is", func(t *testing.T) {
		s, _ := openShop(t, 0)
		want := []product{{"dear", "dear", new(int64(1<<53 + 1))}, {strings.Repeat("é", 50), "dearest", new(int64(math.MaxInt64))}, {"free", "", new(int64(0))}, {"on request", "null", nil}}
		for _, text := range s.AllAwkward() {
			if n := utf8.RuneCountInString(text); 0 < n && n <= 50 {
				want = append(want, product{text, s.Awkward(), new(s.Between(0, 99_999))})
			}
		}
		stats := s.load(s.Pool(), file(want...)+`{"weight":{"kg":[1,2]},"name":"without a price","external_id":"A"}`+"\n", "Every line is right")
		require.Empty(t, stats.Refused, "Every line is right, and the table takes what it says; what is no column is passed over. Yet these were refused:")
		s.has("names and ids are saved letter for letter, prices to the cent, and a price that is null or missing as NULL", append(want, product{"A", "without a price", nil}))
	})
	t.Run("what_has_changed_and_leaves_the_rest_alone", func(t *testing.T) {
		s, same := openShop(t, 300)
		renamed, priced, unpriced, other := s.products("renamed", 20), s.products("priced", 20), s.products("unpriced", 20), s.products("other", 5)
		for i := range priced {
			same[i].Price, priced[i].Price = nil, nil
		}
		s.insert(slices.Concat(same, renamed, priced, unpriced, other)...)
		const rows = `SELECT external_id, id, CASE WHEN external_id ~ '^(P|other)' THEN xmin::text END AS xmin FROM products WHERE external_id !~ '^new'`
		before := rowset.Query(t, s.Owner(), rows)
		for i := range renamed {
			renamed[i].Name += " II"
			priced[i].Price, unpriced[i].Price = new(s.Between(0, 999)), nil
		}
		lines := slices.Concat(s.products("new", 30), same, renamed, priced, unpriced)
		stats := s.load(s.Pool(), file(seed.Shuffled(s.Rand, lines)...), "Every line is right")
		s.has("after an import each product of the file is as the file says, and each other one as it was", append(lines, other...))
		rowset.Equal(t, "a row keeps its id; one that is as the file says, or not in the file, is not written, so its xmin stays", before, rowset.Query(t, s.Owner(), rows), rowset.AnyOrder, "external_id")
		require.Equal(t, []int{30, 60, 300}, []int{stats.Inserted, stats.Updated, stats.Unchanged}, "The file had 30 new products, 60 whose name or price had changed, also from or to NULL, and 300 as they were. Inserted, Updated and Unchanged must say so.")
	})
	t.Run("the_same_file_again_on_the_same_connection", func(t *testing.T) {
		s, list := openShop(t, 2_500)
		pool := s.Pool(dbtest.MaxConns(1))
		first := s.load(pool, file(list...), "Every line is right")
		second := s.load(pool, file(list...), "The same file again, with the same pool of one connection")
		require.Equal(t, [][]int{{2_500, 0, 0}, {0, 0, 2_500}}, [][]int{{first.Inserted, first.Updated, first.Unchanged}, {second.Inserted, second.Updated, second.Unchanged}}, "A file of 2,500 new products was imported twice. Inserted, Updated and Unchanged of the first call, and of the second:")
		s.has("importing a file twice is like importing it once", list)
		list[0].Name = "corrected by hand"
		s.Exec(`UPDATE products SET name = $2 WHERE external_id = $1`, list[0].ExternalID, list[0].Name)
		s.load(pool, file(list[1:9]...), "A file of 8 products, with the same connection again")
		s.has("a product that is not in the file stays as it is, here one that was corrected after an earlier import", list)
	})
	t.Run("lines_that_end_in_any_way", func(t *testing.T) {
		s, list := openShop(t, 2_500)
		text := file(list...) + "\n{\"external_id\":\"A\",\"name\":\"a\"}\r\n\r\n  \t\n{\"external_id\":\"B\",\"name\":\"b\"}\nno JSON\r\n\n  {\"external_id\":\"C\",\"name\":\"c\"}"
		stats := s.load(s.Pool(), text, "Blank lines, CRLF, and a last line without a line end are fine, and a line that is no JSON is refused")
		s.has("lines end in LF or CRLF, the last one perhaps in neither, and blank lines are passed over", append(list, product{"A", "a", nil}, product{"B", "b", nil}, product{"C", "c", nil}))
		require.Len(t, stats.Refused, 1, "lines that were refused: one line of the file is no JSON")
		require.Equal(t, 2_506, stats.Refused[0].Line, "The line that is no JSON has this number. Blank lines count, too. Refused says:")
	})
	t.Run("lines_of_a_megabyte", func(t *testing.T) {
		s, list := openShop(t, 3)
		for i, size := range []int{5_000, 70_000, 1_000_000} {
			list[i].Name = ""
			list[i].Name = strings.Repeat("x", size-len(file(list[i]))+len("\n"))
		}
		s.load(s.Pool(), file(list...), "Lines of 5,000, of 70,000 and of 1,000,000 bytes are fine")
		require.Equal(t, []int{len(list[0].Name), len(list[1].Name), len(list[2].Name)}, dbtest.Column[int](s.DB, `SELECT length(name) FROM products ORDER BY external_id`), "The names in the file have so many letters, and those in the table so many:")
	})
}

func TestRefuses(t *testing.T) {
	for name, lines := range map[string][]string{
		"what_is_not_a_json_object": {"is not one JSON object",
			`external_id,name,price`, `{"external_id":"X","name":"x"`, `{"external_id":"X","name":"x"}}`, `{"external_id":"X","name":"x"} {"external_id":"Y","name":"y"}`,
			`[{"external_id":"X","name":"x"}]`, `null`, `"X"`, `17`},
		"what_lacks_a_value": {"lacks an external_id or a name",
			`{}`, `{"name":"x"}`, `{"external_id":null,"name":"x"}`, `{"external_id":"X"}`, `{"external_id":"X","name":null,"price":5}`},
		"what_has_the_wrong_type": {"has an external_id or a name that is not a string, or a price that is not a whole number",
			`{"external_id":17,"name":"x"}`, `{"external_id":"X","name":["x"]}`, `{"external_id":"X","name":"x","price":"5"}`, `{"external_id":"X","name":"x","price":12.5}`, `{"external_id":"X","name":"x","price":true}`},
		"what_the_table_refuses": {"has a value that the table refuses",
			`{"external_id":"","name":"x"}`, `{"external_id":"` + strings.Repeat("X", 51) + `","name":"x"}`, `{"external_id":"` + strings.Repeat("é", 51) + `","name":"x"}`,
			`{"external_id":"X","name":"x","price":-1}`, `{"external_id":"X","name":"x","price":9223372036854775808}`},
		"a_character_that_the_database_cannot_keep": {"has the character U+0000",
			`{"external_id":"X","name":"x\u0000y"}`, `{"external_id":"X\u0000","name":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			what, bad := lines[0], lines[1:]
			s, good := openShop(t, len(bad)+1)
			text, want, refused := file(good[0]), []string{}, []string{}
			for i, line := range seed.Shuffled(s.Rand, bad) {
				text += line + "\n" + file(good[i+1])
				want = append(want, fmt.Sprintf("line %d: %s", 2*i+2, line))
			}
			stats := s.load(s.Pool(), text, "A line that "+what+" is refused, and does not end the import. The file has these:\n\n\t"+strings.Join(bad, "\n\t")+"\n\nAll others are right")
			for _, refusal := range stats.Refused {
				require.NotEmptyf(t, refusal.Reason, "why line %d was refused", refusal.Line)
				line := append(strings.Split(text, "\n"), "not in the file")[min(max(refusal.Line-1, 0), 2*len(bad)+2)]
				refused = append(refused, fmt.Sprintf("line %d: %s", refusal.Line, line))
			}
			require.Equalf(t, want, refused, "Expected are the lines that must be refused, because each %s. Actual are those that were refused.", what)
			s.has("the good lines are saved, and nothing of the refused ones", good)
		})
	}
	t.Run("one_of_two_lines_about_a_product", func(t *testing.T) {
		s, list := openShop(t, 2)
		bad := fmt.Sprintf(`{"external_id":%q,"name":"bad","price":-1}`+"\n", list[0].ExternalID) + fmt.Sprintf(`{"external_id":%q,"name":"bad","price":-1}`+"\n", list[1].ExternalID)
		stats := s.load(s.Pool(), file(list[0])+bad+file(list[1]), "A product may be in the file more than once, also with a line that is refused")
		require.Len(t, stats.Refused, 2, "Lines 1 and 4 are right. Lines 2 and 3 are about the same two products, and have a price below zero. These lines were refused:")
		s.has("each product is as its last line says of those that were not refused", list)
	})
}
