package variant

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"workbook/checker/internal/course"
)

// Folder is what lies in the folder of an exercise, sorted by whose it is. Paths are relative to the exercise.
type Folder struct {
	Edit  []string // declared in `edit` and present
	Given []string // the authors': tests and whatever else they gave; what the record names, present or not
	Own   []string // the learner's: files that neither `edit` nor the record names
}

// Survey reads the folder of an exercise. Without a record (in the authors' tree, before a proof) every file that is
// not to be edited counts as given.
func Survey(c *course.Course, e *course.Exercise, r *course.Record) (Folder, error) {
	var f Folder
	present, err := list(c.Path(e.Dir))
	if err != nil {
		return f, fmt.Errorf("survey %s: %w", e.Dir, err)
	}
	for _, name := range present {
		switch {
		case isDoc(name):
		case slices.Contains(e.Edit, name):
			f.Edit = append(f.Edit, name)
		case r == nil || r.Files[name] != "":
			f.Given = append(f.Given, name)
		default:
			f.Own = append(f.Own, name)
		}
	}
	if r != nil {
		f.Given = f.Given[:0]
		for name := range r.Files {
			f.Given = append(f.Given, name)
		}
		sort.Strings(f.Given)
	}
	return f, nil
}

// isDoc tells the pages that are read by people alone.
func isDoc(name string) bool { return name == "README.md" || name == "hints.md" }

// IsTest tells Go's test files.
func IsTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

func list(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	sort.Strings(names)
	return names, err
}

// Changed lists the given files that are not as the record has them, each with what happened to it.
func Changed(c *course.Course, e *course.Exercise, r *course.Record) ([]string, error) {
	var changed []string
	for _, name := range sortedKeys(r.Files) {
		sum, err := Sum(c.Path(e.Dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			changed = append(changed, name+" (missing)")
		case err != nil:
			return nil, err
		case sum != r.Files[name]:
			changed = append(changed, name)
		}
	}
	return changed, nil
}

// Sum is the hash of one file as a record shows it. Line ends are hashed as \n, so that a checkout on Windows compares
// equal.
func Sum(file string) (string, error) {
	text, err := os.ReadFile(file)
	if info, statErr := os.Stat(file); statErr == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a folder where a file should be: `checker reset` sets it aside and brings the file back", file)
	}
	if err != nil {
		return "", fmt.Errorf("hash file: %w", err)
	}
	sum := sha256.Sum256([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// Digest is one hash for several files of a folder, their names included. Missing files count as such.
func Digest(c *course.Course, dir string, names []string) (string, error) {
	h := sha256.New()
	for _, name := range names {
		sum, err := Sum(c.Path(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			sum = "missing"
		} else if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %s\n", sum, name)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// EditDigest is one hash for the files to edit as the variant has them.
func EditDigest(c *course.Course, e *course.Exercise, v Variant) (string, error) {
	return Digest(c, v.folder(e), e.Edit)
}

// Attempted reports whether the learner has touched the exercise: a file to edit differs from the pristine stub, or
// there is a file of their own.
func Attempted(c *course.Course, e *course.Exercise, f Folder) (bool, error) {
	return attempted(c, e, YoursVariant, f.Own)
}

// AttemptedIn is Attempted for files that lie elsewhere than in the exercise's folder.
func AttemptedIn(c *course.Course, e *course.Exercise, v Variant) (bool, error) {
	set, err := v.files(c, e)
	if err != nil {
		return false, err
	}
	var own []string
	for name := range set {
		if !slices.Contains(e.Edit, name) {
			own = append(own, name)
		}
	}
	return attempted(c, e, v, own)
}

func attempted(c *course.Course, e *course.Exercise, v Variant, own []string) (bool, error) {
	if len(own) > 0 {
		return true, nil
	}
	theirs, err := EditDigest(c, e, v)
	if err != nil {
		return false, err
	}
	stub, err := EditDigest(c, e, StubOf(e))
	if err != nil {
		return false, err
	}
	return theirs != stub, nil
}

// Restore makes the files to edit equal the pristine stub. What it would overwrite must be safe already: see package
// progress.
func Restore(c *course.Course, e *course.Exercise) error {
	stub := StubOf(e)
	for _, name := range e.Edit {
		src := c.Path(stub.Dir, name)
		text, err := os.ReadFile(src)
		if err != nil {
			return fmt.Errorf("read pristine stub: %w", err)
		}
		info, err := os.Stat(src)
		if err != nil {
			return fmt.Errorf("read pristine stub: %w", err)
		}
		dst := c.Path(e.Dir, name)
		if err := os.MkdirAll(filepath.Dir(dst), 0o777); err != nil {
			return fmt.Errorf("restore stub: %w", err)
		}
		if info, err := os.Stat(dst); err == nil && info.IsDir() {
			if err := os.RemoveAll(dst); err != nil {
				return fmt.Errorf("restore stub: %w", err)
			}
		}
		if err := os.WriteFile(dst, text, info.Mode().Perm()); err != nil {
			return fmt.Errorf("restore stub: %w", err)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// inTop reports whether a path has no folder in it: a file of the exercise's own package.
func inTop(name string) bool { return path.Dir(name) == "." }

// TakeStub makes the pristine stub equal the files to edit: for authors.
func TakeStub(c *course.Course, e *course.Exercise) error {
	for _, name := range e.Edit {
		text, err := os.ReadFile(c.Path(e.Dir, name))
		if err != nil {
			return fmt.Errorf("take stub: %w", err)
		}
		dst := c.Path(StubOf(e).Dir, name)
		if err := os.MkdirAll(filepath.Dir(dst), 0o777); err != nil {
			return fmt.Errorf("take stub: %w", err)
		}
		if err := os.WriteFile(dst, text, 0o666); err != nil {
			return fmt.Errorf("take stub: %w", err)
		}
	}
	return nil
}
