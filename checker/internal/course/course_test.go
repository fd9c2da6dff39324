package course_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
)

func load(t *testing.T) *course.Course {
	t.Helper()
	root, err := course.Locate("../../testdata/course-good")
	require.NoError(t, err)
	c, err := course.Load(root)
	require.NoError(t, err)
	return c
}

func TestLookup(t *testing.T) {
	c := load(t)
	cases := map[string][]string{
		"1.1":                               {"basics/double-it"},
		"double-it":                         {"basics/double-it"},
		"basics/double-it":                  {"basics/double-it"},
		"exercises/01-basics/01-double-it/": {"basics/double-it"},
		"01-double-it":                      {"basics/double-it"},
		c.Path("exercises/01-basics/01-double-it"): {"basics/double-it"},
		"1":                   {"basics/double-it", "basics/ask-the-server"},
		"basics":              {"basics/double-it", "basics/ask-the-server"},
		"exercises/01-basics": {"basics/double-it", "basics/ask-the-server"},
		"2.1":                 {"projects/ledger/book", "projects/ledger/balance"},
		"projects/ledger":     {"projects/ledger/book", "projects/ledger/balance"},
		"ledger":              {"projects/ledger/book", "projects/ledger/balance"},
		"2.1.2":               {"projects/ledger/balance"},
		"balance":             {"projects/ledger/balance"},
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			found, err := c.Lookup(name)
			require.NoError(t, err)
			var ids []string
			for _, e := range found {
				ids = append(ids, e.ID)
			}
			require.Equal(t, want, ids)
		})
	}
}

func TestLookupSuggests(t *testing.T) {
	c := load(t)
	for name, want := range map[string]string{
		"duble-it": `no exercise "duble-it": did you mean double-it?`,
		"Ledgr":    `no exercise "Ledgr": did you mean ledger?`,
		"3.6":      "no exercise \"3.6\": `make list` shows them all",
		"":         "no exercise \"\": `make list` shows them all",
	} {
		_, err := c.Lookup(name)
		require.EqualError(t, err, want)
	}
}

func TestMilestonesKnowTheirPlace(t *testing.T) {
	c := load(t)
	book, balance := c.ByID("projects/ledger/book"), c.ByID("projects/ledger/balance")
	require.Equal(t, []string{"projects/ledger/book"}, balance.After)
	require.Equal(t, []string{"balance_test.go"}, balance.Milestone.Tests)
	require.Equal(t, []string{"book_test.go"}, balance.Milestone.Earlier)
	require.Same(t, book, balance.Milestone.Before)
	require.Equal(t, []string{"Add it up."}, balance.Hints)

	record, err := c.LoadRecord(balance)
	require.NoError(t, err)
	require.Len(t, record.Required(book), 2)
	require.Len(t, record.Required(balance), 4)
}

func TestLocateResolvesLinks(t *testing.T) {
	real, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(real, os.DirFS("../../testdata/course-good")))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(real, link); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	root, err := course.Locate(filepath.Join(link, "exercises", "01-basics"))
	require.NoError(t, err)
	require.Equal(t, real, root)

	_, err = course.Locate(t.TempDir())
	require.ErrorIs(t, err, course.ErrNoCourse)
}

// TestLoadListsEveryFault: each fault gets a line of its own, with the file and, where there is one, the line.
func TestLoadListsEveryFault(t *testing.T) {
	const readme = "exercises/01-basics/01-double-it/README.md"
	front := func(body string) string { return "---\n" + body + "---\n" }
	const good = "title: T\nminutes: 5\ndifficulty: 1\nedit: [double.go]\nneeds: []\nafter: []\nsources: [x]\n"
	cases := map[string]struct{ text, want string }{
		"no front matter":    {"# Title\n", readme + ":1: does not begin with front matter"},
		"no end":             {"---\ntitle: T\n", readme + ":1: the front matter does not end"},
		"a key twice":        {front(good + "title: U\n"), `mapping key "title" already defined`},
		"minutes as words":   {front("title: T\nminutes: five\ndifficulty: 1\nedit: [double.go]\nneeds: []\nafter: []\nsources: [x]\n"), readme + ":3: front matter: "},
		"difficulty of six":  {front("title: T\nminutes: 5\ndifficulty: 6\nedit: [double.go]\nneeds: []\nafter: []\nsources: [x]\n"), readme + ":4: difficulty: difficulty 6: give a number from 1 to 5"},
		"an empty title":     {front("title: ''\nminutes: 5\ndifficulty: 1\nedit: [double.go]\nneeds: []\nafter: []\nsources: [x]\n"), readme + ":2: title: is empty"},
		"a path outside":     {front("title: T\nminutes: 5\ndifficulty: 1\nedit: [../x.go]\nneeds: []\nafter: []\nsources: [x]\n"), `"../x.go" is not a path inside the exercise`},
		"a list, not a map":  {front("- a\n- b\n"), "the front matter is not a list of keys and values"},
		"nothing in between": {"---\n---\n", "the front matter"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			require.NoError(t, os.CopyFS(root, os.DirFS("../../testdata/course-good")))
			require.NoError(t, os.WriteFile(filepath.Join(root, readme), []byte(c.text), 0o666))
			_, err := course.Load(root)
			var problems course.Problems
			require.ErrorAs(t, err, &problems)
			require.ErrorContains(t, err, c.want)
		})
	}
}
