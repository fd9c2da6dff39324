package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/progress"
	"workbook/checker/internal/variant"
)

// noteUpdates adds to the results what an update of the workbook has changed under the learner's hands: other tests, another
// start. Their files are never touched for it.
func (w *workbook) noteUpdates(report *grade.Report) error {
	for _, r := range report.Exercises {
		if !r.Attempted {
			continue
		}
		if w.stale(r.ID) {
			r.Notes = append(r.Notes, "its tests have changed since it passed, so it was checked again")
		}
		if err := w.noteStart(r); err != nil {
			return err
		}
	}
	return nil
}

// noteStart compares the start of an exercise with the one that the learner began with. Once it passes, that is settled.
func (w *workbook) noteStart(r *grade.Result) error {
	e := r.Exercise
	differs, err := w.startDiffers(e)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && differs && r.Status == grade.Passing:
		return w.log.KeepStart(e.ID, w.Path(variant.StubOf(e).Dir), e.Edit)
	case err != nil:
		return err
	case differs:
		r.Notes = append(r.Notes, fmt.Sprintf("the start of this exercise has changed since you began it, and your files were left alone: `checker diff --start %s` shows the change", e.Number))
	}
	return nil
}

// startDiffers reports whether the start is another one than the learner began with. The error is fs.ErrNotExist when it is
// not known with which.
func (w *workbook) startDiffers(e *course.Exercise) (bool, error) {
	kept := progress.Start(e.ID)
	if _, err := os.Stat(w.Path(kept)); err != nil {
		return false, err
	}
	before, err := variant.Digest(w.Course, kept, e.Edit)
	if err != nil {
		return false, err
	}
	now, err := variant.Digest(w.Course, variant.StubOf(e).Dir, e.Edit)
	return before != now, err
}
