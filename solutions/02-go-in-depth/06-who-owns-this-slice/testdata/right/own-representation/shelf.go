// Right: the shelf keeps a form of its own, and makes every Book anew.

// Package ownership keeps books in memory, to be read by many requests at once.
package ownership

import (
	"bytes"
	"io"
	"sync"
)

// A Book is one entry of the catalogue.
type Book struct {
	ID    string
	Title string
	Tags  []string
}

// A Shelf keeps entries that lead back to no caller: strings cannot be changed, so
// a linked list of tags made of them is as good as a value.
type Shelf struct {
	lock    sync.Mutex
	entries []*entry
	byID    map[string]*entry
}

type entry struct {
	id, title string
	tags      *word
}

type word struct {
	text string
	next *word
}

func (e *entry) book() Book {
	b := Book{ID: e.id, Title: e.title}
	for w := e.tags; w != nil; w = w.next {
		b.Tags = append(b.Tags, w.text)
	}
	return b
}

// Add puts b on the shelf.
func (s *Shelf) Add(b Book) {
	e := &entry{id: b.ID, title: b.Title}
	for i := len(b.Tags) - 1; i >= 0; i-- {
		e.tags = &word{b.Tags[i], e.tags}
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.byID == nil {
		s.byID = make(map[string]*entry)
	}
	s.byID[b.ID] = e
	s.entries = append(s.entries, e)
}

// each calls f for every entry and every tag of it, once.
func (s *Shelf) each(f func(e *entry, tag string)) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, e := range s.entries {
		done := map[string]struct{}{}
		for w := e.tags; w != nil; w = w.next {
			if _, again := done[w.text]; !again {
				done[w.text] = struct{}{}
				f(e, w.text)
			}
		}
	}
}

// ByTag returns the books that carry the tag.
func (s *Shelf) ByTag(tag string) []Book {
	books := []Book{}
	s.each(func(e *entry, t string) {
		if t == tag {
			books = append(books, e.book())
		}
	})
	return books
}

// Rename gives a book a new title.
func (s *Shelf) Rename(id, title string) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	e, ok := s.byID[id]
	if ok {
		e.title = title
	}
	return ok
}

// Snapshot returns what ByTag returns, for each tag.
func (s *Shelf) Snapshot() map[string][]Book {
	all := make(map[string][]Book)
	s.each(func(e *entry, t string) { all[t] = append(all[t], e.book()) })
	return all
}

// Head returns the first 16 bytes of body.
func Head(body []byte) []byte {
	var head bytes.Buffer
	_, _ = io.Copy(&head, io.LimitReader(bytes.NewReader(body), 16))
	return head.Bytes()
}
