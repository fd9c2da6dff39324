package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// layers is the import policy: each package may import only what stands in a line below its own. A package that is not
// here must be given its place.
var layers = [][]string{
	{"workbook/checker"},
	{"workbook/checker/internal/cli"},
	{"workbook/checker/internal/gradebook"},
	{"workbook/checker/internal/class"},
	{
		"workbook/checker/internal/proof",
		"workbook/checker/internal/render",
		"workbook/checker/internal/watch",
		"workbook/checker/internal/journal",
		"workbook/checker/internal/scaffold",
		"workbook/checker/internal/kit",
		"workbook/checker/internal/pgserver",
		"workbook/checker/internal/sandbox",
	},
	{"workbook/checker/internal/sandbox/runner"},
	{"workbook/checker/internal/sandbox/protocol"},
	{"workbook/checker/internal/grade", "workbook/checker/internal/sqlstate"},
	{"workbook/checker/internal/gotest", "workbook/checker/internal/variant", "workbook/checker/internal/markdown", "workbook/checker/internal/progress",
		"workbook/checker/internal/submission", "workbook/checker/internal/confine"},
	{"workbook/checker/internal/course"},
}

// knowsNothingOfOurs are the packages that import none of ours at all.
var knowsNothingOfOurs = []string{
	"workbook/checker/internal/pgserver",
	"workbook/checker/internal/progress",
	"workbook/checker/internal/gotest",
	"workbook/checker/internal/course",
	"workbook/checker/internal/sqlstate",
	"workbook/checker/internal/markdown",
	"workbook/checker/internal/watch",
	"workbook/checker/internal/submission",
	"workbook/checker/internal/confine",
}

func layer(pkg string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, pkg) })
}

func TestImportsPointOneWay(t *testing.T) {
	for pkg, imports := range imports(t, "./checker/...") {
		from := layer(pkg)
		require.GreaterOrEqual(t, from, 0, "%s has no place in the import policy: give it one, in deps_test.go", pkg)
		for _, imported := range imports {
			if !strings.HasPrefix(imported, "workbook/") {
				continue
			}
			require.Greater(t, layer(imported), from, "%s imports %s, which is not below it", pkg, imported)
			require.NotContains(t, knowsNothingOfOurs, pkg, "%s imports %s, and is meant to know nothing of ours", pkg, imported)
		}
	}
}

// TestExercisesStandAlone: an exercise imports the test kit and nothing else of ours, and the kit nothing of the
// checker's; neither carries Docker into a learner's test binary.
func TestExercisesStandAlone(t *testing.T) {
	for pkg, imports := range imports(t, "./exercises/...", "./solutions/...") {
		for _, imported := range imports {
			// Where the answer consists of tests, it imports what the exercise gives it to test; some exercises give a package; a
			// given command imports what it runs.
			own := strings.Replace(pkg, "workbook/solutions/", "workbook/exercises/", 1)
			if strings.HasPrefix(imported, "workbook/") && imported != own && !strings.HasPrefix(imported, own+"/") && !strings.HasPrefix(own, imported+"/cmd/") {
				require.True(t, strings.HasPrefix(imported, "workbook/exercises/internal/"), "%s imports %s", pkg, imported)
			}
			require.NotContains(t, imported, "testcontainers", "%s links Docker code", pkg)
		}
	}
	for _, dep := range goList(t, "-deps", "-test", "-f", "{{.ImportPath}}", "./exercises/...") {
		require.NotContains(t, dep, "docker", "the exercises' tests depend on %s", dep)
		require.NotContains(t, dep, "workbook/checker", "the exercises' tests depend on %s", dep)
	}
}

// TestLessonsStandAlone: what the lessons show needs nothing but what package exercises lends them, and the solutions that
// they let speak.
func TestLessonsStandAlone(t *testing.T) {
	for pkg, imports := range imports(t, "./lessons/...") {
		for _, imported := range imports {
			if strings.HasPrefix(imported, "workbook/") && imported != strings.TrimSuffix(pkg, "_test") {
				lent := imported == "workbook/exercises" || strings.HasPrefix(imported, "workbook/lessons/internal/") || strings.HasPrefix(imported, "workbook/solutions/")
				require.True(t, lent, "%s imports %s", pkg, imported)
			}
		}
	}
}

// imports lists what each package imports, its tests included.
func imports(t *testing.T, patterns ...string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	format := `{{.ImportPath}} {{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`
	for _, line := range goList(t, append([]string{"-f", format}, patterns...)...) {
		fields := strings.Fields(line)
		all[fields[0]] = slices.DeleteFunc(fields[1:], func(i string) bool { return i == fields[0] })
	}
	require.NotEmpty(t, all)
	return all
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
