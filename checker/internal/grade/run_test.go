package grade_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/variant"
)

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

// answer puts text in place of the file to edit.
func answer(t *testing.T, c *course.Course, e *course.Exercise, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(c.Path(e.Dir, e.Edit[0]), []byte(text), 0o666))
}

func run(t *testing.T, c *course.Course, e *course.Exercise, change func(*grade.Request)) *grade.Result {
	t.Helper()
	req := grade.Request{
		Course: c, Items: []grade.Item{{Exercise: e, Variant: variant.YoursVariant}}, Seal: "TestSealOfThisTest", Scratch: t.TempDir(),
	}
	change(&req)
	report, err := grade.Run(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, report.Exercises, 1)
	return report.Exercises[0]
}

func TestRunPastTheLimit(t *testing.T) {
	c := fixture(t)
	e := c.ByID("basics/double-it")
	answer(t, c, e, "package doubleit\n\n// Double never returns for large numbers.\nfunc Double(n int) int {\n\tif n == 1000 {\n\t\tselect {}\n\t}\n\treturn 2 * n\n}\n")
	r := run(t, c, e, func(req *grade.Request) { req.Limit = time.Second })
	require.Equal(t, grade.Failing, r.Status)
	require.Contains(t, r.Reasons[0], "it ran past its limit of 1s, in TestDouble/large")
	require.Equal(t, 1, r.Passed, "TestDouble/two passed before, and counts")
	require.False(t, r.Complete)
}

func TestDatabaseThatWentAwayIsNoWrongAnswer(t *testing.T) {
	c := fixture(t)
	e := c.ByID("basics/ask-the-server")
	answer(t, c, e, "package asktheserver\n\nimport \"errors\"\n\n// Reach fails.\nfunc Reach(address string) error { return errors.New(\"no\") }\n")
	server := &grade.Server{URL: "postgres://u:p@127.0.0.1:1/x", Alive: func(context.Context) error { return errors.New("gone") }}

	r := run(t, c, e, func(req *grade.Request) { req.Server = server })
	require.Equal(t, grade.Unchecked, r.Status)

	server.Alive = func(context.Context) error { return nil }
	r = run(t, c, e, func(req *grade.Request) { req.Server = server })
	require.Equal(t, grade.Failing, r.Status, "with the server still there it is a wrong answer")

	r = run(t, c, e, func(req *grade.Request) { req.NoneWhy = "none to be had" })
	require.Equal(t, grade.Unchecked, r.Status)
	require.Contains(t, r.Reasons[0], "none to be had")
}
