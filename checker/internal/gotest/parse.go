package gotest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Outcome is how a test or a package ended.
type Outcome string

// The outcomes. Unfinished is a test that began and was never seen to end.
const (
	Passed     Outcome = "pass"
	Failed     Outcome = "fail"
	Skipped    Outcome = "skip"
	Unfinished Outcome = "unfinished"
)

// Package is what one package's run showed.
type Package struct {
	Dir        string
	Outcome    Outcome
	Built      bool     // it compiled and go vet had nothing to say
	BuildText  string   // what the compiler or go vet said
	Tests      []*Test  // in the order in which they began
	Output     string   // all output, as it came
	TimedOut   bool     // it ran into Spec.Timeout
	Cached     bool     // the go command answered from its cache
	Panic      string   // the first line of the panic that ended it; "" when none did
	Violations []string // events that the testing package would not have produced: output made to look like results
	Elapsed    float64  // seconds

	output strings.Builder // put together piece by piece: a learner's program may print a hundred megabytes
}

// Test is one test or subtest.
type Test struct {
	Name    string
	Outcome Outcome
	Output  string // its own lines, without the framing
	Elapsed float64

	begun, ended, passed int
	output               strings.Builder
}

// Unsteady reports whether the test passed in some of several runs and not in others.
func (t *Test) Unsteady() bool { return t.passed > 0 && t.passed < t.begun }

// Test returns the test of this name, or nil.
func (p *Package) Test(name string) *Test {
	i := slices.IndexFunc(p.Tests, func(t *Test) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return p.Tests[i]
}

// Leaves returns the tests that have no subtests.
func (p *Package) Leaves() []*Test {
	parents := map[string]bool{}
	for _, t := range p.Tests {
		for name := t.Name; strings.Contains(name, "/"); {
			name = name[:strings.LastIndex(name, "/")]
			parents[name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Tests), func(t *Test) bool { return parents[t.Name] })
}

// event is a line of `go test -json`, as `go doc test2json` describes it.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// parse reads the events of a run in which each test ran count times.
func parse(r io.Reader, module string, count int) (map[string]*Package, error) {
	p := parser{module: module, count: count, packages: map[string]*Package{}, builds: map[string]*strings.Builder{}}
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var e event
			// A line that is no event is the go command's own word (a warning of the linker, say) and no result.
			if json.Unmarshal(line, &e) == nil {
				p.event(e)
			}
		}
		if errors.Is(err, io.EOF) {
			return p.finish(), nil
		}
		if err != nil {
			return nil, fmt.Errorf("read test events: %w", err)
		}
	}
}

type parser struct {
	module   string
	count    int
	packages map[string]*Package
	builds   map[string]*strings.Builder // by import path, as build events name it
}

func (p *parser) event(e event) {
	if e.Action == "build-output" || e.Action == "build-fail" {
		b := p.builds[e.ImportPath]
		if b == nil {
			b = &strings.Builder{}
			p.builds[e.ImportPath] = b
		}
		b.WriteString(e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	pkg := p.pkg(e.Package)
	if e.Test != "" {
		p.testEvent(pkg, e)
		return
	}
	switch e.Action {
	case "output":
		pkg.output.WriteString(e.Output)
		pkg.Cached = pkg.Cached || strings.HasPrefix(e.Output, "ok ") && strings.Contains(e.Output, "(cached)")
		if strings.Contains(e.Output, "[build failed]") || strings.Contains(e.Output, "[setup failed]") {
			pkg.Built = false
		}
	case "pass", "fail", "skip":
		pkg.Outcome, pkg.Elapsed = Outcome(e.Action), e.Elapsed
		if e.FailedBuild != "" {
			pkg.Built = false
			pkg.BuildText = p.buildText(e.FailedBuild)
		}
	}
}

func (p *parser) buildText(importPath string) string {
	if b := p.builds[importPath]; b != nil {
		return b.String()
	}
	return ""
}

func (p *parser) pkg(importPath string) *Package {
	dir := strings.TrimPrefix(strings.TrimPrefix(importPath, p.module), "/")
	pkg := p.packages[dir]
	if pkg == nil {
		pkg = &Package{Dir: dir, Outcome: Unfinished, Built: true}
		p.packages[dir] = pkg
	}
	return pkg
}

func (p *parser) testEvent(pkg *Package, e event) {
	t := pkg.Test(e.Test)
	if t == nil {
		t = &Test{Name: e.Test, Outcome: Unfinished}
		pkg.Tests = append(pkg.Tests, t)
	}
	violate := func(what string) {
		pkg.Violations = append(pkg.Violations, fmt.Sprintf("%s %s", e.Test, what))
	}
	switch e.Action {
	case "run":
		t.begun++
		if t.begun > p.count {
			violate("began twice")
		}
	case "output":
		pkg.output.WriteString(e.Output)
		if !framing(e.Output) {
			t.output.WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		t.ended++
		if e.Action == "pass" {
			t.passed++
		}
		if t.begun == 0 {
			violate("ended without having begun")
		}
		if t.ended > p.count {
			violate("ended twice")
		}
		if t.Outcome != Failed && (t.Outcome != Skipped || e.Action == "fail") {
			t.Outcome = Outcome(e.Action) // the worst of several runs stays
		}
		t.Elapsed = e.Elapsed
	}
}

// framing tells the lines that the testing package prints around a test's own.
func framing(line string) bool {
	trimmed := strings.TrimLeft(line, " ")
	for _, mark := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ", "=== ATTR ", "--- PASS: ", "--- FAIL: ", "--- SKIP: "} {
		if strings.HasPrefix(trimmed, mark) {
			return true
		}
	}
	return false
}

func (p *parser) finish() map[string]*Package {
	for _, pkg := range p.packages {
		for _, t := range pkg.Tests {
			if t.begun > t.ended {
				t.Outcome = Unfinished
			}
			t.Output = t.output.String()
		}
		pkg.Output = pkg.output.String()
		pkg.Panic = panicLine(pkg.Output)
		pkg.TimedOut = strings.HasPrefix(pkg.Panic, "test timed out after ")
		if !pkg.Built && pkg.BuildText == "" {
			pkg.BuildText = pkg.Output
		}
	}
	return p.packages
}

// panicLine returns what follows the last line that begins with "panic: ", as the runtime prints it before the stacks.
func panicLine(output string) string {
	found := ""
	for line := range strings.Lines(output) {
		if rest, ok := strings.CutPrefix(line, "panic: "); ok {
			rest, _, _ = strings.Cut(rest, " [recovered")
			found = strings.TrimSpace(rest)
		}
	}
	return found
}
