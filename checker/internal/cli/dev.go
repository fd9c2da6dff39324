package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/kit"
	"workbook/checker/internal/markdown"
	"workbook/checker/internal/proof"
	"workbook/checker/internal/scaffold"
	"workbook/checker/internal/variant"
)

func (a *app) devCommand() *cobra.Command {
	dev := &cobra.Command{
		Use:    "dev",
		Short:  "For authors: new, stub, try, trial, proof, gen, kit, picture",
		Hidden: true,
	}
	dev.AddCommand(a.proofCommand(), a.tryCommand(), a.trialCommand(), a.stubCommand(), a.newCommand(), a.genCommand(), a.kitCommand(), a.pictureCommand())
	return dev
}

func (a *app) proofCommand() *cobra.Command {
	var how proofOptions
	cmd := &cobra.Command{
		Use:   "proof [EXERCISE|STEP]...",
		Short: "Prove that the tests of exercises tell right from wrong",
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := how.check(); err != nil {
				return err
			}
			c, err := a.loadCourse()
			if err != nil {
				return err
			}
			return a.proof(cmd.Context(), c, names, how)
		},
	}
	cmd.Flags().BoolVar(&how.write, "write", false, "bring proof.json up to date; without it, a stale one is a finding")
	cmd.Flags().IntVar(&how.times, "times", 1, "run every variant so many times, shuffled and under the race detector: a test whose verdict changes is a finding")
	cmd.Flags().IntVar(&how.sample, "sample", 1, "of exercises that stand as they were proven, run one answer in so many; all of every other")
	a.addPostgres(cmd)
	return cmd
}

type proofOptions struct {
	write         bool
	times, sample int
}

func (o proofOptions) check() error {
	switch {
	case o.times < 1:
		return usageError{fmt.Errorf("--times is %d: 1 is the least", o.times)}
	case o.sample < 1:
		return usageError{fmt.Errorf("--sample is %d: 1 is the least, and runs every answer", o.sample)}
	}
	return nil
}

func (a *app) proof(ctx context.Context, c *course.Course, names []string, how proofOptions) error {
	exercises, err := find(c, names)
	if err != nil {
		return err
	}
	return a.inWorkshop(ctx, c, exercises, func(w workshop) error {
		if w.db.shown != nil && w.db.shown.Problem != "" {
			return errors.New(w.db.shown.Problem)
		}
		out, err := proof.Run(ctx, proof.Request{
			Course: c, Exercises: exercises, Server: w.db.server, NoneWhy: w.db.why(), Seal: w.seal, Scratch: w.scratch,
			Times: how.times, Sample: how.sample,
			Progress: func(line string) { a.say("%s", line) },
		})
		if err != nil {
			return err
		}
		if err := a.settleRecords(c, out, how.write); err != nil {
			return err
		}
		a.showProof(out, len(exercises))
		if len(out.Findings) > 0 {
			return verdictError(exitFailing)
		}
		return nil
	})
}

// settleRecords writes the records, or makes a finding of each that is stale.
func (a *app) settleRecords(c *course.Course, out *proof.Outcome, write bool) error {
	stale, err := out.Stale(c)
	if err != nil {
		return err
	}
	if write {
		return out.Write(c)
	}
	for _, file := range stale {
		out.Findings = append(out.Findings, proof.Finding{Exercise: filepath.ToSlash(file), Text: "is stale: derive it with `make proof`"})
	}
	return nil
}

// showProof prints what deserves a look, what must be mended, and the sum.
func (a *app) showProof(out *proof.Outcome, exercises int) {
	for _, id := range sorted(out.Unfailed) {
		for _, name := range out.Unfailed[id] {
			fmt.Fprintf(a.Out, "· %s: no wrong answer fails %s\n", id, name)
		}
	}
	if out.Sampled > 0 {
		fmt.Fprintf(a.Out, "folders that stand as they were proven, so that only a sample of their answers was run: %d\n", out.Sampled)
	}
	// Near the end, where a log that was cut still has them.
	for _, f := range out.Findings {
		fmt.Fprintf(a.Out, "✗ %s: %s\n", f.Exercise, strings.ReplaceAll(f.Text, "\n", "\n    "))
	}
	fmt.Fprintf(a.Out, "proof: exercises %d, solutions %d, wrong answers %d, right answers %d, findings %d; %.0f s\n",
		exercises, out.Counts["solution"], out.Counts["wrong"], out.Counts["right"], len(out.Findings), out.Duration.Seconds())
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (a *app) stubCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stub EXERCISE",
		Short: "Make the files to edit the pristine stub",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, names []string) error {
			c, err := a.loadCourse()
			if err != nil {
				return err
			}
			exercises, err := find(c, names)
			if err != nil {
				return err
			}
			for _, e := range exercises {
				if err := variant.TakeStub(c, e); err != nil {
					return err
				}
				fmt.Fprintf(a.Out, "%s: the pristine stub is now what lies in %s\n", e.ID, e.Dir)
			}
			return nil
		},
	}
}

func (a *app) newCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "new STEP/NN-SLUG",
		Short:   "Lay out a new exercise, to be filled in",
		Example: "  checker dev new 03-databases/12-bulk-update",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, names []string) error {
			root, err := course.Locate(a.dir)
			if err != nil {
				return usageError{err}
			}
			files, err := scaffold.New(root, names[0])
			if err != nil {
				return usageError{err}
			}
			for _, f := range files {
				fmt.Fprintln(a.Out, f)
			}
			fmt.Fprintln(a.Out, "Next: .github/CONTRIBUTING.md says in which order to fill them in.")
			return nil
		},
	}
}

func (a *app) genCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "gen",
		Short: "Derive what is derived: the tables of exercises and of the test kit, the snippets of the lessons",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, primitives, err := a.loadKit()
			if err != nil {
				return err
			}
			return a.derive(c, check, map[scaffold.Derived]string{
				scaffold.Exercises: scaffold.Table(c),
				scaffold.Kit:       kit.Markdown(primitives),
			})
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; exit 1 when something is stale")
	return cmd
}

// loadKit loads the course, and what its test kit provides.
func (a *app) loadKit() (*course.Course, []kit.Primitive, error) {
	c, err := a.loadCourse()
	if err != nil {
		return nil, nil, err
	}
	primitives, err := kit.List(c)
	return c, primitives, err
}

// derive brings tables and lessons up to date, or only says what is stale. A file that a course does not have needs no table.
func (a *app) derive(c *course.Course, check bool, tables map[scaffold.Derived]string) error {
	good := true
	for derived, table := range tables {
		page, err := markdown.Read(c.Root, derived.File)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		fresh, err := derived.Replace(page.Text, table)
		if err != nil {
			return err
		}
		ok, err := a.refresh(page, fresh, check, "its table")
		if err != nil {
			return err
		}
		good = good && ok
	}
	for _, step := range c.Steps {
		page, err := markdown.Read(c.Root, "lessons/"+step.Folder+"/README.md")
		if err != nil {
			return err
		}
		fresh, problems := page.Fill()
		for _, p := range append(problems, page.Links()...) {
			good = false
			fmt.Fprintln(a.Out, p)
		}
		ok, err := a.refresh(page, fresh, check, "a snippet")
		if err != nil {
			return err
		}
		good = good && ok
	}
	if !good {
		return verdictError(exitFailing)
	}
	return nil
}

// refresh writes the page anew where that is needed, or says that it would be, and returns false.
func (a *app) refresh(page markdown.Page, fresh string, check bool, what string) (bool, error) {
	switch {
	case fresh == page.Text:
	case check:
		fmt.Fprintf(a.Out, "%s: %s is stale: run `make gen`\n", page.File, what)
		return false, nil
	default:
		if err := os.WriteFile(filepath.Join(page.Root, filepath.FromSlash(page.File)), []byte(fresh), 0o666); err != nil {
			return false, fmt.Errorf("derive %s: %w", what, err)
		}
	}
	return true, nil
}

func (a *app) kitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kit",
		Short: "List what the test kit provides, and which exercises use it",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, primitives, err := a.loadKit()
			if err != nil {
				return err
			}
			return kit.Text(a.Out, primitives)
		},
	}
}

func (a *app) pictureCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "picture LABEL",
		Short:   "Draw the coloured output of a command, read from standard input, as an SVG",
		Example: "  checker check 3.6 --colour always | checker dev picture 'a failing check' > check.svg",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := io.ReadAll(a.In)
			if err != nil {
				return fmt.Errorf("read output: %w", err)
			}
			_, err = io.WriteString(a.Out, scaffold.Picture(string(text), args[0]))
			return err
		},
	}
}
