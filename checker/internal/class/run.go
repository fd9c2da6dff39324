package class

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/journal"
	"workbook/checker/internal/progress"
	"workbook/checker/internal/submission"
)

// Request is the grading of a class.
type Request struct {
	Course      *course.Course
	Exercises   []*course.Exercise // what to grade
	Submissions []string           // folders and archives
	Limits      submission.Limits
	Isolation   string        // how the code is kept apart, for the reader
	Run         grade.Request // how the tests are run: Seal, Exec, Env, Limit
	Open        func(context.Context, []grade.Item) (*Room, error)
	Refuses     func(*course.Exercise) string // why an exercise cannot be run this way; "" when it can
	Scratch     string                        // a folder inside the course for temporary files
	Earlier     []*Graded                     // results of a run that was interrupted: what did not change since is not run again
	Progress    func(line string)
}

// Room is where the answers of one submission are run.
type Room struct {
	Server  *grade.Server           // nil when there is none
	NoneWhy string                  // why there is none
	Ending  func(dir string) Ending // how the tests of a folder ended that have just been run
	Close   func() error
}

// Ending is how a run of tests ended, when not by itself.
type Ending struct {
	Breach string `json:"breach,omitempty"` // the limit that it went beyond
	Fault  string `json:"fault,omitempty"`  // why it could not be run: no fault of the answer's
}

// grader is a grading on its way.
type grader struct {
	Request
	catalogue *catalogue
	keep      *keep
	tests     string                   // digest of all that answers are graded by
	known     map[string]*grade.Result // by identity and digest of the answer
}

// Grade grades each submission, and hands each result over as soon as it is there. What is wrong with one submission is
// in its result; an error means that nothing more can be graded, or that hand has returned one.
func Grade(ctx context.Context, req Request, hand func(*Graded) error) error {
	if req.Progress == nil {
		req.Progress = func(string) {}
	}
	g := &grader{Request: req, known: map[string]*grade.Result{}}
	var err error
	if g.catalogue, err = newCatalogue(req.Course, req.Exercises); err != nil {
		return err
	}
	if g.tests, err = g.digestOfTests(); err != nil {
		return err
	}
	if g.keep, err = takeKeep(req.Course.Root); err != nil {
		return err
	}
	for n, file := range req.Submissions {
		result, err := g.one(ctx, n, file)
		if err != nil {
			return err
		}
		if err := hand(result); err != nil {
			return err
		}
	}
	return nil
}

// digestOfTests stands for the tests and the given files, for the list of exercises and for the way they are run.
func (g *grader) digestOfTests() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, g.Isolation, g.Limits)
	for _, e := range g.Exercises {
		r, err := g.Course.LoadRecord(e)
		if err != nil {
			return "", err
		}
		text, err := r.Encode()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %x\n", e.ID, sha256.Sum256(text))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// one grades one submission.
func (g *grader) one(ctx context.Context, n int, file string) (*Graded, error) {
	began := time.Now()
	out := &Graded{Version: 1, Submission: file, Time: began.UTC().Truncate(time.Second), Isolation: g.Isolation}
	s, err := submission.Open(file, g.catalogue.wants, g.Limits)
	if err != nil {
		out.Learner, out.Problem = submission.Name(file), err.Error()
		out.Exercises = g.unchecked(out.Problem)
		g.Progress(fmt.Sprintf("%d of %d: %s: %s", n+1, len(g.Submissions), out.Learner, out.Problem))
		return out, nil
	}
	out.Learner, out.Digest = s.Name, g.digestOf(s)
	if same := g.earlier(out); same != nil {
		g.Progress(fmt.Sprintf("%d of %d: %s: graded already", n+1, len(g.Submissions), out.Learner))
		return same, nil
	}
	for _, r := range s.Refused {
		out.Refused = append(out.Refused, r.String())
	}
	answers, err := g.catalogue.layOut(s, filepath.Join(g.Scratch, fmt.Sprintf("submission-%d", n)))
	if err != nil {
		return nil, err
	}
	if out.Exercises, err = g.results(ctx, s.Name, answers); err != nil {
		return nil, err
	}
	g.compare(out, s.Files[record])
	out.Seconds = time.Since(began).Seconds()
	g.Progress(fmt.Sprintf("%d of %d: %s: %s", n+1, len(g.Submissions), out.Learner, out.Totals()))
	return out, nil
}

// earlier is the result of a run before this one, if nothing that it rests on has changed since.
func (g *grader) earlier(out *Graded) *Graded {
	for _, e := range g.Earlier {
		uncertain := slices.ContainsFunc(e.Exercises, func(r *grade.Result) bool { return r.Status == grade.Unchecked })
		if e.Learner == out.Learner && e.Digest == out.Digest && !uncertain {
			return e
		}
	}
	return nil
}

func (g *grader) digestOf(s *submission.Submission) string {
	h := sha256.New()
	fmt.Fprintln(h, g.tests)
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(s.Files[name]))
	}
	for _, r := range s.Refused {
		fmt.Fprintln(h, r)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func (g *grader) unchecked(why string) []*grade.Result {
	var all []*grade.Result
	for _, e := range g.Exercises {
		r := grade.Of(e)
		r.Status, r.Reasons = grade.Unchecked, []string{why}
		all = append(all, r)
	}
	return all
}

// results says of every exercise how it stands. What was handed in by several learners is run once.
func (g *grader) results(ctx context.Context, learner string, answers []*answer) ([]*grade.Result, error) {
	settled := map[string]*grade.Result{} // by identity
	var items []grade.Item
	for _, a := range answers {
		for _, e := range a.exercises {
			switch same := g.known[e.ID+a.digest]; {
			case a.refused != "":
				settled[e.ID] = g.refused(e, a)
			case !a.attempts:
				settled[e.ID] = notStarted(e, "")
			case same != nil:
				copied := *same
				copied.Notes = append(slices.Clone(same.Notes), "the same files as "+same.Variant+" has handed in: run once")
				settled[e.ID] = &copied
			default:
				items = append(items, grade.Item{Exercise: e, Variant: a.variant})
			}
		}
	}
	run, err := g.run(ctx, items)
	if err != nil {
		return nil, err
	}
	for _, r := range run {
		settled[r.ID] = r
	}
	for _, a := range answers {
		for _, e := range a.exercises {
			if r := settled[e.ID]; r.Variant == learner && r.Status != grade.Unchecked && a.refused == "" {
				g.known[e.ID+a.digest] = r
			}
		}
	}
	var all []*grade.Result
	for _, e := range g.Exercises {
		r := settled[e.ID]
		if r == nil {
			r = notStarted(e, "it is not in the submission")
		}
		all = append(all, r)
	}
	return all, nil
}

// run runs answers, each of which may do whatever it likes to its own run and to no other's.
func (g *grader) run(ctx context.Context, items []grade.Item) (all []*grade.Result, err error) {
	items, all = g.withoutRefused(items)
	if len(items) == 0 {
		return all, nil
	}
	room, err := g.Open(ctx, items)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, room.Close()) }()
	req := g.Run
	req.Course, req.Items, req.Scratch = g.Course, items, g.Scratch
	req.Server, req.NoneWhy = room.Server, room.NoneWhy
	req.Count = 1 // an answer of the cache would be one of a run without isolation
	report, err := grade.Run(ctx, req)
	changed, restoreErr := g.keep.restore()
	if restoreErr != nil {
		return nil, restoreErr
	}
	if err == nil {
		nameEndings(report, room)
		nameChanges(report, changed)
		return append(all, report.Exercises...), nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, i := range items {
		all = append(all, uncheckedItem(i, err.Error()))
	}
	return all, nil
}

// withoutRefused splits what can be run from what cannot be run this way, which is then unchecked.
func (g *grader) withoutRefused(items []grade.Item) (left []grade.Item, refused []*grade.Result) {
	for _, i := range items {
		if why := g.Refuses(i.Exercise); why != "" {
			refused = append(refused, uncheckedItem(i, why))
		} else {
			left = append(left, i)
		}
	}
	return left, refused
}

func uncheckedItem(i grade.Item, why string) *grade.Result {
	r := grade.Of(i.Exercise)
	r.Variant, r.Status, r.Reasons = i.Variant.Name, grade.Unchecked, []string{why}
	return r
}

// nameEndings puts first what an answer was ended for: whatever its tests said after that is no verdict. Of one that could
// not be run nothing is known.
func nameEndings(report *grade.Report, room *Room) {
	said := map[string]Ending{}
	for _, r := range report.Exercises {
		dir := r.Exercise.Dir
		how, asked := said[dir]
		if !asked {
			how = room.Ending(dir)
			said[dir] = how
		}
		switch {
		case how.Fault != "":
			r.Status, r.Reasons, r.Tests = grade.Unchecked, []string{"it could not be run: " + how.Fault}, nil
		case how.Breach != "":
			r.Suspect = true
			r.Status, r.Reasons = grade.Failing, append([]string{"it was ended: " + how.Breach}, r.Reasons...)
		}
	}
}

// nameChanges lets nothing of a submission pass that has changed what it is graded by.
func nameChanges(report *grade.Report, changed []string) {
	if len(changed) == 0 {
		return
	}
	why := fmt.Sprintf("while it ran, an answer of this submission changed what it is graded by: %s", strings.Join(changed, ", "))
	for _, r := range report.Exercises {
		r.Suspect, r.Status, r.Reasons = true, grade.Failing, append([]string{why}, r.Reasons...)
	}
}

func (g *grader) refused(e *course.Exercise, a *answer) *grade.Result {
	r := grade.Of(e)
	r.Variant, r.Attempted, r.Suspect, r.Status, r.Reasons = a.variant.Name, true, true, grade.Failing, []string{a.refused}
	return r
}

func notStarted(e *course.Exercise, note string) *grade.Result {
	r := grade.Of(e)
	r.Status = grade.NotStarted
	if note != "" {
		r.Notes = []string{note}
	}
	return r
}

// compare lists where the learner's own record says something else than the tests, and the mistakes that it tells of.
func (g *grader) compare(out *Graded, text []byte) {
	entries, faults := progress.Parse(text)
	for _, f := range faults {
		out.Record = append(out.Record, f.String())
	}
	out.Met = g.met(entries)
	standings := progress.Standings(entries)
	for _, r := range out.Exercises {
		last := standings[r.ID].Last
		if last.Status == "" || last.Status == string(r.Status) || r.Status == grade.Unchecked {
			continue
		}
		if last.Status != string(grade.Passing) && r.Status != grade.Passing {
			continue // not passing by one name or by another
		}
		d := Difference{Exercise: r.ID, Claimed: last.Status, Graded: r.Status}
		switch {
		case r.Files != "" && last.Files != r.Files:
			d.Why = "the files were changed after that check"
		case r.Digest != "" && last.Tests != r.Digest:
			d.Why = "that check ran other tests"
		}
		out.Differences = append(out.Differences, d)
	}
}

// met lists the known mistakes that a record tells of.
func (g *grader) met(entries []progress.Entry) []Met {
	var subjects []journal.Subject
	for _, e := range g.Exercises {
		subjects = append(subjects, journal.Subject{ID: e.ID, Number: e.Number, Beliefs: g.catalogue.beliefs[e.ID]})
	}
	var all []Met
	for _, m := range journal.Sum(subjects, entries, nil, time.Time{}).Mistakes {
		if m.Belief != "" { // a mistake that the course knows no more, or that somebody has made up
			all = append(all, Met{Exercise: m.Exercise, Name: m.Name, Belief: m.Belief, Times: m.Times, First: m.First, Ended: m.Ended})
		}
	}
	return all
}

// String is "3 passing, 1 failing, 60 not started".
func (t Totals) String() string {
	var parts []string
	for _, status := range []grade.Status{grade.Passing, grade.Failing, grade.Broken, grade.NotStarted, grade.Blocked, grade.Unchecked} {
		if n := t.By[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(parts, ", ")
}

// ErrSameName means that two submissions cannot be told apart.
var ErrSameName = errors.New("have the same name, and a learner is known by it: rename one")

// CheckNames reports submissions that cannot be told apart.
func CheckNames(files []string) error {
	seen := map[string]string{}
	for _, f := range files {
		name := submission.Name(f)
		if other, ok := seen[name]; ok {
			return fmt.Errorf("%s and %s %w", other, f, ErrSameName)
		}
		seen[name] = f
	}
	return nil
}
