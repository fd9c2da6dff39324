package proof

import (
	"path/filepath"
	"slices"
	"strings"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/variant"
)

// conclude compares what the tests did with what the authors say, and derives the record.
func (f *folder) conclude(out *Outcome) {
	if len(f.variants) > 0 {
		record := f.record()
		f.judgeStub()
		f.judgeSolution()
		f.judgeSteadiness()
		for _, v := range f.variants {
			switch v.Kind {
			case variant.Wrong:
				f.judgeWrong(v, record)
			case variant.Right:
				f.judgeRight(v, record)
			}
		}
		out.Records[f.exercise.RecordPath()] = record
		out.Unfailed[f.id] = unfailed(record)
	}
	out.Findings = append(out.Findings, f.findings...)
}

// record derives proof.json from the runs.
func (f *folder) record() *course.Record {
	r := &course.Record{Files: map[string]string{}, Mistakes: f.earlier, Proven: f.proven}
	stub := f.results[string(variant.Stub)]
	milestones := f.milestones()
	for _, name := range leaves(f.results[string(variant.Solution)]) {
		root, _, _ := strings.Cut(name, "/")
		t := course.RequiredTest{Name: name, Milestone: milestones[root], Free: slices.Contains(stub.PassedTests(), name)}
		if f.exercise.Milestone != nil && t.Milestone == "" {
			f.find("test %s belongs to no milestone: name its file in `tests` of one", name)
		}
		r.Tests = append(r.Tests, t)
	}
	slices.SortFunc(r.Tests, func(a, b course.RequiredTest) int { return strings.Compare(a.Name, b.Name) })
	survey, err := variant.Survey(f.course, f.exercise, nil)
	if err != nil {
		f.find("%v", err)
	}
	for _, name := range survey.Given {
		sum, err := variant.Sum(f.course.Path(f.exercise.Dir, name))
		if err != nil {
			f.find("%v", err)
		}
		r.Files[name] = sum
	}
	return r
}

// milestones says of each top-level test with which milestone it came.
func (f *folder) milestones() map[string]string {
	owner := map[string]string{}
	if f.exercise.Milestone == nil {
		return owner
	}
	for m := f.exercise; m != nil; m = m.Milestone.Before {
		for _, file := range m.Milestone.Tests {
			for _, name := range grade.TestFuncs(f.course.Path(m.Dir, file)) {
				owner[name] = m.Slug
			}
		}
	}
	return owner
}

func leaves(r *grade.Result) []string {
	var names []string
	for _, t := range r.Tests {
		names = append(names, t.Name)
	}
	return names
}

func (f *folder) judgeStub() {
	r := f.results[string(variant.Stub)]
	switch {
	case r.Status == grade.Broken:
		f.find("the stub does not compile, or go vet refuses it:\n%s", r.Build)
	case r.Status == grade.Passing:
		f.find("the stub passes all tests: they ask for nothing")
	case !r.Complete:
		f.find("on the stub %s: a stub returns a zero value or an error\n%s", r.Reasons[0], evidence(r))
	}
	yours, err := variant.Digest(f.course, f.exercise.Dir, f.exercise.Edit)
	if err != nil {
		f.find("%v", err)
	}
	pristine, err := variant.Digest(f.course, variant.StubOf(f.exercise).Dir, f.exercise.Edit)
	if err != nil {
		f.find("%v", err)
	}
	if yours != pristine {
		f.find("the files to edit differ from the pristine stub: `checker dev stub %s` makes the pristine one equal, `make reset EX=%s` the other way round", f.id, f.id)
	}
}

func (f *folder) judgeSolution() {
	for _, r := range []*grade.Result{f.results[string(variant.Solution)], f.again} {
		if r.Status != grade.Passing {
			f.find("the solution does not pass: %s\n%s", strings.Join(r.Reasons, "; "), evidence(r))
			return
		}
	}
}

// judgeSteadiness finds tests that tell one thing in one run and another in the next.
func (f *folder) judgeSteadiness() {
	check := func(name string, r *grade.Result) {
		for _, t := range r.Tests {
			if t.Unsteady {
				f.find("%s: test %s passed in some runs and not in others\n%s", name, t.Name, output(r, t.Name))
			}
		}
	}
	for _, v := range f.variants {
		check(v.Name, f.results[v.Name])
	}
	check("solution, again", f.again)
}

func (f *folder) judgeRight(v variant.Variant, record *course.Record) {
	r := f.results[v.Name]
	if r.Status != grade.Passing {
		f.find("%s is right and does not pass: %s\n%s", v.Name, strings.Join(r.Reasons, "; "), evidence(r))
		return
	}
	for _, t := range record.Tests {
		if !slices.Contains(r.PassedTests(), t.Name) {
			f.find("%s: test %s was not run", v.Name, t.Name)
		}
	}
}

// judgeWrong holds a wrong answer against its header: it fails the tests that it names and no other, and passes some.
func (f *folder) judgeWrong(v variant.Variant, record *course.Record) {
	r := f.results[v.Name]
	h, err := variant.ReadHeader(f.course, v)
	if err != nil {
		f.find("%s: %v", v.Name, err)
		return
	}
	switch {
	case h.Text == "":
		f.find("%s: no file begins with `// Wrong: what its author believes`", v.Name)
	case len(h.Fails) == 0:
		f.find("%s: no `//checker:fails TestX/…` says which tests it fails", v.Name)
	case h.Hint > len(f.exercise.Hints):
		f.find("%s: checker:hint %d, and there are %d hints", v.Name, h.Hint, len(f.exercise.Hints))
	}
	if r.Status == grade.Broken {
		f.find("%s does not compile, or go vet refuses it:\n%s", v.Name, r.Build)
		return
	}
	passed := r.PassedTests()
	mistake := course.Mistake{Name: strings.TrimPrefix(v.Name, "wrong/"), Belief: h.Text, Hint: h.Hint, Sign: h.Sign}
	earned := 0
	for _, t := range record.Tests {
		switch {
		case !slices.Contains(passed, t.Name):
			mistake.Fails = append(mistake.Fails, t.Name)
		case !t.Free:
			earned++
		}
	}
	record.Mistakes = append(record.Mistakes, mistake)
	slices.SortFunc(record.Mistakes, func(a, b course.Mistake) int { return strings.Compare(a.Name, b.Name) })
	if len(mistake.Fails) == 0 {
		f.find("%s passes: no test catches it", v.Name)
		return
	}
	if earned == 0 {
		f.find("%s passes no test that earns anything: a wreck, no near miss", v.Name)
	}
	for _, name := range mistake.Fails {
		if !slices.ContainsFunc(h.Fails, func(n string) bool { return covers(n, name) }) {
			f.find("%s fails %s, which it does not name\n%s", v.Name, name, output(r, name))
		}
	}
	for _, t := range record.Tests {
		if slices.ContainsFunc(h.Fails, func(n string) bool { return covers(n, t.Name) }) && slices.Contains(passed, t.Name) {
			f.find("%s names %s and passes it", v.Name, t.Name)
		}
	}
	if !strings.Contains(r.FailureText(), h.Sign) {
		f.find("%s: no failing test prints its sign, %q", v.Name, h.Sign)
	}
	for _, n := range h.Fails {
		if !slices.ContainsFunc(record.Tests, func(t course.RequiredTest) bool { return covers(n, t.Name) }) {
			f.find("%s names %s, which is no test", v.Name, n)
		}
	}
}

// covers reports whether a name stands for a test: it is the test's own, or that of a test above it.
func covers(name, test string) bool { return name == test || strings.HasPrefix(test, name+"/") }

// unfailed lists the tests that no wrong answer fails.
func unfailed(record *course.Record) []string {
	var names []string
	for _, t := range record.Tests {
		killed := slices.ContainsFunc(record.Mistakes, func(m course.Mistake) bool { return slices.Contains(m.Fails, t.Name) })
		if !killed {
			names = append(names, t.Name)
		}
	}
	return names
}

func output(r *grade.Result, test string) string {
	for _, t := range r.Tests {
		if t.Name == test {
			return strings.TrimRight(t.Output, "\n")
		}
	}
	return ""
}

// evidence is the end of what a run printed, or the compiler's words.
func evidence(r *grade.Result) string {
	if r.Build != "" {
		return r.Build
	}
	for _, t := range r.Tests {
		if t.Outcome != gotest.Passed && t.Output != "" {
			return t.Name + ":\n" + strings.TrimRight(t.Output, "\n")
		}
	}
	lines := strings.Split(strings.TrimSpace(r.Output), "\n")
	return filepath.ToSlash(strings.Join(lines[max(0, len(lines)-30):], "\n"))
}
