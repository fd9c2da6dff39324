package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
)

func (a *app) restoreCommand() *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:   "restore EXERCISE [BACKUP]",
		Short: "Bring back files that a reset has set aside: the latest, or the backup that you name",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			e, err := w.one(args[:1])
			if err != nil {
				return err
			}
			backups, err := w.log.Backups(e.ID)
			if err != nil {
				return err
			}
			switch {
			case len(backups) == 0:
				return usageError{fmt.Errorf("%s has no backup: `checker reset %s` makes one", e.Number, e.Number)}
			case list:
				a.listBackups(e, backups)
				return nil
			}
			name := backups[len(backups)-1]
			if len(args) == 2 {
				name = args[1]
			}
			return a.restore(w, e, name)
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list the backups, and change nothing")
	return cmd
}

func (a *app) listBackups(e *course.Exercise, backups []string) {
	fmt.Fprintf(a.Out, "Backups of %s %s, the oldest first:\n", e.Number, e.Title)
	for _, name := range backups {
		fmt.Fprintf(a.Out, "  %s\n", name)
	}
}

// restore brings a backup back. The files that it replaces become a backup themselves.
func (a *app) restore(w *workbook, e *course.Exercise, name string) error {
	kept, err := w.log.Backup(e.ID, w.Path(e.Dir), e.Edit)
	if err != nil {
		return err
	}
	names, err := w.log.Restore(e.ID, name, w.Path(e.Dir))
	if err != nil {
		return usageError{err}
	}
	for _, file := range names {
		fmt.Fprintf(a.Out, "brought back  %s/%s\n", e.Dir, file)
	}
	if kept != "" {
		fmt.Fprintf(a.Out, "What was there is kept in %s\n", kept)
	}
	return nil
}
