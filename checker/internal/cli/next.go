package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
)

func (a *app) nextCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "next",
		Short: "Say which exercise comes next, and where it is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			e := w.next(w.passing)
			if a.json {
				return a.nextJSON(w, e)
			}
			if e == nil {
				fmt.Fprintln(a.Out, "Every exercise passes, as far as the record goes: `make check` checks them again.")
				return nil
			}
			fmt.Fprintf(a.Out, "%s  %s  (%d minutes, difficulty %d of 5)\n\n", e.Number, e.Title, e.Minutes, e.Difficulty)
			fmt.Fprintf(a.Out, "  read   %s/README.md\n", e.Dir)
			for _, name := range e.Edit {
				fmt.Fprintf(a.Out, "  edit   %s/%s\n", e.Dir, name)
			}
			fmt.Fprintf(a.Out, "  check  make check EX=%s\n  hint   make hint EX=%s\n", e.Number, e.Number)
			return nil
		},
	}
	a.addJSON(cmd)
	return cmd
}

// nextJSON writes the next exercise, or null when everything passes.
func (a *app) nextJSON(w *workbook, e *course.Exercise) error {
	if e == nil {
		return writeJSON(a.Out, map[string]any{"version": 1, "exercise": nil})
	}
	l, err := w.listed(e)
	if err != nil {
		return err
	}
	return writeJSON(a.Out, map[string]any{"version": 1, "exercise": l})
}
