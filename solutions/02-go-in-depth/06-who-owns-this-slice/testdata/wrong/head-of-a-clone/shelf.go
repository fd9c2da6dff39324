// Wrong: a head that is cut from a clone no longer holds the body.
//checker:fails TestHead/holds_no_more_memory_than_it_needs
//checker:hint 6

// Package ownership keeps books in memory, to be read by many requests at once.
package ownership

import (
	"bytes"
	"slices"
	"sync"
)

// A Book is one entry of the catalogue.
type Book struct {
	ID    string
	Title string
	Tags  []string
}

// clone returns a Book that shares no memory with b that anybody could change.
func (b Book) clone() Book {
	b.Tags = slices.Clone(b.Tags)
	return b
}

// A Shelf holds books, in the order in which they were added. The zero Shelf is
// empty and ready to use. Its methods may be called from many goroutines at once.
//
// Books are cloned on their way in and on their way out, so the slices below are
// the Shelf's own. A Shelf must not be copied after its first use.
type Shelf struct {
	mu    sync.RWMutex
	books []Book // guarded by mu, and so is all that it leads to
}

// Add puts b on the shelf. Its ID is not there yet.
func (s *Shelf) Add(b Book) {
	b = b.clone()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.books = append(s.books, b)
}

// ByTag returns the books that carry the tag, in the order in which they were added.
func (s *Shelf) ByTag(tag string) []Book {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []Book
	for _, b := range s.books {
		if slices.Contains(b.Tags, tag) {
			found = append(found, b.clone())
		}
	}
	return found
}

// Rename gives the book with this id a new title, and reports whether there is one.
func (s *Shelf) Rename(id, title string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.books, func(b Book) bool { return b.ID == id })
	if i < 0 {
		return false
	}
	s.books[i].Title = title
	return true
}

// Snapshot returns for each tag what ByTag returns, all of one moment. The map is
// never nil.
func (s *Shelf) Snapshot() map[string][]Book {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := map[string][]Book{}
	for _, b := range s.books {
		for i, tag := range b.Tags {
			if !slices.Contains(b.Tags[:i], tag) { // a tag may be there twice, the book may not
				all[tag] = append(all[tag], b.clone())
			}
		}
	}
	return all
}

// Head returns the first 16 bytes of body, or all of it when there are fewer.
// What it returns outlives body, and holds none of its memory.
func Head(body []byte) []byte {
	return bytes.Clone(body)[:min(len(body), 16)]
}
