package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/progress"
)

func (a *app) hintCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hint [EXERCISE]",
		Short: "Show one more hint; without a name, for the exercise that comes next",
		Args:  cobra.MaximumNArgs(1),
		RunE:  a.aboutOne(a.hint),
	}
	a.addJSON(cmd)
	return cmd
}

// aboutOne is a command about one exercise: the one named, else the next.
func (a *app) aboutOne(run func(*workbook, *course.Exercise) error) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, names []string) error {
		w, err := a.open()
		if err != nil {
			return err
		}
		e, err := w.one(names)
		if err != nil {
			return err
		}
		return run(w, e)
	}
}

// one finds the single exercise that a command is about: the one named, else the next.
func (w *workbook) one(names []string) (*course.Exercise, error) {
	if len(names) == 0 {
		if e := w.next(w.passing); e != nil {
			return e, nil
		}
		return nil, usageError{fmt.Errorf("every exercise passes: name the one that you mean")}
	}
	found, err := w.find(names)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, usageError{fmt.Errorf("%q stands for %d exercises: name one of them", names[0], len(found))}
	}
	return found[0], nil
}

// hint shows the hints seen so far and one more, which it records.
func (a *app) hint(w *workbook, e *course.Exercise) error {
	seen := min(w.standings[e.ID].Hints, len(e.Hints))
	show := min(seen+1, len(e.Hints))
	if show > seen {
		if _, err := w.log.Append(progress.Entry{Event: progress.Hint, Exercise: e.ID, Hints: show}); err != nil {
			return err
		}
	}
	if a.json {
		return writeJSON(a.Out, map[string]any{"version": 1, "exercise": e.ID, "hints": e.Hints[:show], "total": len(e.Hints)})
	}
	for i := range show {
		fmt.Fprintf(a.Out, "Hint %d of %d for %s %s\n\n%s\n\n", i+1, len(e.Hints), e.Number, e.Title, e.Hints[i])
	}
	if show == len(e.Hints) {
		fmt.Fprintf(a.Out, "That was the last one. A solution with notes is in %s.\n", e.Solution)
	}
	return nil
}
