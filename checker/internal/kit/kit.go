// Package kit lists what the test kit provides.
//
// It reads the kit's source: a function, method or type whose documentation has
// a line `//kit:proves …` is one of its primitives.
package kit

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"workbook/checker/internal/course"
)

// Dir is where the kit is, relative to the root of the course.
const Dir = "exercises/internal"

const directive = "//kit:proves "

// Primitive is one thing that an author can use.
type Primitive struct {
	Package  string   // "gate"
	Name     string   // "New", or "DB.Leaks" for a method
	Provides string   // the first sentence of its documentation, without the full stop
	Proves   string   // "that calls which run at once do not disturb each other"
	UsedIn   []string // numbers of the exercises whose tests use it, in the order of the course
}

// List returns the primitives by package and name.
func List(c *course.Course) ([]Primitive, error) {
	var all []Primitive
	files, err := filepath.Glob(c.Path(Dir, "*", "*.go"))
	if err != nil {
		return nil, fmt.Errorf("look for the test kit: %w", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read the test kit: %w", err)
		}
		for _, decl := range parsed.Decls {
			if p, ok := primitive(decl); ok {
				p.Package = filepath.Base(filepath.Dir(file))
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b Primitive) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Name, b.Name))
	})
	return all, findUses(c, all)
}

// primitive reads a declaration; ok is false when it is none of the kit's primitives.
func primitive(decl ast.Decl) (p Primitive, ok bool) {
	var docs *ast.CommentGroup
	switch d := decl.(type) {
	case *ast.FuncDecl:
		docs, p.Name = d.Doc, d.Name.Name
		if d.Recv != nil {
			p.Name = receiver(d.Recv.List[0].Type) + "." + p.Name
		}
	case *ast.GenDecl:
		docs = d.Doc
		if spec, isType := d.Specs[0].(*ast.TypeSpec); isType {
			p.Name = spec.Name.Name
		}
	}
	if docs == nil || p.Name == "" {
		return p, false
	}
	for _, line := range docs.List {
		if rest, found := strings.CutPrefix(line.Text, directive); found {
			p.Proves, ok = strings.TrimSpace(rest), true
		}
	}
	p.Provides = firstSentence(docs.Text())
	return p, ok
}

func receiver(t ast.Expr) string {
	if star, isPointer := t.(*ast.StarExpr); isPointer {
		t = star.X
	}
	if name, isName := t.(*ast.Ident); isName {
		return name.Name
	}
	return ""
}

var (
	aside   = regexp.MustCompile(` \([^)]*\)`)
	docLink = regexp.MustCompile(`\[([A-Za-z.]+)\]`)
)

// firstSentence is the first sentence of a documentation, or its main clause, without what stands in parentheses.
func firstSentence(text string) string {
	text = aside.ReplaceAllString(strings.Join(strings.Fields(text), " "), "")
	text = docLink.ReplaceAllString(text, "$1")
	for _, end := range []string{". ", ": ", "; "} {
		text, _, _ = strings.Cut(text, end)
	}
	return strings.TrimSuffix(text, ".")
}

// findUses fills in which exercises use each primitive. Of a package that has only one, any use counts.
func findUses(c *course.Course, all []Primitive) error {
	of := map[string]int{}
	for _, p := range all {
		of[p.Package]++
	}
	for _, step := range c.Steps {
		for _, e := range step.Exercises {
			used, err := uses(c, e)
			if err != nil {
				return err
			}
			for i := range all {
				if used[all[i].key()] || of[all[i].Package] == 1 && used[key{pkg: all[i].Package}] {
					all[i].UsedIn = append(all[i].UsedIn, e.Number)
				}
			}
		}
	}
	return nil
}

// key is what a test's text shows of a use; without a name, that the package is used at all.
type key struct {
	pkg, name string
	method    bool
}

func (p Primitive) key() key {
	_, name, method := strings.Cut(p.Name, ".")
	if !method {
		name = p.Name
	}
	return key{p.Package, name, method}
}

// uses returns what the tests of an exercise select from packages of the kit. A
// method is recognised by its name alone, in a file that imports the package.
func uses(c *course.Course, e *course.Exercise) (map[key]bool, error) {
	used := map[key]bool{}
	entries, err := os.ReadDir(c.Path(e.Dir))
	if err != nil {
		return nil, fmt.Errorf("look for tests: %w", err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), "_test.go") || !ofExercise(e, entry) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), c.Path(e.Dir, entry.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read the tests of %s: %w", e.ID, err)
		}
		imported := kitImports(file)
		for _, pkg := range imported {
			used[key{pkg: pkg}] = true
		}
		note(used, file, imported)
	}
	return used, nil
}

// note adds what a file selects: `gate.New` from a package, or `db.Leaks` from something that is no package of the kit.
func note(used map[key]bool, file *ast.File, imported map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, _ := s.X.(*ast.Ident)
		if x != nil && imported[x.Name] != "" {
			used[key{imported[x.Name], s.Sel.Name, false}] = true
			return true
		}
		for _, pkg := range imported {
			used[key{pkg, s.Sel.Name, true}] = true
		}
		return true
	})
}

// ofExercise reports whether a test file belongs to the exercise: a project's folder holds those of all its milestones.
func ofExercise(e *course.Exercise, file fs.DirEntry) bool {
	return e.Milestone == nil || slices.Contains(e.Milestone.Tests, file.Name())
}

// kitImports maps the names that a file gives to packages of the kit to the packages.
func kitImports(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, i := range file.Imports {
		_, pkg, ofKit := strings.Cut(strings.Trim(i.Path.Value, `"`), Dir+"/")
		if !ofKit {
			continue
		}
		name := path.Base(pkg)
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = pkg
	}
	return names
}
