// Right: copy on write without a lock; a change is tried again until nobody came between.

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

func list(p *[]Book) []Book {
	if p == nil {
		return nil
	}
	return *p
}

// Add puts b on the shelf.
func (s *Shelf) Add(b Book) {
	b = clone(b)
	for {
		old := s.books.Load()
		next := append(slices.Clip(list(old)), b)
		if s.books.CompareAndSwap(old, &next) {
			return
		}
	}
}

// ByTag returns the books that carry the tag.
func (s *Shelf) ByTag(tag string) []Book {
	var found []Book
	for _, b := range list(s.books.Load()) {
		if slices.Contains(b.Tags, tag) {
			found = append(found, clone(b))
		}
	}
	return found
}

// Rename gives a book a new title.
func (s *Shelf) Rename(id, title string) bool {
	for {
		old := s.books.Load()
		i := slices.IndexFunc(list(old), func(b Book) bool { return b.ID == id })
		if i < 0 {
			return false
		}
		next := slices.Clone(*old)
		next[i].Title = title
		if s.books.CompareAndSwap(old, &next) {
			return true
		}
	}
}

// Snapshot returns what ByTag returns, for each tag.
func (s *Shelf) Snapshot() map[string][]Book {
	all := map[string][]Book{}
	for _, b := range list(s.books.Load()) {
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
