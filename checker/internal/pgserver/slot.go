package pgserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lockPause is how long to wait before trying a lock again. Locks other than the keeper's own
// are held for well under a millisecond.
const lockPause = 2 * time.Millisecond

// slot is the folder of one warm server.
type slot struct {
	name string // "local", "embedded", "container-<hash of the image>"
	dir  string
}

func newSlot(cache, kind, image string) slot {
	name := kind
	if kind == "container" {
		name += "-" + shortHash(image)
	}
	return slot{name, filepath.Join(cache, "servers", name)}
}

// allSlots lists the slots that the cache has seen.
func allSlots(cache string) ([]slot, error) {
	entries, err := os.ReadDir(filepath.Join(cache, "servers"))
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("list warm servers: %w", err)
	}
	var all []slot
	for _, e := range entries {
		all = append(all, slot{e.Name(), filepath.Join(cache, "servers", e.Name())})
	}
	return all, nil
}

// kind is the kind of server that the slot is for.
func (s slot) kind() string {
	kind, _, _ := strings.Cut(s.name, "-")
	return kind
}

func (s slot) path(name string) string { return filepath.Join(s.dir, name) }

// make creates the folder and shows that it can be written to.
func (s slot) make() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make the cache folder (set %s to choose another): %w", EnvCache, err)
	}
	return s.checkWritable()
}

func (s slot) checkWritable() error {
	probe := fmt.Sprintf("%s.%d", s.path("probe"), os.Getpid())
	defer os.Remove(probe)
	if err := os.WriteFile(probe, make([]byte, 8<<10), 0o600); err != nil {
		return fmt.Errorf("write to the cache folder (set %s to choose another): %w", EnvCache, err)
	}
	return nil
}

// lease takes a share of the slot: while anybody has one, the keeper does not end the server.
func (s slot) lease(ctx context.Context) (*flock.Flock, error) {
	l := flock.New(s.path("lease.lock"), flock.SetPermissions(0o600))
	if _, err := l.TryRLockContext(ctx, lockPause); err != nil {
		return nil, fmt.Errorf("lease the warm server: %w", err)
	}
	s.touch()
	return l, nil
}

// touch starts the idle time anew. The keeper looks at leases once in a while only; the time
// stamp tells it of those that came and went in between.
func (s slot) touch() {
	now := time.Now()
	_ = os.Chtimes(s.path("lease.lock"), now, now) // at worst the server goes a little early
}

// touched is when a lease was last taken or given back.
func (s slot) touched() time.Time {
	info, err := os.Stat(s.path("lease.lock"))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// leased reports whether anybody has a lease.
func (s slot) leased() bool {
	l := flock.New(s.path("lease.lock"), flock.SetPermissions(0o600))
	defer l.Close()
	ok, err := l.TryLock()
	return err == nil && !ok
}

// keeperLock is the lock that a keeper holds for life.
func (s slot) keeperLock() *flock.Flock {
	return flock.New(s.path("keeper.lock"), flock.SetPermissions(0o600))
}

// kept reports whether a keeper is alive.
func (s slot) kept() bool {
	l := s.keeperLock()
	defer l.Close()
	ok, err := l.TryRLock()
	return err == nil && !ok
}

// The request file asks the keeper to end the server.

func (s slot) askToEnd() error { return os.WriteFile(s.path("end"), nil, 0o600) }
func (s slot) dropRequest()    { _ = os.Remove(s.path("end")) }
func (s slot) asked() bool {
	_, err := os.Stat(s.path("end"))
	return err == nil
}

// logTail returns the end of the keeper's log.
func (s slot) logTail() string {
	return tail(s.path("keeper.log"), 5)
}

// tail returns the last n lines of a file, joined with " | ".
func tail(path string, n int) string {
	data, _ := os.ReadFile(path)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, " | ")
}
