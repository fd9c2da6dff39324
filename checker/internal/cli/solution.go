package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"workbook/checker/internal/course"
	"workbook/checker/internal/progress"
	"workbook/checker/internal/variant"
)

func (a *app) solutionCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "solution [EXERCISE]",
		Short: "Show how the solution differs from yours, and why it is as it is; asks first while yours does not pass",
		Args:  cobra.MaximumNArgs(1),
		RunE: a.aboutOne(func(w *workbook, e *course.Exercise) error {
			if !w.passing(e.ID) && !yes {
				if agreed, err := a.askToSee(w, e); err != nil || !agreed {
					return err
				}
			}
			return a.solution(w, e)
		}),
	}
	a.addJSON(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// askToSee asks whether to show the solution of an exercise that does not pass yet. Anything but yes is no.
func (a *app) askToSee(w *workbook, e *course.Exercise) (bool, error) {
	left := len(e.Hints) - w.standings[e.ID].Hints
	if f, ok := a.In.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return false, usageError{fmt.Errorf("%s is not passing yet, and there is nobody to ask: `checker solution %s --yes` shows the solution all the same", e.Number, e.Number)}
	}
	fmt.Fprintf(a.Err, "%s %s is not passing yet", e.Number, e.Title)
	if left > 0 {
		fmt.Fprintf(a.Err, ", and there %s: make hint EX=%s", hintsLeft(left), e.Number)
	}
	fmt.Fprint(a.Err, ".\nShow the solution? [y/N] ")
	line, err := bufio.NewReader(a.In).ReadString('\n')
	if err != nil && line == "" {
		fmt.Fprintln(a.Err)
		return false, nil
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", nil
}

func hintsLeft(n int) string {
	if n == 1 {
		return "is one more hint"
	}
	return fmt.Sprintf("are %d more hints", n)
}

// solution shows the way from the learner's files to the solution, then the notes. That it was seen is recorded before.
func (a *app) solution(w *workbook, e *course.Exercise) error {
	if _, err := w.log.Append(progress.Entry{Event: progress.Solution, Exercise: e.ID}); err != nil {
		return err
	}
	c, err := compare(w, e, variant.YoursVariant, variant.SolutionOf(e))
	if err != nil {
		return err
	}
	notes, err := os.ReadFile(w.Path(e.Solution, "NOTES.md"))
	if err != nil {
		return fmt.Errorf("read notes: %w", err)
	}
	others, err := variant.Answers(w.Course, e, variant.Right)
	if err != nil {
		return err
	}
	if a.json {
		c.Notes = string(notes)
		for _, v := range others {
			c.Right = append(c.Right, v.Dir)
		}
		return writeJSON(a.Out, c)
	}
	differs, err := c.write(a)
	if err != nil {
		return err
	}
	if !differs {
		fmt.Fprintf(a.Out, "Your files are the solution's, letter for letter.\n")
	}
	fmt.Fprintf(a.Out, "\n%s\n", strings.TrimSpace(string(notes)))
	if len(others) > 0 {
		fmt.Fprintf(a.Out, "\nOther ways that pass are in %s/testdata/right.\n", e.Solution)
	}
	return nil
}
