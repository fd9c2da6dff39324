// Package pgserver provides a throwaway PostgreSQL server from whatever the machine has.
//
// [Acquire] takes the first source that works: a server named by URL, a container, local
// binaries, or a downloaded build. What it starts stays warm between calls: a keeper process
// ([Keep]) owns the server and ends it when nobody has used it for a while. The files of one
// warm server live in one folder of the cache:
//
//	servers/<slot>/keeper.lock   locked by the keeper for as long as it lives
//	servers/<slot>/lease.lock    locked (shared) by everyone who uses the server
//	servers/<slot>/state.json    what the keeper has to say: see type state
//	servers/<slot>/keeper.log    what the keeper and its helpers printed
//
// All ownership rests on file locks, which the operating system drops when a process dies, so
// no way of killing a process can leave a lease or a keeper behind that is not there. A process
// id read from a file is never trusted on its own.
package pgserver

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// aliveTimeout bounds Alive and every other question to a server that should answer at once.
const aliveTimeout = 3 * time.Second

// Server is a PostgreSQL server that the caller may use until Release.
type Server struct {
	URL     string   // superuser connection, with its password
	Source  string   // "url", "container", "local" or "embedded"
	Version string   // such as "15.18"
	Detail  string   // one line on where it comes from
	Notes   []string // why the sources before it were not taken

	begun   string // when its postmaster started: its identity
	release func(context.Context) error
	once    sync.Once
	err     error
}

// Acquire finds the warm server that opts asks for, or starts one, and holds a lease on it.
// The error is an [*UnavailableError] when no source had a server to give.
func Acquire(ctx context.Context, opts Options) (*Server, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	if opts.wantsURL() {
		return acquireGiven(ctx, opts)
	}
	return acquireWarm(ctx, opts)
}

// Alive reports whether the very server that Acquire returned is still there: one that was
// restarted in between is not. It takes at most three seconds.
func (s *Server) Alive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, aliveTimeout)
	defer cancel()
	v, err := probe(ctx, s.URL)
	if err != nil {
		return fmt.Errorf("reach the %s server: %w", s.Source, err)
	}
	if v.begun != s.begun {
		return fmt.Errorf("reach the %s server: it was restarted, what was in it may be gone", s.Source)
	}
	return nil
}

// Release gives the lease back; the server stays warm until it has been idle for Options.Idle.
// On a server given by URL it drops every database and role named wb_<tag>_*.
// Only the first call does anything.
func (s *Server) Release(ctx context.Context) error {
	s.once.Do(func() { s.err = s.release(ctx) })
	return s.err
}
