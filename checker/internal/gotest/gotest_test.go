package gotest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/gotest"
)

// module writes a module with one package p and returns its root, links resolved.
func module(t *testing.T, code, tests string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o666))
	}
	write("go.mod", "module example.com/m\n\ngo 1.26\n")
	write("p/p.go", "package p\n\n"+code)
	write("p/p_test.go", "package p\n\nimport \"testing\"\n\n"+tests)
	return root
}

func run(t *testing.T, spec gotest.Spec) *gotest.Package {
	t.Helper()
	spec.Packages = []string{"p"}
	result, err := gotest.Run(t.Context(), spec)
	require.NoError(t, err)
	require.Contains(t, result.Packages, "p")
	return result.Packages["p"]
}

func TestRunReadsOutcomes(t *testing.T) {
	root := module(t, "func F() int { return 1 }", `
func TestPasses(t *testing.T) { t.Log("said") }
func TestFails(t *testing.T)  { t.Run("leaf", func(t *testing.T) { t.Error("why") }) }
func TestSkips(t *testing.T)  { t.Skip("not now") }
`)
	p := run(t, gotest.Spec{Root: root})
	require.True(t, p.Built)
	require.Equal(t, gotest.Failed, p.Outcome)
	require.Equal(t, gotest.Passed, p.Test("TestPasses").Outcome)
	require.Equal(t, gotest.Failed, p.Test("TestFails/leaf").Outcome)
	require.Contains(t, p.Test("TestFails/leaf").Output, "why")
	require.NotContains(t, p.Test("TestFails/leaf").Output, "--- FAIL")
	require.Equal(t, gotest.Skipped, p.Test("TestSkips").Outcome)
	require.Empty(t, p.Violations)
	var leaves []string
	for _, l := range p.Leaves() {
		leaves = append(leaves, l.Name)
	}
	require.Equal(t, []string{"TestPasses", "TestFails/leaf", "TestSkips"}, leaves)
}

func TestRunTellsWhereTheOverlayIs(t *testing.T) {
	root := module(t, "func F() int { return 1 }", "")
	tests := `package p

import (
	"encoding/json"
	"os"
	"testing"
)

func TestOverlay(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("THE_OVERLAY"))
	var overlay struct{ Replace map[string]string }
	if err != nil || json.Unmarshal(text, &overlay) != nil || len(overlay.Replace) != 1 {
		t.Fatal(err, string(text))
	}
}
`
	over := filepath.Join(t.TempDir(), "p_test.go")
	require.NoError(t, os.WriteFile(over, []byte(tests), 0o666))
	overlay := map[string]string{filepath.Join(root, "p", "p_test.go"): over}
	require.Equal(t, gotest.Passed, run(t, gotest.Spec{Root: root, Overlay: overlay, OverlayVariable: "THE_OVERLAY"}).Outcome)
	require.Equal(t, gotest.Failed, run(t, gotest.Spec{Root: root, Overlay: overlay}).Outcome)
}

func TestRunTellsWhatDoesNotBuild(t *testing.T) {
	cases := map[string]struct{ code, want string }{
		"compiler":   {`func F() int { return "" }`, `cannot use ""`},
		"go vet":     {"import \"context\"\n\nfunc F() { _, _ = context.WithCancel(context.Background()) }", "cancel function"},
		"no package": {"func F( {", "syntax error"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := run(t, gotest.Spec{Root: module(t, c.code, "func TestF(t *testing.T) {}")})
			require.False(t, p.Built)
			require.Contains(t, p.BuildText, c.want)
		})
	}
}

func TestRunSeesHowARunEnds(t *testing.T) {
	t.Run("panic", func(t *testing.T) {
		p := run(t, gotest.Spec{Root: module(t, "", `
func TestA(t *testing.T) { t.Run("leaf", func(t *testing.T) { panic("boom") }) }
func TestB(t *testing.T) {}
`)})
		require.Equal(t, "boom", p.Panic)
		require.Equal(t, gotest.Failed, p.Outcome)
		require.Nil(t, p.Test("TestB"), "a panic hides the tests after it")
	})
	t.Run("past its limit", func(t *testing.T) {
		p := run(t, gotest.Spec{Timeout: 200 * time.Millisecond, Root: module(t, "", `
func TestHangs(t *testing.T) { select {} }
`)})
		require.True(t, p.TimedOut)
		require.NotEqual(t, gotest.Passed, p.Test("TestHangs").Outcome)
	})
	t.Run("left with success", func(t *testing.T) {
		p := run(t, gotest.Spec{Root: module(t, "import \"os\"\n\nfunc init() { os.Exit(0) }", "func TestA(t *testing.T) {}")})
		require.Equal(t, gotest.Passed, p.Outcome, "the go command believes it: who judges must not")
		require.Empty(t, p.Tests)
	})
}

func TestRunSeesForgedEvents(t *testing.T) {
	p := run(t, gotest.Spec{Root: module(t, "", `
import "fmt"

func TestA(t *testing.T) {
	fmt.Println("\x16=== RUN   TestB")
	fmt.Println("\x16--- PASS: TestB (0.00s)")
}
func TestB(t *testing.T) { t.Error("no") }
`)})
	require.NotEmpty(t, p.Violations)
	require.Equal(t, gotest.Failed, p.Test("TestB").Outcome)

	p = run(t, gotest.Spec{Root: module(t, "", `
import "fmt"

func TestA(t *testing.T) {
	fmt.Println("=== RUN   TestB")
	fmt.Println("--- PASS: TestB (0.00s)")
}
func TestB(t *testing.T) { t.Error("no") }
`)})
	require.Empty(t, p.Violations, "without the testing package's mark such lines are output like any other")
	require.Equal(t, gotest.Failed, p.Test("TestB").Outcome)
}

// TestRunCountsTheWorstOfSeveralRuns: a test that fails once in three runs has failed.
func TestRunCountsTheWorstOfSeveralRuns(t *testing.T) {
	root := module(t, "var n int", `
func TestSometimes(t *testing.T) {
	n++
	if n == 2 {
		t.Error("second")
	}
}
func TestNever(t *testing.T) { t.Error("no") }
func TestAlways(t *testing.T) {}
`)
	p := run(t, gotest.Spec{Root: root, Count: 3})
	require.Equal(t, gotest.Failed, p.Test("TestSometimes").Outcome)
	require.True(t, p.Test("TestSometimes").Unsteady())
	require.Equal(t, gotest.Failed, p.Test("TestNever").Outcome)
	require.False(t, p.Test("TestNever").Unsteady())
	require.Equal(t, gotest.Passed, p.Test("TestAlways").Outcome)
	require.False(t, p.Test("TestAlways").Unsteady())
	require.Empty(t, p.Violations)
}

func TestRunUsesTheOverlay(t *testing.T) {
	root := module(t, "func F() int { return 1 }", `
func TestF(t *testing.T) {
	if F() != 2 {
		t.Error("the file on disk was tested")
	}
}
`)
	other := filepath.Join(t.TempDir(), "other.go")
	require.NoError(t, os.WriteFile(other, []byte("package p\n\nfunc F() int { return 2 }\n"), 0o666))
	overlay := map[string]string{filepath.Join(root, "p", "p.go"): other}
	p := run(t, gotest.Spec{Root: root, Overlay: overlay})
	require.Equal(t, gotest.Passed, p.Outcome)

	p = run(t, gotest.Spec{Root: root, Overlay: map[string]string{filepath.Join(root, "p", "p.go"): ""}})
	require.False(t, p.Built, "a hidden file is not there")
}

// TestRunEndsWithItsContext: cancelling ends the go command and the test binary that it started.
func TestRunEndsWithItsContext(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	root := module(t, "", `
import "os"

func TestHangs(t *testing.T) {
	if err := os.WriteFile(`+"`"+mark+"`"+`, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	select {}
}
`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := gotest.Run(ctx, gotest.Spec{Root: root, Packages: []string{"p"}})
		ended <- err
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(mark); return err == nil }, time.Minute, time.Millisecond)
	cancel()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(30 * time.Second):
		t.Fatal("Run did not return after its context ended")
	}
}

func TestRunThatCannotStart(t *testing.T) {
	root := module(t, "", "")
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example.com/m\n\nnonsense\n"), 0o666))
	_, err := gotest.Run(t.Context(), gotest.Spec{Root: root, Packages: []string{"p"}})
	require.ErrorContains(t, err, "unknown directive: nonsense")
}

// A program may print without end; what it prints is kept whole, and costs no more than its length.
func TestRunKeepsMuchOutput(t *testing.T) {
	root := module(t, "import (\n\t\"fmt\"\n\t\"strings\"\n)\n\nfunc println10k() { fmt.Println(strings.Repeat(\"x\", 10_000)) }\n", `
func TestMuch(t *testing.T) {
	for range 4000 {
		println10k()
	}
}
`)
	p := run(t, gotest.Spec{Root: root})
	require.Equal(t, gotest.Passed, p.Outcome)
	require.Greater(t, len(p.Output), 40_000_000)
	require.Greater(t, len(p.Test("TestMuch").Output), 40_000_000)
}
