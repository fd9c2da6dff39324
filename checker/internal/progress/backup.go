package progress

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Backup copies the files, which are relative to dir, into a new folder below .workbook/backups and returns it. Files
// that do not exist are left out; when none does, the answer is "".
func (l *Log) Backup(exercise, dir string, names []string) (string, error) {
	stamp := time.Now().UTC().Format("20060102T150405.000000000")
	to := filepath.Join(l.backups(exercise), stamp)
	copied := ""
	for _, name := range names {
		err := copyFile(filepath.Join(to, filepath.FromSlash(name)), filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("back up: %w", err)
		}
		copied = to
	}
	return copied, nil
}

// Backups lists the backups of an exercise by name, the oldest first.
func (l *Log) Backups(exercise string) ([]string, error) {
	entries, err := os.ReadDir(l.backups(exercise))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names) // they are times
	return names, nil
}

// Restore copies the files of a backup into dir and returns their names, which are relative to it. What it overwrites must
// be safe already.
func (l *Log) Restore(exercise, backup, dir string) (names []string, err error) {
	known, err := l.Backups(exercise)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(known, backup) {
		return nil, fmt.Errorf("there is no backup %q of %s: there are %s", backup, exercise, strings.Join(known, ", "))
	}
	from := filepath.Join(l.backups(exercise), backup)
	err = fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names = append(names, name)
		return copyFile(filepath.Join(dir, filepath.FromSlash(name)), filepath.Join(from, filepath.FromSlash(name)))
	})
	if err != nil {
		return nil, fmt.Errorf("restore backup: %w", err)
	}
	return names, nil
}

func (l *Log) backups(exercise string) string {
	return filepath.Join(l.dir, "backups", filepath.FromSlash(exercise))
}

// Start is the folder, relative to the root, in which the start of an exercise is kept as it was when the learner began.
func Start(exercise string) string { return ".workbook/starts/" + exercise }

// KeepStart keeps the files, which are relative to dir, as the start of an exercise, in place of what was kept before.
func (l *Log) KeepStart(exercise, dir string, names []string) error {
	to := filepath.Join(l.dir, "starts", filepath.FromSlash(exercise))
	if err := os.RemoveAll(to); err != nil {
		return fmt.Errorf("keep the start: %w", err)
	}
	for _, name := range names {
		if err := copyFile(filepath.Join(to, filepath.FromSlash(name)), filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("keep the start: %w", err)
		}
	}
	return nil
}

// copyFile copies a file with its permissions, and makes the folders that it needs. A folder in a file's place is copied
// whole.
func copyFile(to, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}
