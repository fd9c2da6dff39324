package kit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/kit"
)

// fixture is the fixture course with a test kit of two packages.
func fixture(t *testing.T) *course.Course {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../testdata/course-good")))
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	write("exercises/internal/gate/gate.go", `// Package gate is a gate.
package gate

// New makes a gate (of [Iron], see there: it matters). It
// does more.
//
//kit:proves that two <b>do not</b> meet
func New() *Gate { return nil }

// Gate is no primitive.
type Gate struct{}

// Once is one, and a method: see there.
//
//kit:proves something of it
func (g *Gate) Once() {}

// Unused is used by nobody.
//
//kit:proves little
func Unused() {}
`)
	write("exercises/internal/gate/gate_test.go", "package gate\n\n// Fake stands in a test.\n//\n//kit:proves nothing\nfunc Fake() {}\n")
	write("exercises/internal/spy/spy.go", "package spy\n\n// A Spy sees.\n//\n//kit:proves what is sent\ntype Spy struct{}\n")
	tests := "exercises/01-basics/01-double-it/double_test.go"
	text, err := os.ReadFile(filepath.Join(dir, tests))
	require.NoError(t, err)
	write(tests, strings.Replace(string(text), "import (", "import (\n\tg \"workbook/exercises/internal/gate\"\n\t\"errors\"\n\t\"workbook/exercises/internal/spy\"\n", 1)+
		"\nfunc use() { x := g.New(); x.Once(); _ = errors.New }\n")
	tests = "exercises/02-projects/01-ledger/balance_test.go"
	text, err = os.ReadFile(filepath.Join(dir, tests))
	require.NoError(t, err)
	write(tests, strings.Replace(string(text), `import "testing"`, "import (\n\t\"testing\"\n\n\t\"workbook/exercises/internal/gate\"\n)", 1)+"\nfunc use() { gate.New() }\n")
	root, err := course.Locate(dir)
	require.NoError(t, err)
	c, err := course.Load(root)
	require.NoError(t, err)
	return c
}

func TestList(t *testing.T) {
	all, err := kit.List(fixture(t))
	require.NoError(t, err)
	assert.Equal(t, []kit.Primitive{
		{Package: "gate", Name: "Gate.Once", Provides: "Once is one, and a method", Proves: "something of it", UsedIn: []string{"1.1"}},
		{Package: "gate", Name: "New", Provides: "New makes a gate", Proves: "that two <b>do not</b> meet", UsedIn: []string{"1.1", "2.1.2"}},
		{Package: "gate", Name: "Unused", Provides: "Unused is used by nobody", Proves: "little"},
		{Package: "spy", Name: "Spy", Provides: "A Spy sees", Proves: "what is sent", UsedIn: []string{"1.1"}}, // the package has nothing else
	}, all)
}

func TestMarkdown(t *testing.T) {
	all, err := kit.List(fixture(t))
	require.NoError(t, err)
	assert.Equal(t, `| primitive | what it does | what a test proves with it | used in |
| --- | --- | --- | --- |
| `+"`gate.Gate.Once`"+` | Once is one, and a method | something of it | 1.1 |
| `+"`gate.New`"+` | New makes a gate | that two \<b>do not\</b> meet | 1.1, 2.1.2 |
| `+"`gate.Unused`"+` | Unused is used by nobody | little |  |
| `+"`spy.Spy`"+` | A Spy sees | what is sent | 1.1 |
`, kit.Markdown(all))
	var b strings.Builder
	require.NoError(t, kit.Text(&b, all))
	assert.Contains(t, b.String(), "spy.Spy\n    A Spy sees.\n    proves   what is sent\n    used in  1.1\n")
}
