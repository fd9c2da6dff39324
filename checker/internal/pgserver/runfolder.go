package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// runFolders are the temporary folders of one slot, one for each server that was started. Each
// holds data/ (the cluster) and what the server prints. They are found again by name, and by the
// file "folder" of the slot for when TMPDIR has changed in between.
type runFolders struct {
	cache string // cacheID
	slot  slot
}

func (r runFolders) prefix() string { return "workbook-pg-" + r.cache + "-" + r.slot.name + "-" }

// make creates a folder that who owns and can reach; who is nil for the current user.
func (r runFolders) make(who *identity) (string, error) {
	dir := filepath.Join(who.tempDir(), r.prefix()+strings.ToLower(rand.Text()[:10]))
	if err := os.WriteFile(r.slot.path("folder"), []byte(dir), 0o600); err != nil {
		return "", fmt.Errorf("note the temporary folder: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a temporary folder: %w", err)
	}
	return dir, who.own(dir)
}

// all lists the folders that are there.
func (r runFolders) all() []string {
	var found []string
	for _, parent := range []string{os.TempDir(), "/dev/shm", "/tmp"} {
		here, _ := filepath.Glob(filepath.Join(parent, r.prefix()+"*"))
		found = append(found, here...)
	}
	noted, _ := os.ReadFile(r.slot.path("folder"))
	if dir := string(noted); strings.HasPrefix(filepath.Base(dir), r.prefix()) {
		found = append(found, dir)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// clear ends the servers that run in the folders and removes the folders.
func (r runFolders) clear(ctx context.Context) error {
	var errs []error
	for _, dir := range r.all() {
		data := filepath.Join(dir, "data")
		if pid := postmasterPID(data); pid != 0 {
			errs = append(errs, endPostmaster(ctx, pid, data))
		}
		errs = append(errs, removeAll(ctx, dir))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := os.Remove(r.slot.path("folder")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the temporary folder: %w", err)
	}
	return nil
}

// postmasterPID reads the process id that the server wrote into its data folder, or 0. The
// process of that id may be another one by now: see runsOn.
func postmasterPID(data string) int {
	text, _ := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return max(pid, 0)
}

// endPostmaster ends the server of a data folder without a checkpoint: its data is thrown away.
// A process that is not provably that server is left alone. (A server that was wrongly left
// alone ends by itself: the postmaster checks once a minute that its lock file is still there.)
func endPostmaster(ctx context.Context, pid int, data string) error {
	if !runsOn(pid, data) {
		return nil
	}
	const patience = 5 * time.Second
	if err := quit(pid); err != nil {
		return fmt.Errorf("end postgres, process %d: %w", pid, err)
	}
	for begun := time.Now(); runsOn(pid, data); {
		if time.Since(begun) > patience {
			if err := kill(pid); err != nil {
				return fmt.Errorf("kill postgres, process %d: %w", pid, err)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("end postgres, process %d: %w", pid, context.Cause(ctx))
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

// removeAll removes a folder in which an ending process may still be writing.
func removeAll(ctx context.Context, dir string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(dir); err == nil || ctx.Err() != nil {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("remove temporary folder: %w", err)
	}
	return nil
}
