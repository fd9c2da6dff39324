package pgtrace

import (
	"context"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Spy records what is sent through the pools that it is put into. Its zero
// value is ready; it may be used by several goroutines.
//
//kit:proves how many round trips code makes, and that no value is pasted into SQL
type Spy struct {
	mu    sync.Mutex
	trips []*Trip
}

// Start records the trip.
func (s *Spy) Start(_ context.Context, _ *pgx.Conn, t *Trip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trips = append(s.trips, t)
}

// End does nothing.
func (s *Spy) End(context.Context, *pgx.Conn, *Trip, error) {}

// RoundTrips counts queries, batches and copies. What only begins or ends a
// transaction or a savepoint is not counted.
func (s *Spy) RoundTrips() int {
	n := 0
	for _, t := range s.seen() {
		if !t.Control() {
			n++
		}
	}
	return n
}

// Calls returns every statement in the order in which it was sent, with its arguments.
func (s *Spy) Calls() []Statement {
	var calls []Statement
	for _, t := range s.seen() {
		for _, statement := range t.Statements {
			if !IsControl(statement.SQL) {
				calls = append(calls, statement)
			}
		}
	}
	return calls
}

// SQL returns the distinct texts of the statements, sorted.
func (s *Spy) SQL() []string {
	var texts []string
	for _, call := range s.Calls() {
		texts = append(texts, call.SQL)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// Reset forgets what was seen.
func (s *Spy) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trips = nil
}

func (s *Spy) seen() []*Trip {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.trips)
}
