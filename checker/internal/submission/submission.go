// Package submission opens what a learner hands in: a clone of the workbook, a folder of one, or a zip or tar of it.
//
// Whoever made it may mean harm. Nothing is unpacked to the disk and no link is followed; what is read, and how much, is
// bounded; what is left out is said.
package submission

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Limits bound what is read of one submission.
type Limits struct {
	Entries int   // files and folders in all, wanted or not
	File    int64 // bytes of one file
	Files   int64 // bytes of all files that are wanted
	Unpack  int64 // bytes of a whole archive once it is unpacked
}

// Usual is enough for any clone that is meant well, with its history and its records.
var Usual = Limits{Entries: 200_000, File: 1 << 20, Files: 32 << 20, Unpack: 2 << 30}

// Submission is what was handed in, as far as it is wanted.
type Submission struct {
	Name    string            // of the folder or the archive, without its ending: tells learners apart
	Path    string            // where it lies
	Files   map[string][]byte // by slash-separated path, relative to the folder that holds exercises/
	Refused []Refusal         // what was not taken although it is wanted, or is suspicious
}

// Refusal is something that was left out.
type Refusal struct {
	File string // relative to the submission as it was handed in
	Why  string
}

func (r Refusal) String() string { return r.File + ": " + r.Why }

// ErrNoExercises means that there is no workbook in a submission.
var ErrNoExercises = errors.New("holds no folder like exercises/03-databases/06-move-money: hand in the whole clone, or a zip or tar of it")

// Open reads a submission. Of its files those are kept that want accepts, by the path that Files has.
//
// An error says that nothing could be read: it is no workbook, the archive is damaged or goes beyond the limits as a
// whole. A file that is refused alone is in Refused.
func Open(file string, want func(name string) bool, limits Limits) (*Submission, error) {
	s := &Submission{Name: Name(file), Path: file, Files: map[string][]byte{}}
	source, err := open(file, limits)
	if err != nil {
		return nil, err
	}
	root, err := rootOf(source, limits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	r := reader{s: s, root: root, want: want, limits: limits}
	if err := source.each(r.take); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

var endings = regexp.MustCompile(`(?i)\.(zip|tar|tar\.gz|tgz)$`)

// Name is what tells the learner of a submission apart: the name of the folder or the archive, without its ending.
func Name(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs // "." has a name too
	}
	return endings.ReplaceAllString(filepath.Base(file), "")
}

// source is a folder or an archive: each goes through its entries, from the first on each time.
type source interface {
	each(visit func(entry) error) error
}

// entry is a file, a folder, a link or something odd.
type entry struct {
	name string // slash-separated, as it was handed in
	mode fs.FileMode
	open func() (io.Reader, error)
}

// unreadable is the mode of an entry that is there and cannot be looked at.
const unreadable = fs.ModeIrregular

func open(file string, limits Limits) (source, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("open submission: %w", err)
	}
	if info.IsDir() {
		return folder(file), nil
	}
	return archive(file, limits)
}

// exerciseFolder is a path below which the files of an exercise lie, with what stands before it.
var exerciseFolder = regexp.MustCompile(`^((?:[^/]+/)*?)exercises/[0-9]{2}-[a-z0-9-]+/[0-9]{2}-[a-z0-9-]+/`)

// rootOf finds the folder of the submission that holds exercises/: "" or a path with a slash at its end. Archives have a
// folder of their own at the top more often than not. Of several, the one nearest to the top counts.
func rootOf(s source, limits Limits) (string, error) {
	var roots []string
	entries := 0
	err := s.each(func(e entry) error {
		if entries++; entries > limits.Entries {
			return fmt.Errorf("holds more than %d files and folders", limits.Entries)
		}
		name, ok := clean(e.name)
		if m := exerciseFolder.FindStringSubmatch(name); ok && m != nil && e.mode.IsRegular() && !slices.Contains(roots, m[1]) {
			roots = append(roots, m[1])
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if len(roots) == 0 {
		return "", ErrNoExercises
	}
	return slices.MinFunc(roots, func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	}), nil
}

// clean normalises a name, and reports whether it stays inside. Some programs write zip files with backslashes.
func clean(name string) (string, bool) {
	name = strings.ReplaceAll(name, `\`, "/")
	cleaned := path.Clean(name)
	return cleaned, name != "" && filepath.IsLocal(filepath.FromSlash(name)) && !strings.ContainsRune(name, 0)
}

// reader takes the wanted entries of a submission.
type reader struct {
	s      *Submission
	root   string
	want   func(string) bool
	limits Limits
	taken  int64
}

func (r *reader) refuse(e entry, format string, args ...any) {
	r.s.Refused = append(r.s.Refused, Refusal{File: e.name, Why: fmt.Sprintf(format, args...)})
}

func (r *reader) take(e entry) error {
	name, local := clean(e.name)
	name, inside := strings.CutPrefix(name, r.root)
	link := e.mode&fs.ModeSymlink != 0 && strings.HasPrefix(name+"/", "exercises/")
	switch {
	case !local:
		r.refuse(e, "the path leads outside of the submission")
		return nil
	case e.mode == unreadable:
		r.refuse(e, "cannot be read")
		return nil
	case inside && link:
		r.refuse(e, "is a link: only files count")
		return nil
	case !inside || e.mode.IsDir() || !r.want(name):
		return nil
	case !e.mode.IsRegular():
		r.refuse(e, "is no file")
		return nil
	case r.s.Files[name] != nil:
		r.refuse(e, "comes a second time: the first one counts")
		return nil
	}
	content, err := e.open()
	if err != nil {
		return fmt.Errorf("read %s: %w", e.name, err)
	}
	text, err := io.ReadAll(io.LimitReader(content, r.limits.File+1))
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", e.name, err)
	case int64(len(text)) > r.limits.File:
		r.refuse(e, "is larger than %d KiB", r.limits.File>>10)
		return nil
	}
	if r.taken += int64(len(text)); r.taken > r.limits.Files {
		return fmt.Errorf("its answers are larger than %d MiB", r.limits.Files>>20)
	}
	r.s.Files[name] = append([]byte{}, text...) // never nil: an empty file is a file
	return nil
}
