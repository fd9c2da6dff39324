package variant_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/variant"
)

// fixture copies the fixture course and loads it.
func fixture(t *testing.T) *course.Course {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../testdata/course-good")))
	root, err := course.Locate(dir)
	require.NoError(t, err)
	c, err := course.Load(root)
	require.NoError(t, err)
	return c
}

func survey(t *testing.T, c *course.Course, e *course.Exercise) variant.Folder {
	t.Helper()
	record, err := c.LoadRecord(e)
	require.NoError(t, err)
	f, err := variant.Survey(c, e, record)
	require.NoError(t, err)
	return f
}

func write(t *testing.T, c *course.Course, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(c.Path(name), []byte(text), 0o666))
}

// shown maps what an overlay does to an exercise's folder, in paths relative to the root.
func shown(t *testing.T, c *course.Course, o variant.Overlay) map[string]string {
	t.Helper()
	rel := map[string]string{}
	for key, src := range o {
		k, err := filepath.Rel(c.Root, key)
		require.NoError(t, err)
		if src != "" {
			src, err = filepath.Rel(c.Root, src)
			require.NoError(t, err)
		}
		rel[filepath.ToSlash(k)] = filepath.ToSlash(src)
	}
	return rel
}

func TestLay(t *testing.T) {
	c := fixture(t)
	ledger := c.ByID("projects/ledger/balance")
	const ex, sol = "exercises/02-projects/01-ledger/", "solutions/02-projects/01-ledger/"
	write(t, c, ex+"extra.go", "package ledger\n")
	write(t, c, ex+"own_test.go", "package ledger_test\n")
	f := survey(t, c, ledger)
	require.Equal(t, []string{"extra.go", "own_test.go"}, f.Own)

	cases := map[string]struct {
		variant variant.Variant
		want    map[string]string
	}{
		"yours: the files stay, a test of the learner's own is hidden": {
			variant.YoursVariant,
			map[string]string{ex + "own_test.go": ""},
		},
		"the solution may have more files, and the learner's extra one goes": {
			variant.SolutionOf(ledger),
			map[string]string{ex + "ledger.go": sol + "ledger.go", ex + "sum.go": sol + "sum.go", ex + "extra.go": "", ex + "own_test.go": ""},
		},
		"a wrong answer is laid over the solution": {
			variant.Variant{Kind: variant.Wrong, Name: "wrong/last-only", Dir: sol + "testdata/wrong/last-only"},
			map[string]string{ex + "ledger.go": sol + "ledger.go", ex + "sum.go": sol + "testdata/wrong/last-only/sum.go", ex + "extra.go": "", ex + "own_test.go": ""},
		},
		"a right answer stands alone": {
			variant.Variant{Kind: variant.Right, Name: "right/one-file", Dir: sol + "testdata/right/one-file"},
			map[string]string{ex + "ledger.go": sol + "testdata/right/one-file/ledger.go", ex + "extra.go": "", ex + "own_test.go": ""},
		},
	}
	for name, cs := range cases {
		t.Run(name, func(t *testing.T) {
			o := variant.Overlay{}
			require.NoError(t, o.Lay(c, ledger, f, cs.variant))
			require.Equal(t, cs.want, shown(t, c, o))
		})
	}
}

func TestLayOverAnEmptyFileTakesTheReferencesAway(t *testing.T) {
	c := fixture(t)
	ledger := c.ByID("projects/ledger/balance")
	write(t, c, "solutions/02-projects/01-ledger/testdata/wrong/last-only/ledger.go", "")
	v := variant.Variant{Kind: variant.Wrong, Name: "wrong/last-only", Dir: "solutions/02-projects/01-ledger/testdata/wrong/last-only"}
	o := variant.Overlay{}
	require.NoError(t, o.Lay(c, ledger, survey(t, c, ledger), v))
	require.Empty(t, o[c.Path("exercises/02-projects/01-ledger/ledger.go")])
	require.Contains(t, o, c.Path("exercises/02-projects/01-ledger/ledger.go"))
}

func TestReadHeader(t *testing.T) {
	c := fixture(t)
	const dir = "solutions/01-basics/01-double-it/testdata/wrong/squares/"
	v := variant.Variant{Kind: variant.Wrong, Name: "wrong/squares", Dir: dir}
	cases := map[string]struct {
		text string
		want variant.Header
		err  string
	}{
		"go": {
			text: "// Wrong: squares are doubles.\n//checker:fails TestA/b\n//checker:fails TestC\n//checker:hint 2\n\npackage p\n",
			want: variant.Header{Text: "squares are doubles.", Fails: []string{"TestA/b", "TestC"}, Hint: 2},
		},
		"a script": {
			text: "#!/usr/bin/env bash\n# Wrong: ls is enough.\n#checker:fails TestA\n\nls\n",
			want: variant.Header{Text: "ls is enough.", Fails: []string{"TestA"}},
		},
		"SQL": {
			text: "-- Wrong: one index each.\n--checker:fails TestA\n\nCREATE INDEX …\n",
			want: variant.Header{Text: "one index each.", Fails: []string{"TestA"}},
		},
		"none":                 {text: "// Package p …\npackage p\n"},
		"an unknown directive": {text: "// Wrong: x.\n//checker:falis TestA\n", err: "checker:falis is not a directive"},
		"a hint of no number":  {text: "// Wrong: x.\n//checker:hint two\n", err: `checker:hint "two"`},
	}
	for name, cs := range cases {
		t.Run(name, func(t *testing.T) {
			write(t, c, dir+"double.go", cs.text)
			h, err := variant.ReadHeader(c, v)
			if cs.err != "" {
				require.ErrorContains(t, err, cs.err)
				return
			}
			require.NoError(t, err)
			h.File = ""
			require.Equal(t, cs.want, h)
		})
	}
}

func TestChangedSeesEditsAndLosses(t *testing.T) {
	c := fixture(t)
	e := c.ByID("basics/double-it")
	record, err := c.LoadRecord(e)
	require.NoError(t, err)
	changed, err := variant.Changed(c, e, record)
	require.NoError(t, err)
	require.Empty(t, changed)

	text, err := os.ReadFile(c.Path(e.Dir, "double_test.go"))
	require.NoError(t, err)
	crlf := ""
	for _, b := range text {
		if b == '\n' {
			crlf += "\r"
		}
		crlf += string(b)
	}
	write(t, c, e.Dir+"/double_test.go", crlf)
	changed, err = variant.Changed(c, e, record)
	require.NoError(t, err)
	require.Empty(t, changed, "a checkout with Windows line ends is no change")

	write(t, c, e.Dir+"/double_test.go", string(text)+"\n")
	changed, err = variant.Changed(c, e, record)
	require.NoError(t, err)
	require.Equal(t, []string{"double_test.go"}, changed)

	require.NoError(t, os.Remove(c.Path(e.Dir, "double_test.go")))
	changed, err = variant.Changed(c, e, record)
	require.NoError(t, err)
	require.Equal(t, []string{"double_test.go (missing)"}, changed)
}

func TestDigestChangesWithWhatIsShown(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.go")
	require.NoError(t, os.WriteFile(file, []byte("package a\n"), 0o666))
	digest := func(o variant.Overlay) string {
		d, err := o.Digest()
		require.NoError(t, err)
		return d
	}
	shown, hidden := variant.Overlay{"/x/a.go": file}, variant.Overlay{"/x/a.go": ""}
	first := digest(shown)
	require.Equal(t, first, digest(shown))
	require.NotEqual(t, first, digest(hidden))
	require.NotEqual(t, first, digest(variant.Overlay{"/x/b.go": file}))
	require.NoError(t, os.WriteFile(file, []byte("package b\n"), 0o666))
	require.NotEqual(t, first, digest(shown))
	_, err := variant.Overlay{"/x/a.go": filepath.Join(dir, "gone.go")}.Digest()
	require.Error(t, err)
}
