package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/progress"
	"workbook/checker/internal/variant"
)

func (a *app) resetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "reset EXERCISE",
		Short: "Set an exercise back to its start; your files are kept as a backup",
		Args:  cobra.ExactArgs(1),
		RunE:  a.aboutOne(a.reset),
	}
}

// reset sets the files back, when those that are there are safe.
func (a *app) reset(w *workbook, e *course.Exercise) error {
	backup, err := w.log.Backup(e.ID, w.Path(e.Dir), e.Edit)
	if err != nil {
		return err
	}
	if err := variant.Restore(w.Course, e); err != nil {
		return err
	}
	if _, err := w.log.Append(progress.Entry{Event: progress.Reset, Exercise: e.ID}); err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "%s %s is back at its start.\n", e.Number, e.Title)
	if backup != "" {
		fmt.Fprintf(a.Out, "Your files are kept in %s\n", backup)
	}
	return nil
}
