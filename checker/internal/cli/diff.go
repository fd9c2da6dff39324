package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/progress"
	"workbook/checker/internal/render"
	"workbook/checker/internal/variant"
)

func (a *app) diffCommand() *cobra.Command {
	var start bool
	cmd := &cobra.Command{
		Use:   "diff [EXERCISE]",
		Short: "Show what you have changed since the start; without a name, in the exercise that comes next",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, names []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			e, err := w.one(names)
			if err != nil {
				return err
			}
			if start {
				return a.diffStart(w, e)
			}
			differs, err := a.compare(w, e, variant.StubOf(e), variant.YoursVariant)
			if err == nil && !differs {
				fmt.Fprintf(a.Out, "%s %s: your files are as they were at the start.\n", e.Number, e.Title)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&start, "start", false, "show how an update has changed the start since you began")
	return cmd
}

// diffStart shows what an update has changed in the files that an exercise begins with.
func (a *app) diffStart(w *workbook, e *course.Exercise) error {
	begun := variant.Variant{Kind: variant.Stub, Name: "begun with", Dir: progress.Start(e.ID)}
	if _, err := os.Stat(w.Path(begun.Dir)); err != nil {
		return usageError{fmt.Errorf("%s was not begun yet: `checker check %s` begins it", e.Number, e.Number)}
	}
	differs, err := a.compare(w, e, begun, variant.StubOf(e))
	if err == nil && !differs {
		fmt.Fprintf(a.Out, "%s %s begins as it did when you began.\n", e.Number, e.Title)
	}
	return err
}

// compare writes what changes from one variant of the exercise to another, and reports whether anything does.
func (a *app) compare(w *workbook, e *course.Exercise, from, to variant.Variant) (differs bool, err error) {
	versions := make([]render.Version, 2)
	for i, v := range []variant.Variant{from, to} {
		texts, err := v.Texts(w.Course, e)
		if err != nil {
			return false, err
		}
		versions[i] = render.Version{Name: v.Name, Files: texts}
	}
	return render.Changes(a.Out, versions[0], versions[1], a.colour())
}
