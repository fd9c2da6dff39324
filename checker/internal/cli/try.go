package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/proof"
	"workbook/checker/internal/scaffold"
	"workbook/checker/internal/variant"
)

type tryOptions struct {
	race    bool
	outputs int
}

func (a *app) tryCommand() *cobra.Command {
	var how tryOptions
	cmd := &cobra.Command{
		Use:   "try EXERCISE [stub|solution|wrong|right|wrong/NAME|right/NAME|FOLDER]...",
		Short: "Run some answers once, and compare what the tests say of them with their headers; all answers by default",
		Example: `  checker dev try move-money wrong/lost-update
  checker dev try 3.6 wrong --outputs 0
  checker dev try 3.6 /tmp/another-answer`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadCourse()
			if err != nil {
				return err
			}
			exercises, err := find(c, args[:1])
			if err != nil {
				return err
			}
			e := exercises[len(exercises)-1] // of a project the last milestone, whose tests are all
			answers, err := answers(c, e, args[1:])
			if err != nil {
				return err
			}
			return a.try(cmd.Context(), c, e, answers, how)
		},
	}
	cmd.Flags().BoolVar(&how.race, "race", false, "under the race detector")
	cmd.Flags().IntVar(&how.outputs, "outputs", 1, "print what so many of the failing tests of each answer say")
	a.addPostgres(cmd)
	return cmd
}

func (a *app) trialCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "trial EXERCISE FOLDER",
		Short:   "Lay out what somebody sees who tries an exercise blind: no tests, no hints, no solution",
		Example: "  checker dev trial move-money /tmp/trial",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.loadCourse()
			if err != nil {
				return err
			}
			exercises, err := find(c, args[:1])
			if err != nil {
				return err
			}
			e := exercises[len(exercises)-1]
			if err := scaffold.Trial(c, e, args[1]); err != nil {
				return usageError{err}
			}
			fmt.Fprintf(a.Out, "%s: begin with %s\n", e.ID, filepath.Join(args[1], filepath.FromSlash(e.Dir), "README.md"))
			return nil
		},
	}
}

// answers finds the variants that are named: a kind stands for all of it, and whatever else is a folder of files.
func answers(c *course.Course, e *course.Exercise, names []string) ([]variant.Variant, error) {
	wrong, err := variant.Answers(c, e, variant.Wrong)
	if err != nil {
		return nil, err
	}
	right, err := variant.Answers(c, e, variant.Right)
	if err != nil {
		return nil, err
	}
	all := slices.Concat([]variant.Variant{variant.StubOf(e), variant.SolutionOf(e)}, right, wrong)
	if len(names) == 0 {
		return all, nil
	}
	var chosen []variant.Variant
	for _, name := range names {
		found := slices.DeleteFunc(slices.Clone(all), func(v variant.Variant) bool { return v.Name != name && string(v.Kind) != name })
		if len(found) == 0 {
			folder, err := answerFolder(c, name)
			if err != nil {
				return nil, err
			}
			found = []variant.Variant{folder}
		}
		chosen = append(chosen, found...)
	}
	return chosen, nil
}

// answerFolder takes any folder of files as an answer that should be right.
func answerFolder(c *course.Course, name string) (variant.Variant, error) {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return variant.Variant{}, usageError{fmt.Errorf("%s is neither an answer of the exercise nor a folder", name)}
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return variant.Variant{}, fmt.Errorf("find %s: %w", name, err)
	}
	rel, err := filepath.Rel(c.Root, abs)
	if err != nil {
		return variant.Variant{}, fmt.Errorf("find %s: %w", name, err)
	}
	return variant.Variant{Kind: variant.Right, Name: name, Dir: filepath.ToSlash(rel)}, nil
}

func (a *app) try(ctx context.Context, c *course.Course, e *course.Exercise, answers []variant.Variant, how tryOptions) error {
	return a.inWorkshop(ctx, c, []*course.Exercise{e}, func(w workshop) error {
		req := proof.Request{Course: c, Server: w.db.server, NoneWhy: w.db.why(), Seal: w.seal, Scratch: w.scratch}
		return a.tryEach(ctx, req, e, answers, how)
	})
}

func (a *app) tryEach(ctx context.Context, req proof.Request, e *course.Exercise, answers []variant.Variant, how tryOptions) error {
	surprised := 0
	for _, v := range answers {
		trial, err := proof.Try(ctx, req, e, v, how.race)
		if err != nil {
			return err
		}
		a.showTrial(v, trial, how.outputs)
		if len(trial.Surprise) > 0 {
			surprised++
		}
	}
	fmt.Fprintf(a.Out, "answers run %d, not as they say %d\n", len(answers), surprised)
	if surprised > 0 {
		return verdictError(exitFailing)
	}
	return nil
}

func (a *app) showTrial(v variant.Variant, t proof.Trial, outputs int) {
	mark := "✓"
	if len(t.Surprise) > 0 {
		mark = "✗"
	}
	r := t.Result
	fmt.Fprintf(a.Out, "%s %s: %s, %d of %d tests failed; %.1f s\n", mark, v.Name, r.Status, len(r.FailedTests()), len(r.Tests), r.Seconds)
	for _, line := range t.Surprise {
		fmt.Fprintf(a.Out, "    %s\n", line)
	}
	if r.Build != "" {
		fmt.Fprintf(a.Out, "    %s\n", strings.ReplaceAll(strings.TrimSpace(r.Build), "\n", "\n    "))
	}
	for _, test := range r.Tests {
		if outputs > 0 && test.Outcome != gotest.Passed {
			outputs--
			fmt.Fprintf(a.Out, "    --- %s\n    %s\n", test.Name, strings.ReplaceAll(strings.TrimSpace(test.Output), "\n", "\n    "))
		}
	}
}
