package main

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

// TestKitIsProven: every package of the test kit has primitives, each is documented in a sentence, and the package's tests
// prove it with wrong and right programs.
func TestKitIsProven(t *testing.T) {
	root, err := course.Locate("..")
	require.NoError(t, err)
	c, err := course.Load(root)
	require.NoError(t, err)
	primitives, err := kit.List(c)
	require.NoError(t, err)
	of := map[string]int{}
	for _, p := range primitives {
		of[p.Package]++
		assert.NotEmpty(t, p.Provides, "%s.%s has no documentation", p.Package, p.Name)
		assert.LessOrEqual(t, len(p.Provides), 180, "%s.%s: its first sentence is too long for the table", p.Package, p.Name)
	}
	dirs, err := os.ReadDir(c.Path(kit.Dir))
	require.NoError(t, err)
	for _, dir := range dirs {
		if dir.Name() == "kittest" || dir.Name() == "patience" { // what the proofs are made with, and how long all others wait: they have tests of their own
			continue
		}
		assert.NotZero(t, of[dir.Name()], "package %s has no primitive: give one a line `//kit:proves …`", dir.Name())
		assert.True(t, calls(t, c.Path(kit.Dir, dir.Name()), "kittest.Prove("), "package %s is not proven: see kittest.Prove", dir.Name())
	}
}

// calls reports whether a test file in the folder has the text.
func calls(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(content), text) {
			return true
		}
	}
	return false
}
