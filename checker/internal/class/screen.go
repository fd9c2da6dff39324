package class

import (
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"workbook/checker/internal/course"
)

// foreign are the endings of files that the go command hands to other compilers.
var foreign = []string{".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".syso", ".swig", ".swigcxx"}

// reachesOut says what of a file goes beyond the exercise already while it is being built, or "". Code that does not
// parse is the compiler's to refuse.
func reachesOut(e *course.Exercise, name string, text []byte) string {
	ending := path.Ext(name)
	if slices.Contains(foreign, ending) {
		return "is not Go: an answer is built without cgo and without assembly"
	}
	if ending != ".go" {
		return ""
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if parsed == nil || err != nil && len(parsed.Imports) == 0 {
		return ""
	}
	for _, i := range parsed.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		own := "workbook/" + e.Dir
		switch {
		case err != nil:
		case imported == "C":
			return `imports "C": an answer is built without cgo`
		case strings.HasPrefix(imported, "workbook/solutions/"):
			return "imports " + imported + ": a solution of the workbook is no answer of the learner's"
		case strings.HasPrefix(imported, "workbook/") && imported != own && !strings.HasPrefix(imported, own+"/"):
			return "imports " + imported + ": an answer uses nothing of the workbook but its own exercise"
		}
	}
	return ""
}
