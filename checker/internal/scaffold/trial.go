package scaffold

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"workbook/checker/internal/course"
)

// Trial lays out, in a new folder, what somebody sees who tries an exercise blind: its page, its stub and the files given
// with it, and the lesson. No tests, no hints, nothing of the solution. The folder is a module of its own, so that
// the answer compiles there.
func Trial(c *course.Course, e *course.Exercise, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return fmt.Errorf("%s exists already: name a folder that does not", dir)
	}
	step := path.Base(path.Dir(e.Dir))
	for _, from := range []string{"go.mod", "go.sum", path.Join("lessons", step), e.Dir} {
		err := filepath.WalkDir(c.Path(from), func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(c.Root, file)
			if err != nil {
				return err
			}
			switch name := filepath.ToSlash(rel); {
			case d.IsDir() || hiddenFromTrial(e, name):
				return nil
			default:
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				return writeLike(d, filepath.Join(dir, rel), text)
			}
		})
		if err != nil {
			return fmt.Errorf("lay out a trial of %s: %w", e.ID, err)
		}
	}
	return nil
}

// writeLike writes a file that can be run when the one that it is a copy of can.
func writeLike(original fs.DirEntry, file string, text []byte) error {
	info, err := original.Info()
	if err != nil {
		return err
	}
	if err := write(file, string(text)); err != nil {
		return err
	}
	return os.Chmod(file, info.Mode().Perm())
}

func hiddenFromTrial(e *course.Exercise, name string) bool {
	own, inside := strings.CutPrefix(name, e.Dir+"/")
	switch {
	case path.Base(name) == "hints.md":
		return true
	case inside:
		return strings.HasSuffix(name, "_test.go") && !slices.Contains(e.Edit, own)
	default:
		return strings.HasPrefix(name, "lessons/") && path.Base(name) != "README.md"
	}
}
