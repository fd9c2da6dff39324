package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
)

// watch returns when the server is gone or should go, with the reason.
func (k *keeper) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-k.gone: // never, when nil
			cancel(errGone)
		case <-ctx.Done():
		}
	}()

	var conn *pgx.Conn
	used := time.Now()
	for {
		var err error
		if conn, err = k.attend(ctx, conn); err != nil {
			return err
		}
		clients, err := countClients(ctx, conn)
		if err == nil && clients > 0 {
			used = time.Now()
		}
		if idle, err := k.retire(used); idle || err != nil {
			closeConn(ctx, conn)
			return errors.Join(errors.New("idle"), err)
		}
	}
}

// attend waits for one tick on conn, which ends at once when the server does. It returns a
// connection that works, a new one where conn does not: somebody may have terminated it.
func (k *keeper) attend(ctx context.Context, conn *pgx.Conn) (*pgx.Conn, error) {
	if conn != nil {
		tick, cancel := context.WithTimeout(ctx, k.tick())
		_, _ = conn.WaitForNotification(tick) // nobody notifies: a long read, ended by the tick or the server
		cancel()
	}
	if ctx.Err() != nil {
		return conn, context.Cause(ctx)
	}
	if conn != nil && !conn.IsClosed() {
		return conn, nil
	}
	dial, cancel := context.WithTimeout(ctx, aliveTimeout)
	defer cancel()
	conn, err := connect(dial, k.state.URL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	if v, err := ask(dial, conn); err != nil || v.begun != k.state.Begun {
		closeConn(ctx, conn)
		return nil, fmt.Errorf("%w: another one answers in its place", errGone)
	}
	return conn, nil
}

// tick is how often to look: about once a second, oftener where Idle is short.
func (k *keeper) tick() time.Duration {
	if k.order.Idle < 0 {
		return time.Second
	}
	return min(time.Second, max(k.order.Idle/4, 10*time.Millisecond))
}

// countClients counts the connections of clients other than conn.
func countClients(ctx context.Context, conn *pgx.Conn) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, aliveTimeout)
	defer cancel()
	err = conn.QueryRow(ctx, `
		SELECT count(*) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&n)
	return n, err
}

// retire takes the server's state away when it is idle, and reports whether it did. It holds the
// lease lock for that moment, so nobody can lease a server that is about to end.
func (k *keeper) retire(used time.Time) (bool, error) {
	if _, err := os.Stat(k.slot.path("keeper.lock")); errors.Is(err, fs.ErrNotExist) {
		return true, errors.New("its folder was removed: nobody can find this server any more")
	}
	if k.order.Idle < 0 {
		return false, nil
	}
	lease := flock.New(k.slot.path("lease.lock"), flock.SetPermissions(0o600))
	defer lease.Close()
	if ok, err := lease.TryLock(); err != nil || !ok {
		k.slot.touch() // in use now
		return false, nil
	}
	if touched := k.slot.touched(); touched.After(used) {
		used = touched
	}
	if time.Since(used) < k.order.Idle {
		return false, nil
	}
	return true, k.slot.removeState()
}
