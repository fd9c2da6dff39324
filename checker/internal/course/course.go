// Package course provides the catalogue of a workbook: its steps, its exercises, what each declares of itself.
//
// A course is read from disk once, with Load, and is a plain value afterwards. All paths in it are slash-separated and
// relative to Root, so that they can be shown, compared and recorded on every system; Path makes one absolute.
package course

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Step is one of the parts of a course, in the order of its Number.
type Step struct {
	Number    int    // 3
	Slug      string // "databases"
	Folder    string // "03-databases": its name below lessons, exercises and solutions alike
	Title     string
	Summary   string
	Exercises []*Exercise
}

// Exercise is one thing to solve: a folder of its own, or one milestone of a project's folder.
type Exercise struct {
	ID         string   // "databases/move-money": what records and reports use; free of numbers
	Number     string   // "3.6", for a milestone "7.1.2"
	Slug       string   // "move-money"
	Title      string   //
	Minutes    int      // how long it takes, roughly
	Difficulty int      // 1 to 5
	Edit       []string // the files that the learner edits, relative to Dir
	Needs      []string // what the machine must have: see Needs
	After      []string // identities of exercises to solve before
	Sources    []string // links to the primary sources
	Dir        string   // "exercises/03-databases/06-move-money"
	Solution   string   // "solutions/03-databases/06-move-money"
	Step       *Step
	Milestone  *Milestone // nil unless the exercise is a milestone of a project
	Hints      []string   // Markdown, from a pointer to nearly the answer

	declared *declaration // where each key of the front matter stands, for error messages
}

// Milestone says which part of a project an exercise is.
type Milestone struct {
	Index   int       // from 1
	Project string    // identity of the project: "projects/authentication"
	Tests   []string  // the test files that came with this milestone, relative to Dir
	Earlier []string  // the test files of all milestones before it
	Before  *Exercise // the milestone before it; nil for the first
	All     []string  // the test files of all milestones
}

// Course is a workbook on disk.
type Course struct {
	Root  string // absolute; symbolic links resolved, see Locate
	Steps []*Step
}

// Exercises returns all exercises of the course in their order.
func (c *Course) Exercises() []*Exercise {
	var all []*Exercise
	for _, s := range c.Steps {
		all = append(all, s.Exercises...)
	}
	return all
}

// ByID returns the exercise with exactly this identity, or nil.
func (c *Course) ByID(id string) *Exercise {
	for _, e := range c.Exercises() {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// Path makes a path of the course absolute.
func (c *Course) Path(elem ...string) string {
	return filepath.Join(c.Root, filepath.FromSlash(filepath.Join(elem...)))
}

// ErrNoCourse is returned by Locate when neither the folder nor one above it holds a course.
var ErrNoCourse = errors.New("no workbook here: neither this folder nor one above it holds go.mod beside exercises/")

// Locate returns the root of the course that contains dir.
//
// The root has its symbolic links resolved: the go command ignores an overlay whose keys are spelt through a link,
// so one spelling is fixed here for everything.
func Locate(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("locate workbook: %w", err)
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("locate workbook: %w", err)
	}
	for {
		if isFile(filepath.Join(dir, "go.mod")) && isDir(filepath.Join(dir, "exercises")) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", ErrNoCourse
		}
		dir = up
	}
}

// Load reads the course at root, which Locate has found.
//
// When something is wrong with its files the error is of type Problems and lists all of it.
func Load(root string) (*Course, error) {
	l := loader{root: root, fsys: os.DirFS(root)}
	c := &Course{Root: root, Steps: l.steps()}
	l.relations(c)
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return c, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}
