package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Bounds on a keeper's work.
const (
	lockWait    = 500 * time.Millisecond // for others who look at the lock for a moment
	requestTick = 50 * time.Millisecond
	endTimeout  = 15 * time.Second
)

var (
	errAsked = errors.New("asked to end")
	errGone  = errors.New("the server ended")
)

// Keep is the body of the keeper process: it starts the server that its order names, or adopts
// one whose keeper was killed, and ends it when it is idle, when [Down] asks, when the process
// is told to terminate, or when the server dies. Where another keeper is at work it returns nil
// at once. It is meant for a process of its own and changes that process's environment.
func Keep(ctx context.Context) error {
	o, err := orderFromEnv()
	if err != nil {
		return err
	}
	lock := o.slot().keeperLock()
	defer lock.Close()
	if ok, err := lockBriefly(ctx, lock); !ok {
		return err
	}
	o.slot().dropRequest() // one that is meant for us will be made again

	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go cancelWhenAsked(ctx, cancel, o.slot())

	k := &keeper{order: o, slot: o.slot(), source: newSource(o, o.slot())}
	return k.run(ctx)
}

// lockBriefly takes the lock, outlasting those who only look at it. It returns false and no error
// where another keeper has it.
func lockBriefly(ctx context.Context, lock *flock.Flock) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, lockPause)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return false, fmt.Errorf("take the keeper's lock: %w", err)
	}
	return ok, nil
}

func cancelWhenAsked(ctx context.Context, cancel context.CancelCauseFunc, s slot) {
	tick := time.NewTicker(requestTick)
	defer tick.Stop()
	for !s.asked() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	cancel(errAsked)
}

// keeper owns one warm server.
type keeper struct {
	order  order
	slot   slot
	source source
	state  state
	gone   <-chan struct{}
}

func (k *keeper) run(ctx context.Context) error {
	if !k.adopt(ctx) {
		if err := k.begin(ctx); err != nil {
			return k.fail(ctx, err)
		}
	}
	cause := k.watch(ctx)
	fmt.Fprintf(os.Stderr, "keeper %d: ending the server: %v\n", os.Getpid(), cause)
	return errors.Join(k.slot.removeState(), k.clear(ctx))
}

// adopt takes over a server whose keeper was killed: others may be using it.
func (k *keeper) adopt(ctx context.Context) bool {
	st := k.slot.readState()
	if st.Phase != ready || !reachable(ctx, st) {
		return false
	}
	st.Run, st.Keeper = rand.Text(), os.Getpid()
	k.state = st
	return k.slot.writeState(st) == nil
}

// begin starts a server and announces it.
func (k *keeper) begin(ctx context.Context) error {
	k.state = state{
		Phase:  starting,
		Run:    rand.Text(),
		Keeper: os.Getpid(),
		Source: k.order.Kind,
		Idle:   k.order.Idle.String(),
		Notes:  k.order.Notes,
	}
	if err := k.slot.writeState(k.state); err != nil {
		return err
	}
	// What cannot be cleared away must not stop a new server; where nothing works, start says why.
	if err := k.source.clear(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "keeper %d: %v\n", os.Getpid(), err)
	}
	in, err := k.source.start(ctx, k.say)
	if err != nil {
		return err
	}
	v, err := probe(ctx, in.url)
	if err != nil {
		return err
	}
	if err := v.suitable(); err != nil {
		return err
	}
	k.gone = in.gone
	k.state.Phase, k.state.URL, k.state.Detail = ready, in.url, in.detail
	k.state.Version, k.state.Begun = v.version, v.begun
	return k.slot.writeState(k.state)
}

func (k *keeper) say(line string) {
	k.state.say(line)
	if err := k.slot.writeState(k.state); err != nil {
		fmt.Fprintf(os.Stderr, "keeper %d: %v\n", os.Getpid(), err)
	}
}

// fail clears away what a failed start left and tells those who wait.
func (k *keeper) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = fmt.Errorf("start was interrupted: %w", context.Cause(ctx))
	}
	if clearErr := k.clear(ctx); clearErr != nil {
		fmt.Fprintf(os.Stderr, "keeper %d: %v\n", os.Getpid(), clearErr)
	}
	k.state.Phase, k.state.Error, k.state.Help = failed, err.Error(), helpFor(err)
	return errors.Join(err, k.slot.writeState(k.state))
}

// clear works also when ctx is what ended.
func (k *keeper) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return k.source.clear(ctx)
}
