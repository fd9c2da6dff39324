// Wrong: one copy of all the tags is a copy of each.
//checker:fails TestResults/with_tags_appended_to/ByTag
//checker:fails TestResults/with_tags_appended_to/Snapshot
//checker:hint 5

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
	return cloneAll(s.books, tag)
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
		for _, tag := range b.Tags {
			if all[tag] == nil {
				all[tag] = cloneAll(s.books, tag)
			}
		}
	}
	return all
}

// cloneAll returns copies of the books that carry the tag. Their tags are in one array.
func cloneAll(books []Book, tag string) []Book {
	var found []Book
	n := 0
	for _, b := range books {
		if slices.Contains(b.Tags, tag) {
			found = append(found, b)
			n += len(b.Tags)
		}
	}
	tags := make([]string, 0, n)
	for i, b := range found {
		start := len(tags)
		tags = append(tags, b.Tags...)
		found[i].Tags = tags[start:]
	}
	return found
}

// Head returns the first 16 bytes of body, or all of it when there are fewer.
// What it returns outlives body, and holds none of its memory.
func Head(body []byte) []byte {
	return bytes.Clone(body[:min(len(body), 16)])
}
