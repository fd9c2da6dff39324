package grade

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/variant"
)

// Limit is how long the tests of one exercise may take.
const Limit = 60 * time.Second

// Item is one exercise with the files to run its tests against.
type Item struct {
	Exercise *course.Exercise
	Variant  variant.Variant
}

// Server is the database server that the tests use.
type Server struct {
	URL   string                          // handed to the tests as WORKBOOK_DATABASE_URL
	Tag   string                          // handed to the tests as WORKBOOK_DATABASE_TAG: names what they create there
	Alive func(ctx context.Context) error // says whether it is still the server that it was when the tests began
}

// Request is one run. Exercises that share a folder (milestones of one project) must come with the same variant.
type Request struct {
	Course  *course.Course
	Items   []Item
	Server  *Server              // nil when there is none: exercises that need one are then unchecked
	NoneWhy string               // why there is none
	Seal    string               // name of the sealing test, see variant.Overlay
	Scratch string               // a folder for temporary files; whoever made it removes it
	Passing func(id string) bool // exercises outside of this run that are known to pass; may be nil
	Authors bool                 // all files on disk are the authors': there is no record to compare with
	Race    bool                 // run everything under the race detector, not only what needs it
	Shuffle bool                 //
	Count   int                  // 0: each test once, from the go command's cache where nothing changed
	Limit   time.Duration        // for each exercise; 0 for Limit
	Exec    []string             // the command that runs each test binary; none to run it directly
	NoRace  string               // why the race detector is not to be used; "" where it may be
	Static  bool                 // test binaries need no library, but for those with the race detector
	Env     []string             // added to the environment of the tests, KEY=value
}

// subject is an Item on its way through a run.
type subject struct {
	Item
	record  *course.Record
	folder  variant.Folder
	changed []string
	touched bool   // the files to edit differ from the stub
	lacks   string // what the machine lacks to run it at all
	race    bool   // to be run under the race detector
	result  *Result
	pkg     *gotest.Package
	runErr  error
}

// Run runs the tests of the items and judges each. An error means that nothing could be judged: the request or the
// course is at fault, or ctx has ended.
func Run(ctx context.Context, req Request) (*Report, error) {
	if req.Limit == 0 {
		req.Limit = Limit
	}
	subjects, err := survey(ctx, req)
	if err != nil {
		return nil, err
	}
	// At once: the go command runs packages side by side anyway, and answers of its cache take longer to ask for than to give.
	var running errgroup.Group
	for _, batch := range batches(req, subjects) {
		running.Go(func() error { return runBatch(ctx, req, batch) })
	}
	if err := running.Wait(); err != nil {
		return nil, err
	}
	gone := lost(ctx, req, subjects)
	report := &Report{Version: 1, Time: time.Now().UTC()}
	for _, s := range subjects {
		s.judge(req, gone)
		report.Exercises = append(report.Exercises, s.result)
	}
	order(req, subjects)
	return report, nil
}

// survey reads what lies in the folders of the items.
func survey(ctx context.Context, req Request) ([]*subject, error) {
	withoutRace := req.NoRace
	if withoutRace == "" {
		withoutRace = noRace(ctx, req.Items)
	}
	var subjects []*subject
	for _, item := range req.Items {
		s := &subject{Item: item}
		e := item.Exercise
		var err error
		if !req.Authors {
			if s.record, err = req.Course.LoadRecord(e); err != nil && !errors.Is(err, course.ErrNoRecord) {
				return nil, err
			}
		}
		if s.folder, err = variant.Survey(req.Course, e, s.record); err != nil {
			return nil, err
		}
		if s.record != nil {
			if s.changed, err = variant.Changed(req.Course, e, s.record); err != nil {
				return nil, err
			}
		}
		if s.touched, err = touched(req, s); err != nil {
			return nil, err
		}
		s.lacks = Lacks(e)
		s.result = newResult(s)
		s.result.Attempted = s.touched
		s.race = req.Race
		if slices.Contains(e.Needs, "race") {
			s.race = withoutRace == ""
			if !s.race {
				s.result.Notes = append(s.result.Notes, "race detector not run: "+withoutRace)
			}
		}
		if s.result.Files, err = variant.EditDigest(req.Course, e, item.Variant); err != nil {
			return nil, err
		}
		if s.result.Digest, err = variant.Digest(req.Course, e.Dir, s.folder.Given); err != nil {
			return nil, err
		}
		subjects = append(subjects, s)
	}
	return subjects, nil
}

// touched reports whether the files to edit are no longer the stub's; an author's answer never is the stub.
func touched(req Request, s *subject) (bool, error) {
	switch s.Variant.Kind {
	case variant.Yours:
		return variant.Attempted(req.Course, s.Exercise, s.folder)
	case variant.HandedIn:
		return variant.AttemptedIn(req.Course, s.Exercise, s.Variant)
	}
	return true, nil
}

// Of is the result of an exercise of which nothing is known yet.
func Of(e *course.Exercise) *Result {
	r := &Result{ID: e.ID, Number: e.Number, Title: e.Title, Exercise: e}
	for _, name := range e.Edit {
		r.Edit = append(r.Edit, e.Dir+"/"+name)
	}
	return r
}

func newResult(s *subject) *Result {
	e, r := s.Exercise, Of(s.Exercise)
	r.Variant = s.Variant.Name
	for _, name := range e.Edit {
		if s.Variant.Kind == variant.Yours && !slices.Contains(s.folder.Edit, name) {
			r.Notes = append(r.Notes, fmt.Sprintf("%s is not there: `checker reset %s` brings its start back, and keeps what you have", name, e.Number))
		}
	}
	for _, name := range s.folder.Own {
		if variant.IsTest(name) {
			r.Notes = append(r.Notes, name+" is a test of your own: it is not part of the check")
		}
	}
	return r
}

// Lacks says what the machine lacks to run the exercise at all, or "". The race detector is not among it: where it is
// missing, the tests run without it.
func Lacks(e *course.Exercise) string {
	for _, need := range e.Needs {
		if missing := missing[need]; missing != nil && missing() {
			return lacking[need]
		}
	}
	return ""
}

// missing looks whether the machine has what a word of `needs` asks for, and lacking says what to do about it.
var (
	missing = map[string]func() bool{
		"bash": func() bool { return !onPath("bash") },
		"git":  func() bool { return !onPath("git") },
		"proc": func() bool { _, err := os.Stat("/proc/self/fd"); return err != nil },
	}
	lacking = map[string]string{
		"bash": "bash is not on the path: on Windows, run the workbook in WSL or Git Bash",
		"git":  "git is not on the path: install it",
		"proc": "there is no /proc here, which Linux has: run the workbook on Linux, in WSL or in a container",
	}
)

func onPath(command string) bool {
	_, err := exec.LookPath(command)
	return err == nil
}

// noRace says why the race detector cannot be used although an item needs it, or "".
func noRace(ctx context.Context, items []Item) string {
	if !slices.ContainsFunc(items, func(i Item) bool { return slices.Contains(i.Exercise.Needs, "race") }) {
		return ""
	}
	_, why := gotest.RaceDetector(ctx)
	return why
}

// batch is what one run of the go command serves.
type batch struct {
	race     bool
	run      string
	subjects []*subject
}

// batches sorts the subjects into as few runs of the go command as their needs allow.
func batches(req Request, subjects []*subject) []*batch {
	var all []*batch
	for _, s := range subjects {
		needsDB := slices.Contains(s.Exercise.Needs, "postgres")
		if s.lacks != "" || needsDB && req.Server == nil {
			continue
		}
		run := ""
		if m := s.Exercise.Milestone; m != nil && !coveredByLater(s, subjects) {
			run = milestonePattern(req, s.Exercise)
		}
		i := slices.IndexFunc(all, func(b *batch) bool { return b.race == s.race && b.run == run })
		if i < 0 {
			all = append(all, &batch{race: s.race, run: run})
			i = len(all) - 1
		}
		all[i].subjects = append(all[i].subjects, s)
	}
	return all
}

// coveredByLater reports whether the run holds the project's last milestone: then all of the project's tests run, and
// serve every milestone.
func coveredByLater(s *subject, subjects []*subject) bool {
	for _, other := range subjects {
		m := other.Exercise.Milestone
		if m != nil && other.Exercise.Dir == s.Exercise.Dir && len(m.Tests)+len(m.Earlier) == len(m.All) {
			return true
		}
	}
	return false
}

// milestonePattern is the -run that selects the tests of the milestone, of those before it, and the seal.
func milestonePattern(req Request, e *course.Exercise) string {
	names := []string{regexp.QuoteMeta(req.Seal)}
	for _, file := range slices.Concat(e.Milestone.Earlier, e.Milestone.Tests) {
		for _, name := range TestFuncs(req.Course.Path(e.Dir, file)) {
			names = append(names, regexp.QuoteMeta(name))
		}
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

// TestFuncs lists the top-level tests that a test file declares; none when it does not parse.
func TestFuncs(file string) []string {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var names []string
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && f.Name.Name != "TestMain" {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

// What the tests are told of the overlay, for those that build a program themselves: package proc of the test kit reads
// both. The digest is apart because the file's name is another one each time, and would spoil the go command's cache.
const (
	overlayVariable = "WORKBOOK_OVERLAY"
	digestVariable  = "WORKBOOK_OVERLAY_DIGEST"
)

// lay names the packages of the batch, and lays over each the files of its variant and a seal.
func lay(req Request, b *batch, spec *gotest.Spec) error {
	overlay := variant.Overlay{}
	var laid []*subject
	for _, s := range b.subjects {
		if slices.Contains(spec.Packages, s.Exercise.Dir) {
			continue
		}
		spec.Packages, laid = append(spec.Packages, s.Exercise.Dir), append(laid, s)
		if err := overlay.Lay(req.Course, s.Exercise, s.folder, s.Variant); err != nil {
			return err
		}
	}
	digest, err := overlay.Digest()
	if err != nil {
		return err
	}
	spec.Env = append(spec.Env, digestVariable+"="+digest)
	for _, s := range laid {
		if err := overlay.Seal(req.Course, s.Exercise, s.folder, req.Seal, req.Scratch); err != nil {
			return err
		}
	}
	spec.Overlay = overlay
	return nil
}

func runBatch(ctx context.Context, req Request, b *batch) error {
	spec := gotest.Spec{
		Root: req.Course.Root, OverlayVariable: overlayVariable, Run: b.run, Race: b.race,
		Shuffle: req.Shuffle, Count: req.Count, Timeout: req.Limit, Scratch: req.Scratch, Exec: req.Exec, Env: slices.Clone(req.Env),
	}
	if req.Static && !b.race {
		spec.Env = append(spec.Env, "CGO_ENABLED=0")
	}
	if req.Server != nil {
		spec.Env = append(spec.Env, "WORKBOOK_DATABASE_URL="+req.Server.URL, "WORKBOOK_DATABASE_TAG="+req.Server.Tag)
	}
	if err := lay(req, b, &spec); err != nil {
		return err
	}
	// The go command ends a test that runs past its limit; this bound is for the command itself.
	bound := 5*time.Minute + time.Duration(len(spec.Packages))*req.Limit
	ctx, cancel := context.WithTimeoutCause(ctx, bound, fmt.Errorf("go test did not end within %s", bound))
	defer cancel()
	result, err := gotest.Run(ctx, spec)
	if err != nil && ctx.Err() != nil {
		return err
	}
	for _, s := range b.subjects {
		s.runErr = err
		if err == nil {
			s.pkg = result.Packages[s.Exercise.Dir]
			if s.pkg == nil {
				s.runErr = fmt.Errorf("go test said nothing of %s: %s", s.Exercise.Dir, strings.TrimSpace(result.Stderr))
			}
		}
	}
	return nil
}

// lost says why the database can no longer be trusted, or nil. It is asked only when something that used it failed.
func lost(ctx context.Context, req Request, subjects []*subject) error {
	if req.Server == nil {
		return nil
	}
	for _, s := range subjects {
		if s.pkg != nil && s.pkg.Outcome != gotest.Passed && slices.Contains(s.Exercise.Needs, "postgres") {
			return req.Server.Alive(ctx)
		}
	}
	return nil
}
