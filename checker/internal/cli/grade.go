package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"workbook/checker/internal/class"
	"workbook/checker/internal/confine"
	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/gradebook"
	"workbook/checker/internal/submission"
)

// unsafeFlag is long on purpose: whoever gives it has read what it means.
const unsafeFlag = "unsafe-run-on-this-machine"

type gradeOptions struct {
	exercises []string
	output    string
	formats   []string
	again     bool
	unsafe    bool
	limits    confine.Limits
}

func (a *app) gradeCommand() *cobra.Command {
	how := gradeOptions{limits: confine.Usual}
	cmd := &cobra.Command{
		Use:   "grade SUBMISSION...",
		Short: "For instructors: grade what learners have handed in, by the original tests",
		Long: `Grade runs the tests of this clone over the answers of each submission: a clone, a folder, or a zip or tar of one. Its
name is the learner's. Of a submission only the files to edit are used, and new files beside them that are no tests.
Each result is a file in the folder --output; where grading was interrupted, it goes on with the same folder.

An answer is code of somebody else. Each runs in a container: as nobody, without a network but its own database, with
nothing to write to but its memory, and held to limits of time, memory, processes and output. Nothing of it runs while it
is built. That takes a Docker engine, and the image of PostgreSQL. What the tests of an exercise need beyond that, such as
bash, the container borrows from this machine, to read. Exercises whose tests build programs cannot be graded so.

With --` + unsafeFlag + ` there is no container: answers run with your rights, your network and your files,
held only to limits; as nobody, where you are root. Do that on a machine that holds nothing of value.`,
		Example: "  checker grade submissions/*\n  checker grade ada.zip --exercises 3,4.1 --format json,junit",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, submissions []string) error {
			c, err := a.loadCourse()
			if err != nil {
				return err
			}
			return a.gradeClass(cmd.Context(), c, submissions, how)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&how.exercises, "exercises", nil, "exercises and steps to grade; all by default")
	flags.StringVar(&how.output, "output", "", "the folder of the results; .workbook/graded by default")
	flags.StringSliceVar(&how.formats, "format", []string{"json"}, "for each learner: json, junit, gradescope, classroom50, markdown")
	flags.BoolVar(&how.again, "again", false, "grade everything anew, also what is graded already and has not changed")
	flags.BoolVar(&how.unsafe, unsafeFlag, false, "run the answers without containers, with your own rights")
	flags.DurationVar(&how.limits.Time, "limit-time", how.limits.Time, "how long the tests of one exercise may take")
	flags.Int64Var(&how.limits.Memory, "limit-memory", how.limits.Memory, "bytes of memory that they may use")
	flags.Int64Var(&how.limits.Output, "limit-output", how.limits.Output, "bytes that they may print")
	flags.IntVar(&how.limits.Processes, "limit-processes", how.limits.Processes, "processes that they may have at once")
	a.addPostgres(cmd)
	return cmd
}

func (o *gradeOptions) check() error {
	switch {
	case o.limits.Time <= 0 || o.limits.Memory <= 0 || o.limits.Output <= 0 || o.limits.Processes <= 0:
		return usageError{errors.New("a limit of 0 lets nothing run")}
	}
	for _, f := range o.formats {
		if gradebook.Formats[f].Write == nil {
			return usageError{fmt.Errorf("--format %q is none: use %s", f, strings.Join(sorted(gradebook.Formats), ", "))}
		}
	}
	return nil
}

func (a *app) gradeClass(ctx context.Context, c *course.Course, submissions []string, how gradeOptions) error {
	if err := how.check(); err != nil {
		return err
	}
	exercises, err := find(c, how.exercises)
	if err != nil {
		return err
	}
	if err := class.CheckNames(submissions); err != nil {
		return usageError{err}
	}
	if how.output == "" {
		how.output = c.Path(".workbook", "graded")
	}
	if err := os.MkdirAll(how.output, 0o777); err != nil {
		return fmt.Errorf("make the folder of the results: %w", err)
	}
	needServer := exercises
	if !how.unsafe {
		needServer = nil // each submission gets one of its own
	}
	return a.inWorkshop(ctx, c, needServer, func(w workshop) error { return a.gradeIn(ctx, w, c, exercises, submissions, how) })
}

func (a *app) gradeIn(ctx context.Context, w workshop, c *course.Course, exercises []*course.Exercise, submissions []string, how gradeOptions) error {
	req, err := a.isolated(ctx, w, c, exercises, how)
	if err != nil {
		return err
	}
	req.Course, req.Exercises, req.Submissions, req.Limits = c, exercises, submissions, submission.Usual
	req.Scratch, req.Progress = w.scratch, func(line string) { a.say("%s", line) }
	if !how.again {
		if req.Earlier, err = readGraded(how.output); err != nil {
			return err
		}
	}
	var all []*class.Graded
	err = class.Grade(ctx, req, func(g *class.Graded) error {
		all = append(all, g)
		return writeGraded(g, how)
	})
	if err != nil {
		return err
	}
	if err := gradebook.Text(a.Out, all); err != nil {
		return err
	}
	a.say("The results are in %s", how.output)
	return classVerdict(all)
}

// isolated says how answers are kept from doing harm.
func (a *app) isolated(ctx context.Context, w workshop, c *course.Course, exercises []*course.Exercise, how gradeOptions) (class.Request, error) {
	confined, err := newConfinement(c.Root, w.scratch, how.limits, exercises)
	if err != nil {
		return class.Request{}, err
	}
	run := grade.Request{Seal: w.seal, Exec: confined.command, Limit: how.limits.Time}
	if how.unsafe {
		room := &class.Room{Server: w.db.server, NoneWhy: w.db.why(), Ending: confined.ending, Close: func() error { return nil }}
		return class.Request{
			Isolation: "limits", Run: run,
			Open:    func(context.Context, []grade.Item) (*class.Room, error) { return room, nil },
			Refuses: func(*course.Exercise) string { return "" },
		}, nil
	}
	k, err := newContainers(ctx, confined, exercises, func(line string) { a.say("%s", line) })
	if err != nil {
		return class.Request{}, err
	}
	run.Limit += time.Minute // the runner in the container keeps the limit, once the database is there
	return class.Request{Isolation: "container", Run: k.request(run), Open: k.open, Refuses: k.refuses}, nil
}

// classVerdict is an exit status: 3 when something could not be checked. That a learner fails is no failure of grading.
func classVerdict(all []*class.Graded) error {
	for _, g := range all {
		if slices.ContainsFunc(g.Exercises, func(r *grade.Result) bool { return r.Status == grade.Unchecked }) {
			return verdictError(exitUnchecked)
		}
	}
	return nil
}

// writeGraded writes the results of one learner in each format, whole or not at all.
func writeGraded(g *class.Graded, how gradeOptions) error {
	write := func(name string, text []byte) error {
		if err := replace(filepath.Join(how.output, name), text); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
		return nil
	}
	// JSON always, and last: it says that the learner is done.
	for _, f := range append(slices.DeleteFunc(slices.Clone(how.formats), func(f string) bool { return f == "json" }), "json") {
		format := gradebook.Formats[f]
		text, err := format.Write(g)
		if err != nil {
			return err
		}
		if err := write(g.Learner+format.Ending, text); err != nil {
			return err
		}
	}
	return nil
}

// readGraded reads the results that lie in a folder. Other files may lie there too.
func readGraded(dir string) ([]*class.Graded, error) {
	files, err := fs.Glob(os.DirFS(dir), "*.json")
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	var all []*class.Graded
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		var g class.Graded
		if json.Unmarshal(text, &g) == nil && g.Version == 1 && g.Learner+".json" == file {
			all = append(all, &g)
		}
	}
	return all, nil
}
