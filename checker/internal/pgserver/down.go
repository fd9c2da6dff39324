package pgserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"
)

// Down ends every warm server of the cache, whoever uses it, and clears away what killed
// processes left: temporary folders and containers. What makes the next start fast stays.
func Down(ctx context.Context, opts Options) error {
	opts, err := opts.complete()
	if err != nil || opts.wantsURL() {
		return err // a server given by URL is not ours to end
	}
	slots, err := allSlots(opts.Cache)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range slots {
		if err := s.end(ctx, opts); err != nil {
			errs = append(errs, fmt.Errorf("end the %s server: %w", s.kind(), err))
		}
	}
	return errors.Join(errs...)
}

// end has the keeper end its server, then makes sure itself.
func (s slot) end(ctx context.Context, opts Options) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	lock := s.keeperLock()
	defer lock.Close()
	before := s.readState().Phase
	if err := s.outlast(ctx, lock); err != nil {
		return err
	}
	s.dropRequest()
	err := newSource(order{Kind: s.kind(), Cache: opts.Cache}, s).clear(ctx)
	if before != ready && before != starting {
		err = nil // nothing ran, so whatever could not be asked (an engine, say) matters to nobody
	}
	return errors.Join(s.removeState(), err)
}

// outlast asks the keeper to end until its lock is free, and takes the lock. It asks again each
// time, because a keeper that is just starting throws away what was asked of the one before.
func (s slot) outlast(ctx context.Context, lock *flock.Flock) error {
	for {
		ok, err := lock.TryLock()
		if ok || err != nil {
			return err
		}
		if err := s.askToEnd(); err != nil {
			return fmt.Errorf("ask its keeper to: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("its keeper, process %d, does not react: %w", s.readState().Keeper, context.Cause(ctx))
		case <-time.After(pollPause):
		}
	}
}
