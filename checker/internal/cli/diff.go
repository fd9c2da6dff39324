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
		RunE: a.aboutOne(func(w *workbook, e *course.Exercise) error {
			if start {
				return a.diffStart(w, e)
			}
			return a.diff(w, e, variant.StubOf(e), variant.YoursVariant, "%s %s: your files are as they were at the start.\n")
		}),
	}
	a.addJSON(cmd)
	cmd.Flags().BoolVar(&start, "start", false, "show how an update has changed the start since you began")
	return cmd
}

// diffStart shows what an update has changed in the files that an exercise begins with.
func (a *app) diffStart(w *workbook, e *course.Exercise) error {
	begun := variant.Variant{Kind: variant.Stub, Name: "begun with", Dir: progress.Start(e.ID)}
	if _, err := os.Stat(w.Path(begun.Dir)); err != nil {
		return usageError{fmt.Errorf("%s was not begun yet: `checker check %s` begins it", e.Number, e.Number)}
	}
	return a.diff(w, e, begun, variant.StubOf(e), "%s %s begins as it did when you began.\n")
}

// diff shows what changes from one variant of the exercise to another, or, in a sentence, that nothing does.
func (a *app) diff(w *workbook, e *course.Exercise, from, to variant.Variant, same string) error {
	c, err := compare(w, e, from, to)
	if err != nil {
		return err
	}
	if a.json {
		return writeJSON(a.Out, c)
	}
	differs, err := c.write(a)
	if err == nil && !differs {
		fmt.Fprintf(a.Out, same, e.Number, e.Title)
	}
	return err
}

// comparison is two variants of an exercise, as `diff --json` and `solution --json` write them.
type comparison struct {
	Version  int            `json:"version"`  // of this format: 1
	Exercise string         `json:"exercise"` // identity
	From     string         `json:"from"`     // "stub", "yours", "begun with"
	To       string         `json:"to"`       // "yours", "solution", "stub"
	Files    []comparedFile `json:"files"`    // all of them, also those that are alike
	Notes    string         `json:"notes,omitempty"`
	Right    []string       `json:"right,omitempty"` // folders of other ways that pass

	from, to render.Version
}

// comparedFile is a file of both; a text is null where the file is not there.
type comparedFile struct {
	Name string  `json:"name"`
	From *string `json:"from"`
	To   *string `json:"to"`
}

func compare(w *workbook, e *course.Exercise, from, to variant.Variant) (*comparison, error) {
	c := &comparison{Version: 1, Exercise: e.ID, From: from.Name, To: to.Name, Files: []comparedFile{}}
	for _, side := range []struct {
		variant variant.Variant
		texts   *render.Version
	}{{from, &c.from}, {to, &c.to}} {
		texts, err := side.variant.Texts(w.Course, e)
		if err != nil {
			return nil, err
		}
		*side.texts = render.Version{Name: side.variant.Name, Files: texts}
	}
	for _, name := range render.Paths(c.from, c.to) {
		c.Files = append(c.Files, comparedFile{name, textOf(c.from, name), textOf(c.to, name)})
	}
	return c, nil
}

func textOf(v render.Version, name string) *string {
	if text, there := v.Files[name]; there {
		return &text
	}
	return nil
}

// write writes a unified difference, and reports whether there is any.
func (c *comparison) write(a *app) (differs bool, err error) {
	return render.Changes(a.Out, c.from, c.to, a.colour())
}
