package course

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Needs are the words that an exercise may use in `needs`, each with what it asks of the machine.
var Needs = map[string]string{
	"postgres": "a PostgreSQL server, which the checker provides",
	"bash":     "bash 3.2 or newer on the path",
	"git":      "git on the path",
	"proc":     "/proc, as Linux has it",
	"race":     "a C compiler, for Go's race detector",
	"go":       "the go command, which the tests themselves call",
}

// loader gathers problems while it reads, so that they can be reported all at once.
type loader struct {
	root     string
	fsys     fs.FS
	problems Problems
}

func (l *loader) problem(file string, line int, format string, args ...any) {
	l.problems = append(l.problems, Problem{File: file, Line: line, Text: fmt.Sprintf(format, args...)})
}

var folderName = regexp.MustCompile(`^([0-9]{2})-([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$`)

// numbered is a folder such as 06-move-money.
type numbered struct {
	name   string // "06-move-money"
	number int    // 6
	slug   string // "move-money"
}

// numbered lists the numbered folders of dir in order and reports two with the same number or the same slug.
func (l *loader) numbered(dir string) []numbered {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		l.problem(dir, 0, "cannot be read: %v", err)
		return nil
	}
	var found []numbered
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "internal" || e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		m := folderName.FindStringSubmatch(e.Name())
		if m == nil {
			l.problem(path.Join(dir, e.Name()), 0, "is not a numbered folder: name it like 06-move-money, or move it elsewhere")
			continue
		}
		n, _ := strconv.Atoi(m[1]) // two digits, by the expression
		f := numbered{name: e.Name(), number: n, slug: m[2]}
		for _, other := range found {
			if other.slug == f.slug {
				l.problem(path.Join(dir, f.name), 0, "has the same slug as %s: two exercises cannot share the identity %q, rename one", other.name, f.slug)
			}
			if other.number == f.number {
				l.problem(path.Join(dir, f.name), 0, "has the same number as %s: renumber one", other.name)
			}
		}
		found = append(found, f)
	}
	return found
}

func (l *loader) steps() []*Step {
	var steps []*Step
	for _, f := range l.numbered("lessons") {
		s := &Step{Number: f.number, Slug: f.slug, Folder: f.name}
		file := path.Join("lessons", f.name, "README.md")
		if d := l.declaration(file); d != nil {
			d.need("title", &s.Title)
			d.need("summary", &s.Summary)
			d.finish()
		}
		steps = append(steps, s)
	}
	if !exists(l.fsys, "exercises") {
		return steps
	}
	for _, f := range l.numbered("exercises") {
		i := slices.IndexFunc(steps, func(s *Step) bool { return s.Folder == f.name })
		if i < 0 {
			l.problem(path.Join("exercises", f.name), 0, "has no lesson: add lessons/%s/README.md with title and summary", f.name)
			continue
		}
		for _, ef := range l.numbered(path.Join("exercises", f.name)) {
			steps[i].Exercises = append(steps[i].Exercises, l.exercise(steps[i], ef)...)
		}
	}
	return steps
}

// exercise reads one folder: one exercise, or the milestones of a project.
func (l *loader) exercise(s *Step, f numbered) []*Exercise {
	e := &Exercise{
		ID:       s.Slug + "/" + f.slug,
		Number:   fmt.Sprintf("%d.%d", s.Number, f.number),
		Slug:     f.slug,
		Dir:      path.Join("exercises", s.Folder, f.name),
		Solution: path.Join("solutions", s.Folder, f.name),
		Step:     s,
	}
	d := l.declaration(path.Join(e.Dir, "README.md"))
	if d == nil {
		return nil
	}
	e.declared = d
	d.need("title", &e.Title)
	d.need("edit", &e.Edit)
	d.need("needs", &e.Needs)
	d.need("after", &e.After)
	d.need("sources", &e.Sources)
	var parts []*Exercise
	if d.has("milestones") {
		parts = l.milestones(e, d)
	} else {
		d.need("minutes", &e.Minutes)
		d.need("difficulty", &e.Difficulty)
		d.checkEffort("", e.Minutes, e.Difficulty)
		e.Hints = l.hints(e.Dir, "")
		parts = []*Exercise{e}
	}
	d.finish()
	l.checkFiles(e, d)
	return parts
}

// checkFiles reports declared files that do not exist and words of `needs` that mean nothing.
func (l *loader) checkFiles(e *Exercise, d *declaration) {
	if len(e.Edit) == 0 && d.has("edit") {
		d.problem("edit", "is empty: name the files that the learner edits")
	}
	for _, name := range e.Edit {
		if !fs.ValidPath(name) {
			d.problem("edit", "%q is not a path inside the exercise", name)
			continue
		}
		// The learner may have deleted it; what must exist is its pristine copy, unless neither is there.
		if !exists(l.fsys, path.Join(e.Dir, name)) && !exists(l.fsys, path.Join(e.Solution, "testdata/stub", name)) {
			d.problem("edit", "%s does not exist in %s", name, e.Dir)
		}
	}
	for _, n := range e.Needs {
		if _, ok := Needs[n]; !ok {
			d.problem("needs", "%q is not known: use %s", n, strings.Join(needWords(), ", "))
		}
	}
}

func needWords() []string {
	var words []string
	for w := range Needs {
		words = append(words, w)
	}
	slices.Sort(words)
	return words
}

// milestoneDeclaration is one entry of `milestones` in the front matter of a project.
type milestoneDeclaration struct {
	Slug       string   `yaml:"slug"`
	Title      string   `yaml:"title"`
	Minutes    int      `yaml:"minutes"`
	Difficulty int      `yaml:"difficulty"`
	Tests      []string `yaml:"tests"`
}

func (l *loader) milestones(project *Exercise, d *declaration) []*Exercise {
	var declared []milestoneDeclaration
	d.need("milestones", &declared)
	var parts []*Exercise
	var earlier []string
	for i, m := range declared {
		name := fmt.Sprintf("milestone %d: ", i+1)
		if !folderName.MatchString("00-" + m.Slug) {
			d.problem("milestones", "%sslug %q must be lower-case words joined by hyphens", name, m.Slug)
		}
		if m.Title == "" {
			d.problem("milestones", "%stitle is missing", name)
		}
		d.checkEffort("milestones", m.Minutes, m.Difficulty)
		if len(m.Tests) == 0 {
			d.problem("milestones", "%stests is missing: name the test files that come with it", name)
		}
		for _, t := range m.Tests {
			if !exists(l.fsys, path.Join(project.Dir, t)) {
				d.problem("milestones", "%s%s does not exist in %s", name, t, project.Dir)
			}
		}
		part := *project
		part.ID = project.ID + "/" + m.Slug
		part.Number = fmt.Sprintf("%s.%d", project.Number, i+1)
		part.Slug, part.Title, part.Minutes, part.Difficulty = m.Slug, m.Title, m.Minutes, m.Difficulty
		part.Hints = l.hints(project.Dir, m.Slug)
		part.Milestone = &Milestone{Index: i + 1, Project: project.ID, Tests: m.Tests, Earlier: slices.Clone(earlier)}
		if i > 0 {
			part.Milestone.Before = parts[i-1]
			part.After = append(slices.Clone(project.After), parts[i-1].ID)
		}
		earlier = append(earlier, m.Tests...)
		parts = append(parts, &part)
	}
	for _, p := range parts {
		p.Milestone.All = earlier
	}
	return parts
}

// relations checks what exercises say of each other.
func (l *loader) relations(c *Course) {
	seen := map[*declaration]bool{}
	for _, e := range c.Exercises() {
		if e.declared == nil || seen[e.declared] {
			continue
		}
		seen[e.declared] = true
		for _, id := range e.After {
			if e.Milestone != nil && strings.HasPrefix(id, e.Milestone.Project+"/") {
				continue
			}
			if c.ByID(id) != nil {
				continue
			}
			hint := ""
			if near := nearest(id, c.names()); near != "" {
				hint = fmt.Sprintf("; did you mean %s?", near)
			}
			e.declared.problem("after", "there is no exercise %q%s", id, hint)
		}
	}
}
