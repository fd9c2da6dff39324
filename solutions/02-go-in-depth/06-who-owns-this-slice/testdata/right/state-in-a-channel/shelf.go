// Right: the state lies in a channel of one place, and who takes it out is alone with it.

// Package ownership keeps books in memory, to be read by many requests at once.
package ownership

import (
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

// A Shelf has one state, which lies in a channel. Who takes it out is alone with
// it, and puts it back.
type Shelf struct {
	once sync.Once
	home chan *state
}

type state struct {
	ids   map[string]bool
	byTag map[string][]Book
}

func (s *Shelf) take() *state {
	s.once.Do(func() {
		s.home = make(chan *state, 1)
		s.home <- &state{map[string]bool{}, map[string][]Book{}}
	})
	return <-s.home
}

// Add puts b on the shelf.
func (s *Shelf) Add(b Book) {
	st := s.take()
	defer func() { s.home <- st }()
	st.ids[b.ID] = true
	for i, tag := range b.Tags {
		if !slices.Contains(b.Tags[:i], tag) {
			st.byTag[tag] = append(st.byTag[tag], b.clone())
		}
	}
}

// ByTag returns the books that carry the tag.
func (s *Shelf) ByTag(tag string) []Book {
	st := s.take()
	defer func() { s.home <- st }()
	return clones(st.byTag[tag])
}

// Rename gives a book a new title.
func (s *Shelf) Rename(id, title string) bool {
	st := s.take()
	defer func() { s.home <- st }()
	for _, books := range st.byTag {
		for i := range books {
			if books[i].ID == id {
				books[i].Title = title
			}
		}
	}
	return st.ids[id]
}

// Snapshot returns what ByTag returns, for each tag.
func (s *Shelf) Snapshot() map[string][]Book {
	st := s.take()
	defer func() { s.home <- st }()
	all := map[string][]Book{}
	for tag, books := range st.byTag {
		all[tag] = clones(books)
	}
	return all
}

// Head returns the first 16 bytes of body.
func Head(body []byte) []byte {
	return []byte(string(body[:min(len(body), 16)]))
}
