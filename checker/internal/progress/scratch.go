package progress

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Scratch makes a folder for the temporary files of one run, and a function that removes it. What runs that were killed
// have left is cleared away first: their locks went with them.
func (l *Log) Scratch() (dir string, remove func() error, err error) {
	all := filepath.Join(l.dir, "tmp")
	if err := os.MkdirAll(all, 0o777); err != nil {
		return "", nil, fmt.Errorf("make scratch folder: %w", err)
	}
	var lock *flock.Flock
	// One at a time, so that nobody sweeps a folder away between its making and its locking.
	err = l.locked(func() error {
		if err := sweep(all); err != nil {
			return err
		}
		if dir, err = os.MkdirTemp(all, "run-"); err != nil {
			return fmt.Errorf("make scratch folder: %w", err)
		}
		lock = flock.New(lockOf(dir))
		return lock.Lock()
	})
	if err != nil {
		return "", nil, err
	}
	return dir, func() error { return errors.Join(os.RemoveAll(dir), lock.Close(), os.Remove(lockOf(dir))) }, nil
}

func lockOf(dir string) string { return dir + ".lock" }

// sweep removes the folders that nobody holds.
func sweep(all string) error {
	dirs, err := filepath.Glob(filepath.Join(all, "run-*[0-9]"))
	if err != nil {
		return fmt.Errorf("sweep scratch folders: %w", err)
	}
	for _, dir := range dirs {
		lock := flock.New(lockOf(dir))
		free, err := lock.TryLock()
		if err != nil {
			return fmt.Errorf("sweep scratch folders: %w", err)
		}
		if !free {
			continue
		}
		if err := errors.Join(os.RemoveAll(dir), lock.Close(), os.Remove(lockOf(dir))); err != nil {
			return fmt.Errorf("sweep scratch folders: %w", err)
		}
	}
	return nil
}
