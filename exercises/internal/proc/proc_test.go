//go:build unix

package proc_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/proc"
)

// leaves is a test as for a program that must leave on SIGTERM.
func leaves(name string) kittest.Program {
	return func(t testing.TB) {
		p := proc.Command(t, os.Args[0]).Start(t, proc.Env("PROC_PROGRAM="+name))
		addr := p.Line("it says where it listens", `^listening on (\S+)$`)[1]
		p.Listens("it listens where it says", addr)
		p.Signal(syscall.SIGTERM)
		exit := p.Wait("after SIGTERM it ends by itself")
		p.Refuses("when it has ended nobody listens", addr)
		if exit.Status != 0 {
			t.Errorf("after SIGTERM it ends with status 0; it ended with %v", exit)
		}
	}
}

func TestProcess(t *testing.T) {
	quick := func(p kittest.Program) kittest.Program {
		return func(t testing.TB) { proc.Impatient(func() { p(t) }) }
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"knows_no_signal":    leaves("knows_no_signal"),
			"ends_with_an_error": leaves("ends_with_an_error"),
			"ends_at_once":       leaves("ends_at_once"),
			"says_it_too_early":  leaves("says_it_too_early"),
			"panics":             leaves("panics"),
			"ignores_the_signal": func(t testing.TB) {
				p := proc.Command(t, os.Args[0]).Start(t, proc.Env("PROC_PROGRAM=ignores_the_signal"))
				p.Line("it says where it listens", `^listening on`)
				p.Signal(syscall.SIGTERM)
				proc.Impatient(func() { p.Wait("after SIGTERM it ends by itself") })
			},
			"never_says_where": quick(leaves("never_says_where")),
		},
		Right: map[string]kittest.Program{
			"waits_for_the_signal":          leaves("waits_for_the_signal"),
			"serves_until_its_context_ends": leaves("serves_until_its_context_ends"),
		},
		Loose: map[string]string{"panics": "its stack has addresses"},
	})
}

func TestBuild(t *testing.T) {
	program := proc.Build(t, "./testdata/hello")
	for range 2 {
		p := program.Start(t)
		assert.Equal(t, proc.Exit{Status: 3}, p.Wait("it ends"))
		assert.Regexp(t, `^hello \d+\n$`, p.Stdout())
	}

	t.Run("what_does_not_build", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n"), 0o666))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() { nothing() }\n"), 0o666))
		t.Chdir(dir)
		r := kittest.Play(t, "TestX", func(t testing.TB) { proc.Build(t, ".") })
		assert.Contains(t, r.Said(), "the program does not build: exit status 1\n\n\t# x\n\t./main.go:3:15: undefined: nothing")
	})

	t.Run("what_the_checker_has_laid_over_it", func(t *testing.T) {
		dir := t.TempDir()
		source, err := filepath.Abs("testdata/hello/main.go")
		require.NoError(t, err)
		over, list := filepath.Join(dir, "over.go"), filepath.Join(dir, "overlay.json")
		require.NoError(t, os.WriteFile(over, []byte("package main\n\nfunc main() { println(\"another answer\") }\n"), 0o666))
		require.NoError(t, os.WriteFile(list, []byte(`{"Replace": {`+strconv.Quote(source)+`: `+strconv.Quote(over)+`}}`), 0o666))
		t.Setenv("WORKBOOK_OVERLAY", list)
		p := proc.Build(t, "./testdata/hello").Start(t)
		assert.Equal(t, proc.Exit{Status: 0}, p.Wait("it ends"))
		assert.Equal(t, "another answer\n", p.Stderr())

		require.NoError(t, os.WriteFile(list, []byte(`{"Replace"`), 0o666))
		r := kittest.Play(t, "TestX", func(t testing.TB) { proc.Build(t, "./testdata/hello") })
		assert.Contains(t, r.Said(), "is no overlay")
	})
}

func TestNothingOutlivesTheTest(t *testing.T) {
	kittest.Rounds(t, func(t *testing.T) {
		var child int
		kittest.Play(t, "TestX", func(t testing.TB) {
			p := proc.Command(t, "sh", "-c", `sleep 1000 & echo "child $!"; wait`).Start(t)
			var err error
			child, err = strconv.Atoi(p.Line("it says its child", `^child (\d+)$`)[1])
			require.NoError(t, err)
		})
		require.Eventually(t, func() bool { return gone(child) }, limit, poll, "the child of a program that was killed still runs")
	})
}

func TestWithAChildThatHoldsItsOutput(t *testing.T) {
	p := proc.Command(t, "sh", "-c", `sleep 1000 & exit 4`).Start(t)
	assert.Equal(t, proc.Exit{Status: 4}, p.Wait("it ends"))
}

func TestStart(t *testing.T) {
	t.Run("environment", func(t *testing.T) {
		t.Setenv("SECRET_OF_THE_TEST", "x")
		p := proc.Command(t, "sh", "-c", "env; pwd; cat").Start(t, proc.Env("A=1"), proc.Stdin("typed\n"))
		p.Wait("it ends")
		assert.Contains(t, p.Stdout(), "\nA=1\n")
		assert.NotContains(t, p.Stdout(), "SECRET")
		assert.True(t, strings.HasSuffix(p.Stdout(), "typed\n"))
	})

	t.Run("arguments_and_folder", func(t *testing.T) {
		dir := t.TempDir()
		p := proc.Command(t, "sh", "-c", `echo "$0 $1"; pwd -P`, "zero").Start(t, proc.Args("one"), proc.Dir(dir))
		p.Wait("it ends")
		real, err := filepath.EvalSymlinks(dir)
		require.NoError(t, err)
		assert.Equal(t, "zero one\n"+real+"\n", p.Stdout())
	})

	t.Run("in_an_empty_folder", func(t *testing.T) {
		p := proc.Command(t, "sh", "-c", "ls -A; echo done").Start(t)
		p.Wait("it ends")
		assert.Equal(t, "done\n", p.Stdout())
	})

	t.Run("killed", func(t *testing.T) {
		p := proc.Command(t, "sleep", "1000").Start(t)
		assert.True(t, p.Running())
		p.Signal(os.Kill)
		assert.Equal(t, "signal: killed", p.Wait("it ends").String())
		p.Signal(os.Kill) // nobody is there any more
	})

	t.Run("a_line_without_its_end", func(t *testing.T) {
		p := proc.Command(t, "sh", "-c", `printf 'a\nlast'; printf oops >&2`).Start(t)
		assert.Equal(t, []string{"last"}, p.Line("it says so", "^last$"))
		assert.Equal(t, []string{"oops"}, p.ErrLine("it says so", "^oops$"))
	})

	t.Run("output_without_end", func(t *testing.T) {
		p := proc.Command(t, "sh", "-c", `yes | head -c 20000000`).Start(t)
		p.Wait("it ends")
		assert.Len(t, p.Stdout(), 16<<20)
	})

	t.Run("no_such_program", func(t *testing.T) {
		r := kittest.Play(t, "TestX", func(t testing.TB) { proc.Command(t, "no-such-program") })
		assert.Contains(t, r.Said(), "the test is at fault")
	})
}
