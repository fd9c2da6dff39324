// Wrong: with an atomic pointer, loading, changing a copy and storing it needs no lock.
//checker:fails TestTogether/many_add_and_rename
//checker:hint 7

// Package ownership keeps books in memory, to be read by many requests at once.
package ownership

import (
	"slices"
	"sync/atomic"
)

// A Book is one entry of the catalogue.
type Book struct {
	ID    string
	Title string
	Tags  []string
}

func clone(b Book) Book {
	b.Tags = slices.Clone(b.Tags)
	return b
}

// A Shelf points to a list of books that is never written to again. Who changes
// something makes a new list; who reads takes the list of the moment.
type Shelf struct {
	books atomic.Pointer[[]Book]
}

func (s *Shelf) list() []Book {
	if p := s.books.Load(); p != nil {
		return *p
	}
	return nil
}

// Add puts b on the shelf.
func (s *Shelf) Add(b Book) {
	next := append(slices.Clip(s.list()), clone(b))
	s.books.Store(&next)
}

// ByTag returns the books that carry the tag.
func (s *Shelf) ByTag(tag string) []Book {
	var found []Book
	for _, b := range s.list() {
		if slices.Contains(b.Tags, tag) {
			found = append(found, clone(b))
		}
	}
	return found
}

// Rename gives a book a new title.
func (s *Shelf) Rename(id, title string) bool {
	next := slices.Clone(s.list())
	for i := range next {
		if next[i].ID == id {
			next[i].Title = title
			s.books.Store(&next)
			return true
		}
	}
	return false
}

// Snapshot returns what ByTag returns, for each tag.
func (s *Shelf) Snapshot() map[string][]Book {
	all := map[string][]Book{}
	for _, b := range s.list() {
		seen := map[string]bool{}
		for _, tag := range b.Tags {
			if !seen[tag] {
				seen[tag] = true
				all[tag] = append(all[tag], clone(b))
			}
		}
	}
	return all
}

// Head returns the first 16 bytes of body.
func Head(body []byte) []byte {
	return append([]byte(nil), body[:min(len(body), 16)]...)
}
