package cli

import (
	"fmt"
	"os"
	"slices"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/pgserver"
	"workbook/checker/internal/progress"
	"workbook/checker/internal/variant"
)

// workbook is a clone with its learner's record.
type workbook struct {
	*course.Course
	log       *progress.Log
	standings map[string]progress.Standing
	faults    []progress.Fault
}

func (a *app) loadCourse() (*course.Course, error) {
	root, err := course.Locate(a.dir)
	if err != nil {
		return nil, usageError{err}
	}
	return course.Load(root)
}

func (a *app) open() (*workbook, error) {
	c, err := a.loadCourse()
	if err != nil {
		return nil, err
	}
	log, err := progress.Open(c.Root)
	if err != nil {
		return nil, err
	}
	entries, faults, err := log.Entries()
	if err != nil {
		return nil, err
	}
	return &workbook{Course: c, log: log, standings: progress.Standings(entries), faults: faults}, nil
}

// find looks up all names; none stands for the whole course.
func (w *workbook) find(names []string) ([]*course.Exercise, error) { return find(w.Course, names) }

func find(c *course.Course, names []string) ([]*course.Exercise, error) {
	if len(names) == 0 {
		return c.Exercises(), nil
	}
	var found []*course.Exercise
	for _, name := range names {
		some, err := c.Lookup(name)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			if !slices.Contains(found, e) {
				found = append(found, e)
			}
		}
	}
	return found, nil
}

// attempted reports whether the learner has touched the exercise.
func (w *workbook) attempted(e *course.Exercise) (bool, error) {
	record, err := w.LoadRecord(e)
	if err != nil {
		record = nil // reported by the check itself; without a record nothing counts as the learner's own
	}
	folder, err := variant.Survey(w.Course, e, record)
	if err != nil {
		return false, err
	}
	return variant.Attempted(w.Course, e, folder)
}

// passing reports whether the record says that the exercise passes as it is on disk now.
func (w *workbook) passing(id string) bool {
	files, tests := w.unchanged(id)
	return files && tests
}

// stale reports whether the exercise passed as the learner's files are now, but with other tests: an update brought new ones.
func (w *workbook) stale(id string) bool {
	files, tests := w.unchanged(id)
	return files && !tests
}

// unchanged reports, of an exercise that passed when it was last checked, whether the files to edit and the tests are still
// those of that check.
func (w *workbook) unchanged(id string) (files, tests bool) {
	e := w.ByID(id)
	last := w.standings[id].Last
	if e == nil || last.Status != string(grade.Passing) {
		return false, false
	}
	yours, err := variant.Digest(w.Course, e.Dir, e.Edit)
	if err != nil || yours != last.Files {
		return false, false
	}
	record, err := w.LoadRecord(e)
	if err != nil {
		return true, false
	}
	folder, err := variant.Survey(w.Course, e, record)
	if err != nil {
		return true, false
	}
	given, err := variant.Digest(w.Course, e.Dir, folder.Given)
	return true, err == nil && given == last.Tests
}

// next returns the exercise to turn to: the first that neither passes nor waits for another, or nil.
func (w *workbook) next(passing func(id string) bool) *course.Exercise {
	for _, e := range w.Exercises() {
		if passing(e.ID) || grade.Lacks(e) != "" {
			continue
		}
		if !slices.ContainsFunc(e.After, func(id string) bool { return !passing(id) }) {
			return e
		}
	}
	return nil
}

// serverOptions says which database server is wanted: by flag, else by the environment, else any.
func (a *app) serverOptions(root string) (pgserver.Options, error) {
	exe, err := os.Executable()
	if err != nil {
		return pgserver.Options{}, fmt.Errorf("find own program: %w", err)
	}
	opts := pgserver.Options{Want: a.postgres, Keeper: []string{exe, "db", "keep"}, Progress: func(line string) { a.say("%s", line) }, Tag: tag(root)}
	if url := os.Getenv("WORKBOOK_DATABASE_URL"); url != "" && (opts.Want == "" || opts.Want == "auto") {
		opts.Want = url
	}
	return opts, nil
}
