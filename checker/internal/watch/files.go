package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// How often files are looked at where the system does not tell of changes, and how long it must be quiet after a change:
// editors save in several steps.
const (
	pollEvery = 500 * time.Millisecond
	quietFor  = 80 * time.Millisecond
)

// Saves tells of changes to the files below a folder, until ctx ends: one value for each burst of changes. Where the system
// does not tell (Told), it looks by itself every half second.
func Saves(ctx context.Context, dir string, told bool) (<-chan struct{}, error) {
	changes := make(chan struct{}, 1)
	var err error
	if told {
		err = listen(ctx, dir, changes)
	} else {
		err = poll(ctx, dir, changes)
	}
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", dir, err)
	}
	saves := make(chan struct{})
	go settle(ctx, changes, saves)
	return saves, nil
}

// settle passes a change on when it has been quiet for a while.
func settle(ctx context.Context, changes <-chan struct{}, saves chan<- struct{}) {
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
			quiet = time.After(quietFor)
		case <-quiet:
			quiet = nil
			select {
			case saves <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}
}

func notify(changes chan<- struct{}) {
	select {
	case changes <- struct{}{}:
	default: // one is waiting already
	}
}

// listen lets the system tell.
func listen(ctx context.Context, dir string, changes chan<- struct{}) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	if err := addFolders(w, dir); err != nil {
		return errors.Join(err, w.Close())
	}
	go func() {
		defer w.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case event, open := <-w.Events:
				if !open {
					return
				}
				if event.Has(fsnotify.Create) {
					// A new folder; that it may be gone again already is no matter.
					_ = addFolders(w, event.Name)
				}
				if counts(event.Name) && !event.Has(fsnotify.Chmod) {
					notify(changes)
				}
			case _, open := <-w.Errors: // events were lost: something has changed
				if !open {
					return
				}
				notify(changes)
			}
		}
	}()
	return nil
}

func addFolders(w *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return w.Add(file)
	})
}

// counts leaves out what editors put beside a file while they save it.
func counts(file string) bool {
	name := filepath.Base(file)
	switch {
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "#"), strings.HasSuffix(name, "~"), name == "4913":
		return false
	}
	switch filepath.Ext(name) {
	case ".swp", ".swx", ".tmp", ".bak", ".orig":
		return false
	}
	return true
}

// poll looks by itself.
func poll(ctx context.Context, dir string, changes chan<- struct{}) error {
	before, err := snapshot(dir)
	if err != nil {
		return err
	}
	go func() {
		ticks := time.NewTicker(pollEvery)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				// A folder that cannot be read now may be read next time.
				if now, err := snapshot(dir); err == nil && now != before {
					before = now
					notify(changes)
				}
			}
		}
	}()
	return nil
}

// snapshot is a text that differs when a file below the folder does, by name, size or time.
func snapshot(dir string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !counts(file) {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return b.String(), err
}

// Told reports whether the system tells of changes in a folder: on network drives and in shared folders of virtual
// machines it may not. It makes a file there, and removes it.
func Told(ctx context.Context, dir string) bool {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return false
	}
	defer w.Close()
	if err := w.Add(dir); err != nil {
		return false
	}
	probe, err := os.CreateTemp(dir, "watch-*")
	if err != nil {
		return false
	}
	defer os.Remove(probe.Name())
	if err := probe.Close(); err != nil {
		return false
	}
	select {
	case <-w.Events:
		return true
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	return false
}
