package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/require"
)

// TestWorkflows has actionlint read the workflows of the repository.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 2)
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		found, err := linter.Lint(file, text, nil)
		require.NoError(t, err)
		for _, e := range found {
			t.Errorf("%s:%d: %s", file, e.Line, e.Message)
		}
	}
}
