package class

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// kept are the parts of a course that answers are graded by.
var kept = []string{"go.mod", "go.sum", "exercises", "solutions"}

// keep is those parts as they were before any answer ran. An answer that runs with the instructor's rights can write to
// them; what it did there must not reach the next one.
type keep struct {
	root  string
	files map[string]keptFile // by path relative to root
}

type keptFile struct {
	text []byte
	mode fs.FileMode
}

func takeKeep(root string) (*keep, error) {
	k := &keep{root: root, files: map[string]keptFile{}}
	err := k.walk(func(name string, info fs.FileInfo) error {
		text, err := os.ReadFile(filepath.Join(root, name))
		k.files[name] = keptFile{text, info.Mode().Perm()}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the workbook: %w", err)
	}
	return k, nil
}

// walk visits every file and whatever else is no folder.
func (k *keep) walk(visit func(name string, info fs.FileInfo) error) error {
	for _, part := range kept {
		err := filepath.WalkDir(filepath.Join(k.root, part), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			name, err := filepath.Rel(k.root, file)
			if err != nil {
				return err
			}
			return visit(name, info)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// restore brings everything back, and names what was no longer as it had been.
func (k *keep) restore() (changed []string, err error) {
	seen := map[string]bool{}
	err = k.walk(func(name string, info fs.FileInfo) error {
		file := filepath.Join(k.root, name)
		was, known := k.files[name]
		if known && info.Mode().IsRegular() {
			text, err := os.ReadFile(file)
			if err == nil && bytes.Equal(text, was.text) {
				seen[name] = true
				return nil
			}
		}
		changed = append(changed, name)
		return os.RemoveAll(file)
	})
	if err != nil {
		return nil, fmt.Errorf("restore the workbook: %w", err)
	}
	for name, was := range k.files {
		if seen[name] {
			continue
		}
		if !slices.Contains(changed, name) {
			changed = append(changed, name)
		}
		file := filepath.Join(k.root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, was.text, was.mode)); err != nil {
			return nil, fmt.Errorf("restore the workbook: %w", err)
		}
	}
	slices.Sort(changed)
	return changed, nil
}
