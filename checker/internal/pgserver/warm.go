package pgserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"
)

// Bounds on what an acquirer puts up with.
const (
	pollPause     = 5 * time.Millisecond
	maxKeepers    = 3                // keepers that may end without a word
	maxSilence    = 90 * time.Second // a keeper that starts a server and says nothing new
	maxUnanswered = 8 * time.Second  // a server that is called ready and does not answer
)

// acquireWarm finds or starts a warm server of one of the kinds that opts wants.
func acquireWarm(ctx context.Context, opts Options) (*Server, error) {
	// Nothing can be kept warm without the folder: not a matter of one source or the other.
	if err := newSlot(opts.Cache, opts.wanted()[0], opts.Image).make(); err != nil {
		return nil, err
	}
	if s := findWarm(ctx, opts); s != nil {
		return s, nil
	}
	failure := &UnavailableError{}
	var notes []string
	for i, kind := range opts.wanted() {
		s, err := newOrder(opts, kind, notes).acquire(ctx, opts)
		if err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("acquire a PostgreSQL server: %w", context.Cause(ctx))
		}
		failure.Attempts = append(failure.Attempts, Attempt{kind, err, helpFor(err)})
		notes = append(notes, kind+": "+err.Error())
		if rest := opts.wanted()[i+1:]; len(rest) > 0 {
			opts.Progress(fmt.Sprintf("%s: %v; trying %s", kind, err, rest[0]))
		}
	}
	return nil, failure
}

// findWarm returns a server that is warm already, of the best kind that is wanted. It saves auto
// from asking again, each time, for what was not there the last time.
func findWarm(ctx context.Context, opts Options) *Server {
	for _, kind := range opts.wanted() {
		o := newOrder(opts, kind, nil)
		if o.slot().readState().Phase != ready {
			continue
		}
		lease, err := o.slot().lease(ctx)
		if err != nil {
			continue
		}
		// Only what is read under the lease counts: nobody retires the server from here on.
		st := o.slot().readState()
		if st.Phase == ready && reachable(ctx, st) && o.tend(opts) == nil {
			return o.slot().server(st, lease)
		}
		_ = lease.Close()
	}
	return nil
}

// tend sees to it that a server has a keeper: one whose keeper was killed is adopted by the next.
func (o order) tend(opts Options) error {
	if o.slot().kept() {
		return nil
	}
	_, err := o.startKeeper(opts.Keeper)
	return err
}

// acquire leases the order's server, starting a keeper for it when there is none.
func (o order) acquire(ctx context.Context, opts Options) (*Server, error) {
	s := o.slot()
	if err := s.make(); err != nil {
		return nil, err
	}
	lease, err := s.lease(ctx)
	if err != nil {
		return nil, err
	}
	st, err := o.await(ctx, opts)
	if err != nil {
		return nil, errors.Join(err, lease.Close())
	}
	return s.server(st, lease), nil
}

func (s slot) server(st state, lease *flock.Flock) *Server {
	return &Server{
		URL:     st.URL,
		Source:  st.Source,
		Version: st.Version,
		Detail:  st.Detail,
		Notes:   st.Notes,
		begun:   st.Begun,
		release: func(context.Context) error {
			s.touch()
			return lease.Close()
		},
	}
}

// await follows the slot's keeper until the server is ready, or will not be. Without a keeper it
// starts one. It relies on what the files say alone, never on being the one who started the
// keeper, so any number of acquirers can wait for the same server.
func (o order) await(ctx context.Context, opts Options) (state, error) {
	s := o.slot()
	before := s.readState()
	seen, news := before, time.Now()
	var keeper child
	for keepers := 0; ; {
		// Ask for the keeper first: what a dead one left in the state is its last word.
		tended := s.kept() || keeper.running()
		st := s.readState()
		if st.newer(seen) || len(st.Progress) > len(seen.Progress) {
			news = time.Now()
		}
		for _, line := range st.newLines(seen) {
			opts.Progress(o.Kind + ": " + line)
		}
		seen = st

		switch {
		case st.Phase == ready && reachable(ctx, st):
			return st, o.tend(opts)
		case st.Phase == failed && st.newer(before):
			return st, st.failure()
		case tended && st.Phase == ready && time.Since(news) > maxUnanswered:
			return st, withHelp(fmt.Errorf("the warm server does not answer (its keeper is process %d)", st.Keeper),
				"end it with the command `db down`, then try again")
		case tended && time.Since(news) > maxSilence:
			return st, fmt.Errorf("nothing happened for %v; see %s", maxSilence, s.path("keeper.log"))
		case !tended && keepers == maxKeepers:
			return st, o.mute()
		case !tended:
			var err error
			if keeper, err = o.startKeeper(opts.Keeper); err != nil {
				return st, err
			}
			keepers++
		}
		select {
		case <-ctx.Done():
			return st, context.Cause(ctx)
		case <-time.After(pollPause):
		}
	}
}

// mute explains keepers that ended and left no word.
func (o order) mute() error {
	if err := o.slot().checkWritable(); err != nil {
		return err
	}
	return fmt.Errorf("the keeper ended before the server was ready; the end of %s: %s",
		o.slot().path("keeper.log"), o.slot().logTail())
}

func (st state) failure() error {
	err := errors.New(st.Error)
	if st.Help == "" {
		return err
	}
	return withHelp(err, st.Help)
}

// reachable reports whether the very server that st tells of answers.
func reachable(ctx context.Context, st state) bool {
	ctx, cancel := context.WithTimeout(ctx, aliveTimeout)
	defer cancel()
	v, err := probe(ctx, st.URL)
	return err == nil && v.begun == st.Begun
}
