package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime/metrics"
	"time"

	"workbook/exercises/internal/dbtest"
)

const (
	pollFirst = time.Millisecond     // a blocked call is found about so soon
	pollLast  = 5 * time.Millisecond // later polls are this far apart
	stillFor  = 20                   // so many polls in a row must find everything still
)

// answerLimit is how long the server may take to answer a poll.
const answerLimit = 5 * time.Second

var errNoAnswer = errors.New("the server does not answer")

// What a poll of the server finds out about the sessions of the code under test.
type sight struct {
	blocked int // wait for a lock
	working int // execute something and wait for no lock
}

// watch looks after the calls that are held, until the returned function is
// called: that one returns an error when the server could not be asked.
func (g *Gate) watch() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() {
		err := g.watching(ctx)
		if err != nil {
			g.stayOpen()
		}
		result <- err
	}()
	return func() error {
		cancel()
		return <-result
	}
}

func (g *Gate) watching(ctx context.Context) error {
	still, change, wait := 0, -1, pollFirst
	for ctx.Err() == nil {
		before := g.look()
		if !before.waiting {
			select {
			case <-g.woken:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		if before.change != change {
			still, change, wait = 0, before.change, pollFirst
		}
		seen, err := g.poll(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		still = g.judge(before, seen, still)
		select {
		case <-time.After(wait):
			wait = min(wait*2, pollLast)
		case <-ctx.Done():
		}
	}
	return nil
}

type gateState struct {
	change, life int
	waiting      bool
}

func (g *Gate) look() gateState {
	g.mu.Lock()
	defer g.mu.Unlock()
	return gateState{g.change, g.life, g.meeting != nil && g.held > 0}
}

// judge opens the gate when nobody can go on. It counts only what holds
// together: the poll must have begun after the last arrival, or a call that it
// saw blocked may have been set free by that arrival since. The result is the
// number of polls in a row that found everything still.
func (g *Gate) judge(before gateState, seen sight, still int) int {
	busy := othersRun()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.change != before.change {
		return 0
	}
	if g.idle > maxIdleTrips {
		g.openForStillness()
		return 0
	}
	g.openWhen(g.held + seen.blocked)
	if g.life != before.life || seen.working > 0 || g.under > seen.blocked {
		return 0
	}
	if busy {
		return still
	}
	if still++; still >= stillFor {
		g.openForStillness()
	}
	return still
}

// poll asks the server who is blocked. The sessions of dbtest itself are not
// counted, nor those of other databases.
func (g *Gate) poll(ctx context.Context) (sight, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerLimit, errNoAnswer)
	defer cancel()
	var seen sight
	err := g.db.Super().QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE blocked), count(*) FILTER (WHERE NOT blocked AND state IN ('active', 'fastpath function call'))
		FROM (SELECT state, cardinality(pg_blocking_pids(pid)) > 0 OR cardinality(pg_safe_snapshot_blocking_pids(pid)) > 0 AS blocked
			FROM pg_stat_activity
			WHERE datname = $1 AND application_name <> $2 AND backend_type = 'client backend') AS sessions`,
		g.db.Name(), dbtest.OwnName).Scan(&seen.blocked, &seen.working)
	if err != nil && errors.Is(context.Cause(ctx), errNoAnswer) {
		return seen, fmt.Errorf("%w within %v", errNoAnswer, answerLimit)
	}
	return seen, err
}

// othersRun says whether another goroutine of this process executes, or wants
// to. A call that does is on its way; one that waits for a mutex, a channel or
// a timer is not.
func othersRun() bool {
	samples := []metrics.Sample{
		{Name: "/sched/goroutines/runnable:goroutines"},
		{Name: "/sched/goroutines/running:goroutines"},
	}
	metrics.Read(samples)
	if samples[0].Value.Kind() != metrics.KindUint64 {
		return false
	}
	return samples[0].Value.Uint64() > 0 || samples[1].Value.Uint64() > 1
}
