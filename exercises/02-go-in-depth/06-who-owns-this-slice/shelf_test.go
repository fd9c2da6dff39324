package ownership_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	ownership "workbook/exercises/02-go-in-depth/06-who-owns-this-slice"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

type Book = ownership.Book

// with runs a subtest with an empty shelf. A panic or a hang fails it alone.
func with(t *testing.T, name string, test func(*testing.T, *ownership.Shelf)) {
	t.Run(name, func(t *testing.T) {
		guard.Run(t, func() { test(t, new(ownership.Shelf)) })
	})
}

// text is what the books are at this moment, for comparison.
func text(books []Book) []string {
	lines := []string{}
	for _, b := range books {
		lines = append(lines, fmt.Sprintf("%s %q %q", b.ID, b.Title, b.Tags))
	}
	return lines
}

func textOf(all map[string][]Book) map[string][]string {
	lines := map[string][]string{}
	for tag, books := range all {
		lines[tag] = text(books)
	}
	return lines
}

var someTags = []string{"go", "Go", "golang", "go ", ""}

// random adds books with ids, titles and tags in no order, and returns them. Each fifth has no tags.
func random(t *testing.T, s *ownership.Shelf) []Book {
	r := seed.New(t)
	var books []Book
	for i, id := range r.Perm(20) {
		b := Book{fmt.Sprintf("b%02d", id), r.Word(), seed.Sample(r, someTags, i%5)}
		books = append(books, b)
		s.Add(Book{b.ID, b.Title, slices.Clone(b.Tags)})
	}
	return books
}

// byTag is what the contract promises for these books.
func byTag(books []Book) map[string][]string {
	want := map[string][]string{}
	for _, b := range books {
		for _, tag := range b.Tags {
			want[tag] = append(want[tag], text([]Book{b})...)
		}
	}
	return want
}

func TestShelf(t *testing.T) {
	with(t, "is_empty_when_new", func(t *testing.T, s *ownership.Shelf) {
		new(ownership.Shelf).Add(Book{"b1", "on another shelf", []string{"go"}})
		require.Empty(t, text(s.ByTag("go")), "ByTag on a zero Shelf")
		require.False(t, s.Rename("b1", "Go"), "Rename on a zero Shelf: no book has this id")
		require.Empty(t, s.Snapshot(), "Snapshot of a zero Shelf")
		require.NotNil(t, s.Snapshot(), "Snapshot of a zero Shelf: the map is never nil, a caller may put something into it")
	})

	with(t, "finds_by_tag_in_the_order_of_adding", func(t *testing.T, s *ownership.Shelf) {
		want := byTag(random(t, s))
		for n := range 50 {
			for tag, books := range want {
				require.Equalf(t, books, text(s.ByTag(tag)), "ByTag(%q), read %d: all books with exactly this tag, in the order in which they were added, each time", tag, n+1)
			}
		}
		require.Empty(t, text(s.ByTag("g")), "ByTag(g): no book has exactly this tag")
		s.Add(Book{"new", "G", []string{"go"}})
		require.Equal(t, append(want["go"], `new "G" ["go"]`), text(s.ByTag("go")), "after some reads, another book with the tag go was added. ByTag(go)")
	})

	with(t, "shows_all_tags_in_a_snapshot", func(t *testing.T, s *ownership.Shelf) {
		want := byTag(random(t, s))
		for n := range 50 {
			require.Equalf(t, want, textOf(s.Snapshot()), "Snapshot, read %d: each tag, with all books that carry it, in the order in which they were added, each time", n+1)
		}
		s.Add(Book{"new", "G", []string{"go"}})
		want["go"] = append(want["go"], `new "G" ["go"]`)
		require.Equal(t, want, textOf(s.Snapshot()), "after some reads, another book with the tag go was added. Snapshot")
	})

	with(t, "lists_a_book_once_for_a_tag", func(t *testing.T, s *ownership.Shelf) {
		s.Add(Book{"b1", "Go", []string{"go", "db", "go"}})
		want := []string{`b1 "Go" ["go" "db" "go"]`}
		require.Equal(t, want, text(s.ByTag("go")), "the only book has the tags go, db, go. ByTag(go) finds it once, with all its tags")
		require.Equal(t, map[string][]string{"go": want, "db": want}, textOf(s.Snapshot()), "the only book has the tags go, db, go. Snapshot has it once for each tag, with all its tags")
	})

	with(t, "renames", func(t *testing.T, s *ownership.Shelf) {
		books := random(t, s)
		for _, i := range []int{9, 0, 19} { // with four tags, none, and four
			books[i].Title = "a new title"
			require.Truef(t, s.Rename(books[i].ID, books[i].Title), "Rename(%s): the book is on the shelf", books[i].ID)
			story := "Rename(%s, a new title): the book has this title under all its tags, and all else is as before. %s"
			for tag, want := range byTag(books) {
				require.Equalf(t, want, text(s.ByTag(tag)), story, books[i].ID, "ByTag("+tag+")")
			}
			require.Equalf(t, byTag(books), textOf(s.Snapshot()), story, books[i].ID, "Snapshot")
		}
		require.False(t, s.Rename("b99", "nothing"), "no book has this id. Rename")
		require.Equal(t, byTag(books), textOf(s.Snapshot()), "Rename of an id that no book has changes nothing")
	})
}
