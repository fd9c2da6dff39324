// Package proof is the authors' gate: it shows for each exercise that its tests tell right from wrong.
//
// Every variant of every exercise is run, and what the tests did with it is compared with what the authors say of it. What
// comes out is a list of findings, and for each folder the record (proof.json) that learners' checks are judged by.
package proof

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/variant"
)

// The least that an exercise brings along.
const (
	leastWrong = 4
	leastRight = 2
)

// Request is one proof.
type Request struct {
	Course    *course.Course
	Exercises []*course.Exercise // what to prove; milestones stand for their whole project
	Server    *grade.Server
	NoneWhy   string
	Seal      string
	Scratch   string            // a folder for temporary files
	Times     int               // how often each test of each variant is run; beyond 1 also shuffled and under the race detector
	Sample    int               // beyond 1: of exercises that stand as they were proven only one answer in so many is run
	Progress  func(line string) // told what is going on; may be nil
}

// Finding is one thing that keeps an exercise from being proven.
type Finding struct {
	Exercise string // identity of the exercise, or of the project
	Text     string // what is wrong, then the evidence
}

// Outcome is what a proof found.
type Outcome struct {
	Findings []Finding
	Unfailed map[string][]string       // by identity: tests that no wrong answer fails. Worth a look, no finding.
	Records  map[string]*course.Record // by path of the file, relative to the root
	Counts   map[string]int            // how many "stub", "solution", "wrong", "right" variants were run
	Sampled  int                       // of how many folders only a sample was run
	Duration time.Duration
}

// Run proves the exercises. An error means that nothing could be proven.
func Run(ctx context.Context, req Request) (*Outcome, error) {
	started := time.Now()
	if req.Progress == nil {
		req.Progress = func(string) {}
	}
	out := &Outcome{Unfailed: map[string][]string{}, Records: map[string]*course.Record{}, Counts: map[string]int{}}
	var folders []*folder
	for _, e := range representatives(req.Exercises) {
		f, err := open(req.Course, e)
		if err != nil {
			return nil, err
		}
		folders = append(folders, f)
	}
	if req.Sample > 1 {
		if err := out.sample(req, folders); err != nil {
			return nil, err
		}
	}
	if err := runRounds(ctx, req, folders, out); err != nil {
		return nil, err
	}
	for _, f := range folders {
		if err := f.look(); err != nil {
			return nil, err
		}
		f.conclude(out)
	}
	out.Duration = time.Since(started)
	return out, nil
}

// folder is an exercise, or a whole project, on its way through a proof.
type folder struct {
	course   *course.Course
	exercise *course.Exercise // of a project the last milestone: its tests are all there are
	id       string           // of a project the project's identity
	variants []variant.Variant
	proven   string                   // hash of all that is being proven
	earlier  []course.Mistake         // of a sample: what is on record of the wrong answers that are not in it
	results  map[string]*grade.Result // by the variant's name
	again    *grade.Result            // the solution once more: repeated, shuffled, under the race detector
	findings []Finding
}

// representatives takes one exercise for each folder: of a project the last milestone.
func representatives(exercises []*course.Exercise) []*course.Exercise {
	var reps []*course.Exercise
	for _, e := range exercises {
		i := slices.IndexFunc(reps, func(r *course.Exercise) bool { return r.Dir == e.Dir })
		switch {
		case i < 0:
			reps = append(reps, e)
		case e.Milestone.Index > reps[i].Milestone.Index:
			reps[i] = e
		}
	}
	return reps
}

func open(c *course.Course, e *course.Exercise) (*folder, error) {
	f := &folder{course: c, exercise: e, id: e.ID, results: map[string]*grade.Result{}}
	if e.Milestone != nil {
		f.id = e.Milestone.Project
	}
	if _, err := os.Stat(c.Path(variant.StubOf(e).Dir)); errors.Is(err, fs.ErrNotExist) {
		f.find("there is no pristine stub: copy the files to edit into %s (`checker dev stub %s`)", variant.StubOf(e).Dir, f.id)
		return f, nil
	}
	f.variants = []variant.Variant{variant.StubOf(e), variant.SolutionOf(e)}
	if err := f.add(variant.Wrong, leastWrong); err != nil {
		return nil, err
	}
	if err := f.add(variant.Right, leastRight); err != nil {
		return nil, err
	}
	var err error
	f.proven, err = f.digest()
	return f, err
}

// add lists the answers of one kind among the variants, and reports when there are too few.
func (f *folder) add(kind variant.Kind, least int) error {
	answers, err := variant.Answers(f.course, f.exercise, kind)
	if err != nil {
		return err
	}
	if len(answers) < least {
		f.find("%d %s answers, at least %d are asked for", len(answers), kind, least)
	}
	f.variants = append(f.variants, answers...)
	return nil
}

func (f *folder) find(format string, args ...any) {
	f.findings = append(f.findings, Finding{Exercise: f.id, Text: fmt.Sprintf(format, args...)})
}

// runRounds runs all variants in as few runs of the go command as there are variants of the exercise that has most: one
// overlay serves all exercises at once.
func runRounds(ctx context.Context, req Request, folders []*folder, out *Outcome) error {
	race, why := gotest.RaceDetector(ctx)
	how := "repeated, shuffled, under the race detector"
	if !race {
		how = "repeated, shuffled (race detector not run: " + why + ")"
	}
	each, again := grade.Request{}, grade.Request{Race: race, Shuffle: true, Count: 2}
	if req.Times > 1 {
		again.Count = req.Times
		each = again
		req.Progress(fmt.Sprintf("each variant %d times: %s", req.Times, how))
	}
	rounds := 0
	for _, f := range folders {
		rounds = max(rounds, len(f.variants))
	}
	for i := range rounds {
		var items []grade.Item
		for _, f := range folders {
			if v := f.inRound(i, rounds); v != nil {
				items = append(items, grade.Item{Exercise: f.exercise, Variant: *v})
				out.Counts[string(v.Kind)]++
			}
		}
		req.Progress(fmt.Sprintf("round %d of %d: %s", i+1, rounds+1, describe(items)))
		report, err := runRound(ctx, req, items, each)
		if err != nil {
			return err
		}
		for _, f := range folders {
			if v := f.inRound(i, rounds); v != nil {
				f.results[v.Name] = report.Result(f.exercise.ID)
			}
		}
	}
	var items []grade.Item
	for _, f := range folders {
		if len(f.variants) > 0 {
			items = append(items, grade.Item{Exercise: f.exercise, Variant: variant.SolutionOf(f.exercise)})
		}
	}
	req.Progress(fmt.Sprintf("round %d of %d: every solution, %s", rounds+1, rounds+1, how))
	report, err := runRound(ctx, req, items, again)
	if err != nil {
		return err
	}
	for _, f := range folders {
		f.again = report.Result(f.exercise.ID)
	}
	return nil
}

// inRound is the variant that has its turn, or nil. The folder's variants are spread evenly, so that no round is left with
// one exercise and an idle processor.
func (f *folder) inRound(round, rounds int) *variant.Variant {
	n := len(f.variants)
	first := (round*n + rounds - 1) / rounds // the least k with k*rounds/n >= round
	if n == 0 || first >= n || first*rounds/n != round {
		return nil
	}
	return &f.variants[first]
}

func runRound(ctx context.Context, req Request, items []grade.Item, how grade.Request) (*grade.Report, error) {
	how.Course, how.Items, how.Authors = req.Course, items, true
	how.Server, how.NoneWhy, how.Seal = req.Server, req.NoneWhy, req.Seal
	how.Scratch = req.Scratch
	how.Limit = 2 * grade.Limit * time.Duration(max(1, req.Times)) // the race detector and the repetition are not the learner's
	report, err := grade.Run(ctx, how)
	if err != nil {
		return nil, err
	}
	// What could not be checked says nothing of the answer: it gets a second chance, and only the machine's whim is lost.
	how.Items = unsettled(items, report)
	if len(how.Items) == 0 {
		return report, nil
	}
	again, err := grade.Run(ctx, how)
	if err != nil {
		return nil, err
	}
	for i, r := range report.Exercises {
		if second := again.Result(r.ID); second != nil {
			report.Exercises[i] = second
		}
	}
	if left := unsettled(items, report); len(left) > 0 {
		r := report.Result(left[0].Exercise.ID)
		return nil, fmt.Errorf("prove %s (%s): %s", r.ID, r.Variant, strings.Join(r.Reasons, "; "))
	}
	return report, nil
}

// unsettled lists the items of a run that could not be checked.
func unsettled(items []grade.Item, report *grade.Report) []grade.Item {
	return slices.DeleteFunc(slices.Clone(items), func(i grade.Item) bool {
		r := report.Result(i.Exercise.ID)
		return r.Status != grade.Unchecked && r.Status != grade.Blocked
	})
}

func describe(items []grade.Item) string {
	if len(items) > 3 {
		return fmt.Sprintf("%d variants", len(items))
	}
	var names []string
	for _, i := range items {
		names = append(names, i.Exercise.Slug+" "+i.Variant.Name)
	}
	return strings.Join(names, ", ")
}
