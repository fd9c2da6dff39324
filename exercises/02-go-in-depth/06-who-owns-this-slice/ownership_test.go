package ownership_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	ownership "workbook/exercises/02-go-in-depth/06-who-owns-this-slice"
)

func TestAdd(t *testing.T) {
	with(t, "keeps_nothing_of_the_caller", func(t *testing.T, s *ownership.Shelf) {
		tags := []string{"go", "db"}
		s.Add(Book{"b1", "Go", tags})
		want := textOf(s.Snapshot())
		tags[0], tags[1] = "mine", "mine"
		require.Equal(t, want, textOf(s.Snapshot()), "a book was added, then the caller overwrote the slice of tags, which is the caller's own. The shelf must show the same as before")
		require.Equal(t, want["go"], text(s.ByTag("go")), "a book was added, then the caller overwrote the slice of tags, which is the caller's own. The shelf must show the same as before")
	})

	with(t, "changes_nothing_of_the_caller", func(t *testing.T, s *ownership.Shelf) {
		all := []string{"go", "db", "go", "css", "not a tag of the book"}
		want := slices.Clone(all)
		s.Add(Book{"b1", "Go", all[:4]})
		s.Rename("b1", "More Go")
		s.Snapshot()
		require.Equal(t, want, all, "a book was added with the first four of these as its tags. The slice is the caller's own, and must be as it was")
	})
}

// held is what a caller got: by which call, the books, and how they were then.
type held struct {
	call  string
	books []Book
	was   []string
}

// read reads each tag twice, with ByTag or with Snapshot.
func read(s *ownership.Shelf, source string) (lists []held) {
	for _, nth := range []string{"first", "second"} {
		all := s.Snapshot()
		for _, tag := range []string{"go", "db"} {
			books := all[tag]
			if source == "ByTag" {
				books = s.ByTag(tag)
			}
			lists = append(lists, held{nth + " " + source + ", tag " + tag, books, text(books)})
		}
	}
	return lists
}

// filled is a shelf of n books with the tags go and db, and what was read from it.
func filled(t *testing.T, n int, source string) (*ownership.Shelf, []held) {
	var s ownership.Shelf
	for i := range n {
		s.Add(Book{fmt.Sprint("b", i), fmt.Sprint("title ", i), []string{"go", "db", fmt.Sprint("n", i)}})
	}
	lists := read(&s, source)
	for _, h := range lists {
		require.Lenf(t, h.was, n, "%d books with the tags go and db were added. The result of the %s", n, h.call)
	}
	return &s, lists
}

func TestResults(t *testing.T) {
	edits := map[string]func(Book, *Book){
		"overwritten":           func(_ Book, b *Book) { *b = Book{"mine", "mine", nil} },
		"with_tags_overwritten": func(b Book, _ *Book) { clear(append(b.Tags, "mine")); clear(b.Tags) },
	}
	for _, source := range []string{"ByTag", "Snapshot"} {
		for name, edit := range edits {
			with(t, name+"/"+source, func(t *testing.T, _ *ownership.Shelf) {
				for i := range 4 {
					s, lists := filled(t, 1, source)
					want, mine := lists[i].was, lists[i]
					edit(mine.books[0], &mine.books[0])
					story := "a caller wrote to the result of the %s, which now is %q. "
					for _, other := range slices.Delete(lists, i, i+1) {
						require.Equalf(t, want, text(other.books), story+"Another caller has the result of the %s, which must stay as it was", mine.call, text(mine.books), other.call)
					}
					for _, now := range slices.Concat(read(s, "ByTag"), read(s, "Snapshot")) {
						require.Equalf(t, want, now.was, story+"A new read must show what is on the shelf. The %s", mine.call, text(mine.books), now.call)
					}
				}
			})
		}

		with(t, "appended_to/"+source, func(t *testing.T, _ *ownership.Shelf) {
			for n := 1; n < 10; n++ { // append makes room in advance for some sizes, and for others not
				s, lists := filled(t, n, source)
				for i := range lists {
					lists[i].books = append(lists[i].books, Book{"mine", lists[i].call, nil})
				}
				s.Add(Book{"last", "on the shelf", []string{"go", "db"}})
				for _, h := range lists {
					require.Equalf(t, append(h.was, fmt.Sprintf("mine %q []", h.call)), text(h.books),
						"%d books. Callers appended a book of their own to each of four results, then another book was added to the shelf. The caller of the %s must have its result and its own book", n, h.call)
				}
			}
		})

		with(t, "with_tags_appended_to/"+source, func(t *testing.T, _ *ownership.Shelf) {
			_, lists := filled(t, 3, source)
			var want, got []string
			for _, b := range lists[0].books {
				want = append(want, fmt.Sprintf("%s %q", b.ID, append(slices.Clone(b.Tags), b.ID)))
			}
			for i, b := range lists[0].books {
				lists[0].books[i].Tags = append(b.Tags, b.ID)
			}
			for _, b := range lists[0].books {
				got = append(got, fmt.Sprintf("%s %q", b.ID, b.Tags))
			}
			require.Equal(t, want, got, "a caller has three books, and appended to the tags of each its id. Each book must have its own id behind its tags")
		})

		with(t, "stay_when_a_book_is_renamed/"+source, func(t *testing.T, _ *ownership.Shelf) {
			s, lists := filled(t, 1, source)
			s.Rename("b0", "a new title")
			for _, h := range lists {
				require.Equalf(t, h.was, text(h.books), "a caller has a result, then the book in it is renamed. The result of the %s must stay as it was", h.call)
			}
		})
	}

	with(t, "that_are_maps_edited", func(t *testing.T, _ *ownership.Shelf) {
		s, _ := filled(t, 1, "Snapshot")
		mine, other := s.Snapshot(), s.Snapshot()
		want := textOf(other)
		delete(mine, "go")
		mine["db"], mine["new"] = nil, []Book{{"mine", "mine", nil}}
		require.Equal(t, want, textOf(other), "a caller edited the map that Snapshot gave it. The map that another caller has must stay as it was")
		require.Equal(t, want, textOf(s.Snapshot()), "a caller edited the map that Snapshot gave it. A new Snapshot must show what is on the shelf")
	})
}

func TestHead(t *testing.T) {
	with(t, "is_the_first_16_bytes_or_all", func(t *testing.T, _ *ownership.Shelf) {
		for _, body := range []string{"", "%", "%PDF-1.7, 15 byt", "%PDF-1.7, 16 byte", "%PDF-1.7 and everything that comes after it"} {
			require.Equalf(t, body[:min(len(body), 16)], string(ownership.Head([]byte(body))), "Head of the %d bytes %q", len(body), body)
		}
	})

	with(t, "shares_nothing_with_body", func(t *testing.T, _ *ownership.Shelf) {
		for _, n := range []int{5, 16, 30} {
			body := []byte("%PDF-1.7 and everything that comes after it")
			head := ownership.Head(body[:n])
			want := string(head)
			copy(body, "the body of the next request is read into it")
			require.Equalf(t, want, string(head), "body has %d bytes. Then the caller used its buffer for the next request. The head must stay as it was", n)
			now := string(body)
			clear(append(head, "more"...))
			clear(head)
			require.Equalf(t, now, string(body), "body has %d bytes. The owner of the head appended to it and overwrote it. body must stay as it was", n)
		}
	})

	with(t, "holds_no_more_memory_than_it_needs", func(t *testing.T, _ *ownership.Shelf) {
		const size = 8 << 20
		var heads [8][]byte
		var first weak.Pointer[byte]
		before := memory()
		for i := range heads {
			body := make([]byte, size)
			heads[i] = ownership.Head(body)
			if i == 0 {
				first = weak.Make(&body[0])
			}
		}
		more := memory() - before
		story := "8 bodies of 8 MiB. Only the 8 heads are still in use, and the collector has run. "
		require.True(t, first.Value() == nil, story+"The memory of the first body must be free, but the head still holds it")
		require.Less(t, more, 2*size, story+"So many bytes more than before are held")
		runtime.KeepAlive(&heads)
	})
}

// memory runs the collector, and returns how many bytes are still in use.
func memory() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
