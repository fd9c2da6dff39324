package teststhatcanfail_test

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

//go:embed slots
var folder embed.FS

//go:embed testdata/others.go
var others string

func source(t *testing.T, name string) string {
	text, err := folder.ReadFile("slots/" + name)
	check(t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// programs returns the files that are laid beside the given ones.
func programs(t *testing.T) map[string]string {
	files := map[string]string{
		"zz_others.go": others,
		"service.go":   change(t, source(t, "service.go"), "dbtest.New(t, schema)", "database(t)", "newStore(", "programs[program]("),
	}
	own := regexp.MustCompile(`\b(store|newStore|lock)\b`) // what the given program and a copy of it cannot both declare
	register := "package slots\n\nfunc init() {\n"
	for _, m := range mutants {
		text := change(t, source(t, "store.go"), m.changes...)
		files["zz_"+m.name()+".go"] = own.ReplaceAllString(text, "${1}_"+m.name())
		register += fmt.Sprintf("\tprograms[%q] = newStore_%s\n", m.name(), m.name())
	}
	files["zz_mutants.go"] = register + "}\n"
	return files
}

func (m mutant) name() string { return strings.ReplaceAll(m.does, " ", "_") }

// change replaces each first text by the second one that follows it.
func change(t *testing.T, text string, pairs ...string) string {
	for pair := range slices.Chunk(pairs, 2) {
		if !strings.Contains(text, pair[0]) {
			t.Fatalf("a given file in the folder slots is not as it was: it lacks %q", pair[0])
		}
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return text
}

// sleeps lists where the learner's tests sleep: where they name time.Sleep, or
// wait for time.After and nothing else.
func sleeps(t *testing.T) (places []string) {
	names, err := fs.Glob(folder, "slots/*_test.go")
	check(t, err)
	for _, name := range names {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, source(t, path.Base(name)), parser.SkipObjectResolution)
		if err != nil {
			continue // it does not build either
		}
		alias := "time"
		for _, i := range file.Imports {
			if i.Path.Value == `"time"` && i.Name != nil {
				alias = i.Name.Name
			}
		}
		is := func(n ast.Node, name string) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				return ok && x.Name == alias && n.Sel.Name == name
			case *ast.Ident:
				return alias == "." && n.Name == name
			}
			return false
		}
		choices := map[ast.Stmt]bool{} // of select statements
		ast.Inspect(file, func(n ast.Node) bool {
			found := is(n, "Sleep")
			switch n := n.(type) {
			case *ast.CommClause:
				choices[n.Comm] = true
			case *ast.ExprStmt:
				if wait, ok := n.X.(*ast.UnaryExpr); ok && !choices[n] {
					call, ok := wait.X.(*ast.CallExpr)
					found = ok && (is(call.Fun, "After") || is(call.Fun, "Tick"))
				}
			}
			if found {
				places = append(places, set.Position(n.Pos()).String())
			}
			return true
		})
	}
	return places
}
