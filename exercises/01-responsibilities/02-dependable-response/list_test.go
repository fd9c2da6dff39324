package dependableresponse_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
)

func TestList(t *testing.T) {
	t.Run("is_application_json", func(t *testing.T) {
		_, a := openShop(t, aBook(1)).items()
		mediaType, _ := a.ContentType(t)
		require.Equalf(t, "application/json", mediaType, "This is the media type of the answer.\n%s", a.Story())
	})

	t.Run("is_one_object", func(t *testing.T) {
		_, a := openShop(t, aBook(1)).items()
		require.Truef(t, strings.HasPrefix(strings.TrimSpace(a.Body), "{"), "The answer is one object, and its member items is the array of the books.\n%s", a.Story())
	})

	t.Run("is_an_empty_array_without_books", func(t *testing.T) {
		openShop(t).items()
	})

	t.Run("has_all_books_in_the_order_of_their_ids", func(t *testing.T) {
		random := seed.New(t)
		var ordered []book
		for id := int64(1); len(ordered) < 150; id += random.Between(1, 20) {
			b := aBook(id)
			b.Title = fmt.Sprintf("the book with the id %d", id)
			ordered = append(ordered, b)
		}
		s := openShop(t, seed.Shuffled(random, ordered)...)
		titles := s.members("title")
		for i, got := range titles {
			require.Equalf(t, ordered[i].Title, got, "The items are in the order of the ids, as numbers. This is item %d of %d.", i+1, len(titles))
		}
	})

	t.Run("is_what_the_table_has_at_that_time", func(t *testing.T) {
		s := openShop(t, aBook(1))
		s.items()
		s.add(aBook(2))
		s.state = "The list was asked for, then a second book came into the table, and the list was asked for again"
		s.items()
	})

	inside := func(t *testing.T, s *shop) {
		items, a := s.items()
		require.Equalf(t, []string{"author", "id", "price", "published_at", "title"}, slices.Sorted(maps.Keys(items[0])), "%s. The author is known, so an item has these members, and no others.\n%s", s.state, a.Story())
		problem.Clean(t, a, s.inside...)
	}

	t.Run("has_the_promised_members_and_no_others", func(t *testing.T) {
		inside(t, openShop(t, aBook(1)))
	})

	t.Run("stays_as_it_is_when_the_table_gets_a_column", func(t *testing.T) {
		s := openShop(t, aBook(1))
		s.Exec(`ALTER TABLE books ADD COLUMN supplier text NOT NULL DEFAULT '` + s.inside[0] + `'`)
		s.state = "The table can be read; it has got one more column, supplier"
		inside(t, s)
	})
}

func TestFailure(t *testing.T) {
	fails := func(t *testing.T, s *shop, why string, canaries ...string) {
		a := s.server.Get(t, "/v1/books")
		require.GreaterOrEqualf(t, a.Status, 500, "The status is 500 or above, as %s.\n%s", why, a.Story())
		problem.Clean(t, a, append(canaries, append(s.inside, "SELECT id", "ORDER BY")...)...)
	}

	t.Run("at_once", func(t *testing.T) {
		s := openShop(t, aBook(1))
		s.Exec(`ALTER TABLE books RENAME TO elsewhere`)
		fails(t, s, "the table books is not there", `relation "books"`)
	})

	t.Run("half_way_through_the_rows", func(t *testing.T) {
		long := strings.Repeat("long ", 4000)
		s := openShop(t, with(slices.Repeat([]string{long}, 40), func(b *book, title string) { b.Title = title })...)
		// The server gives up at the 30th row that is read, as on a damaged page.
		s.Exec(`CREATE SEQUENCE reads`)
		s.Exec(`CREATE FUNCTION damaged() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			IF nextval('reads') >= 30 THEN RAISE EXCEPTION 'could not read block' USING ERRCODE = 'data_corrupted'; END IF;
			RETURN true;
		END $$`)
		s.Exec(`ALTER TABLE books ENABLE ROW LEVEL SECURITY`)
		s.Exec(`CREATE POLICY damaged ON books USING (damaged())`)
		fails(t, s, "the table has 40 books, and the database has failed after 29 of them", "could not read block")
	})
}
