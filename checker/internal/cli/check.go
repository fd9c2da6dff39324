package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/progress"
	"workbook/checker/internal/render"
	"workbook/checker/internal/variant"
)

func (a *app) checkCommand() *cobra.Command {
	var c check
	cmd := &cobra.Command{
		Use:   "check [EXERCISE|STEP]...",
		Short: "Check what you have attempted, then the next exercise; or the ones you name",
		Long: `Check runs the tests of exercises and says how each stands.

Without arguments it checks everything you have attempted, then the next exercise. An exercise is named by its number
(3.6), its name (move-money), its identity (databases/move-money) or its folder; a step by its number or name.

Exit status: 0 all of them pass or are not started; 1 some do not pass; 2 wrong usage; 3 could not check.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.check(cmd.Context(), c, args) },
	}
	a.addPostgres(cmd)
	a.addJSON(cmd)
	cmd.Flags().BoolVar(&c.all, "all", false, "show every failing test in full")
	cmd.Flags().BoolVar(&c.strict, "strict", false, "exit 1 also for exercises that are not started")
	cmd.Flags().StringVar(&c.variant, "variant", "yours", "run the tests against another set of files: stub, solution, wrong/NAME, right/NAME")
	return cmd
}

// check is the command's flags.
type check struct {
	all, strict bool
	variant     string
}

func (a *app) check(ctx context.Context, c check, names []string) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	items, err := w.items(names, c.variant)
	if err != nil {
		return err
	}
	report, err := a.grade(ctx, w, items)
	if err != nil {
		return err
	}
	report.Steps = w.steps(report)
	for _, f := range w.faults {
		report.Notes = append(report.Notes, f.String())
	}
	yours := c.variant == string(variant.Yours)
	if yours {
		if err := w.noteUpdates(report); err != nil {
			return err
		}
		if err := w.keep(report, len(names) > 0); err != nil {
			return err
		}
	}
	if err := a.show(w, report, c, len(names) > 0 || !yours); err != nil {
		return err
	}
	if code := exitFor(report, c.strict); code != exitOK {
		return verdictError(code)
	}
	return nil
}

// items says what to check: the exercises named, or all that were attempted and the next one.
func (w *workbook) items(names []string, variantName string) ([]grade.Item, error) {
	exercises, err := w.find(names)
	if err != nil {
		return nil, err
	}
	var items []grade.Item
	var next *course.Exercise
	begun := map[string]bool{}
	for _, e := range exercises {
		v, err := w.variant(e, variantName)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 && v.Kind == variant.Yours {
			attempted, err := w.attempted(e)
			if err != nil {
				return nil, err
			}
			begun[e.ID] = attempted
			if !attempted {
				waits := slices.ContainsFunc(e.After, func(id string) bool { return !begun[id] && !w.passing(id) })
				if next != nil || waits || grade.Lacks(e) != "" {
					continue
				}
				next = e
			}
		}
		items = append(items, grade.Item{Exercise: e, Variant: v})
	}
	return items, nil
}

// variant finds a variant of an exercise by its name.
func (w *workbook) variant(e *course.Exercise, name string) (variant.Variant, error) {
	kind, _, _ := strings.Cut(name, "/")
	switch variant.Kind(kind) {
	case variant.Yours:
		return variant.YoursVariant, nil
	case variant.Stub:
		return variant.StubOf(e), nil
	case variant.Solution:
		return variant.SolutionOf(e), nil
	case variant.Wrong, variant.Right:
		answers, err := variant.Answers(w.Course, e, variant.Kind(kind))
		if err != nil {
			return variant.Variant{}, err
		}
		var there []string
		for _, v := range answers {
			if v.Name == name {
				return v, nil
			}
			there = append(there, v.Name)
		}
		return variant.Variant{}, usageError{fmt.Errorf("%s has no variant %q: it has %s", e.ID, name, strings.Join(there, ", "))}
	}
	return variant.Variant{}, usageError{fmt.Errorf("%q is not a variant: use yours, stub, solution, wrong/NAME or right/NAME", name)}
}

// grade runs the items, with a database where one is needed.
func (a *app) grade(ctx context.Context, w *workbook, items []grade.Item) (report *grade.Report, err error) {
	var exercises []*course.Exercise
	for _, i := range items {
		exercises = append(exercises, i.Exercise)
	}
	a.say("%s", announce(exercises))
	seal, err := w.log.Seal()
	if err != nil {
		return nil, err
	}
	db, err := a.acquire(ctx, w.Root, exercises)
	if err != nil {
		return nil, err
	}
	defer func() {
		// What could not be cleared away on a server is worth knowing, and takes no verdict back.
		if left := db.giveUp(); left != nil && report != nil {
			report.Notes = append(report.Notes, left.Error())
		}
	}()
	scratch, remove, err := w.log.Scratch()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	report, err = grade.Run(ctx, grade.Request{
		Course: w.Course, Items: items, Server: db.server, NoneWhy: db.why(), Seal: seal, Scratch: scratch, Passing: w.passing,
	})
	if err != nil {
		return nil, err
	}
	report.Database = db.shown
	for _, r := range report.Exercises {
		if r.Output == "" {
			continue
		}
		file, err := w.log.SaveOutput(r.ID, r.Output)
		if err != nil {
			return nil, err
		}
		if r.Log, err = filepath.Rel(w.Root, file); err != nil {
			return nil, fmt.Errorf("name log: %w", err)
		}
	}
	return report, nil
}

func announce(exercises []*course.Exercise) string {
	switch len(exercises) {
	case 0:
		return "Nothing to check."
	case 1:
		return fmt.Sprintf("Checking %s %s …", exercises[0].Number, exercises[0].Title)
	}
	return fmt.Sprintf("Checking %d exercises …", len(exercises))
}

// steps counts the progress in every step: by the report where it knows, else by the record.
func (w *workbook) steps(report *grade.Report) []grade.Step {
	var steps []grade.Step
	for _, s := range w.Steps {
		step := grade.Step{Number: s.Number, Title: s.Title, Total: len(s.Exercises)}
		for _, e := range s.Exercises {
			if w.passes(report, e.ID) {
				step.Passing++
			}
		}
		steps = append(steps, step)
	}
	return steps
}

func (w *workbook) passes(report *grade.Report, id string) bool {
	if r := report.Result(id); r != nil && r.Variant == string(variant.Yours) {
		return r.Status == grade.Passing
	}
	return w.passing(id)
}

// keep records the attempts. What nobody asked for by name and has not changed since it passed is no new attempt.
func (w *workbook) keep(report *grade.Report, asked bool) error {
	var entries []progress.Entry
	for _, r := range report.Exercises {
		if !r.Attempted || r.Status == grade.NotStarted || r.Status == grade.Blocked {
			continue
		}
		if !asked && r.Status == grade.Passing && w.passing(r.ID) {
			continue
		}
		s := w.standings[r.ID]
		e := progress.Entry{
			Event: progress.Check, Exercise: r.ID, Status: string(r.Status), Passed: r.PassedTests(), Failed: r.FailedTests(),
			Files: r.Files, Tests: r.Digest, Hints: s.Hints, Seen: s.SolutionSeen, Seconds: r.Seconds,
		}
		for _, m := range r.Mistakes {
			e.Mistakes = append(e.Mistakes, m.Name)
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil
	}
	notes, err := w.log.Append(entries...)
	report.Notes = append(report.Notes, notes...)
	return err
}

func (a *app) show(w *workbook, report *grade.Report, c check, asked bool) error {
	if a.json {
		return render.JSON(a.Out, report)
	}
	opts := render.Options{Colour: a.colour(), All: c.all, Asked: asked}
	if next := w.next(func(id string) bool { return w.passes(report, id) }); next != nil {
		opts.Next = next.ID
	}
	shown := *report
	if !asked {
		shown.Exercises = w.worthShowing(report)
	}
	return render.Text(a.Out, &shown, opts)
}

// worthShowing leaves out what the learner knows: exercises that passed before. The next exercise is shown once all that
// was attempted passes.
func (w *workbook) worthShowing(report *grade.Report) []*grade.Result {
	var shown []*grade.Result
	open := false
	for _, r := range report.Exercises {
		switch {
		case r.Status == grade.Passing && w.passing(r.ID):
		case r.Status == grade.NotStarted || r.Status == grade.Blocked && !r.Attempted:
		default:
			shown = append(shown, r)
			open = open || r.Status != grade.Passing
		}
	}
	if open {
		return shown
	}
	i := slices.IndexFunc(report.Exercises, func(r *grade.Result) bool { return r.Status == grade.NotStarted })
	if i >= 0 {
		shown = append(shown, report.Exercises[i])
	}
	return shown
}

// exitFor turns a report into an exit status.
func exitFor(report *grade.Report, strict bool) int {
	code := exitOK
	for _, r := range report.Exercises {
		switch r.Status {
		case grade.Unchecked:
			return exitUnchecked
		case grade.Failing, grade.Broken:
			code = exitFailing
		case grade.NotStarted, grade.Blocked:
			if r.Status == grade.Blocked && r.Attempted {
				return exitUnchecked // the machine cannot run what the learner has written
			}
			if strict {
				code = exitFailing
			}
		}
	}
	return code
}
