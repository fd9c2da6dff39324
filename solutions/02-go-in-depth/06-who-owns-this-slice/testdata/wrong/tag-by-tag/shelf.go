// Wrong: each read is locked, so a Snapshot made of reads is safe too.
//checker:fails TestTogether/a_snapshot_is_of_one_moment
//checker:hint 7

// Package ownership keeps books in memory, to be read by many requests at once.
package ownership

import (
	"bytes"
	"maps"
	"slices"
	"sync"
)

// A Book is one entry of the catalogue.
type Book struct {
	ID    string
	Title string
	Tags  []string
}

func (b Book) clone() Book {
	b.Tags = slices.Clone(b.Tags)
	return b
}

func clones(books []Book) []Book {
	out := make([]Book, 0, len(books))
	for _, b := range books {
		out = append(out, b.clone())
	}
	return out
}

// A Shelf holds books below their tags.
type Shelf struct {
	mu    sync.RWMutex
	ids   map[string]bool
	byTag map[string][]Book
}

// Add puts b on the shelf.
func (s *Shelf) Add(b Book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids, s.byTag = map[string]bool{}, map[string][]Book{}
	}
	s.ids[b.ID] = true
	for i, tag := range b.Tags {
		if !slices.Contains(b.Tags[:i], tag) {
			s.byTag[tag] = append(s.byTag[tag], b.clone())
		}
	}
}

// ByTag returns the books that carry the tag.
func (s *Shelf) ByTag(tag string) []Book {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return clones(s.byTag[tag])
}

// Rename gives a book a new title.
func (s *Shelf) Rename(id, title string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, books := range s.byTag {
		for i := range books {
			if books[i].ID == id {
				books[i].Title = title
			}
		}
	}
	return s.ids[id]
}

// Snapshot returns what ByTag returns, for each tag.
func (s *Shelf) Snapshot() map[string][]Book {
	s.mu.RLock()
	tags := slices.Collect(maps.Keys(s.byTag))
	s.mu.RUnlock()
	all := map[string][]Book{}
	for _, tag := range tags {
		all[tag] = s.ByTag(tag)
	}
	return all
}

// Head returns the first 16 bytes of body.
func Head(body []byte) []byte {
	return bytes.Clone(body[:min(len(body), 16)])
}
