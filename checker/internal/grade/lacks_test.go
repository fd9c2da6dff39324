package grade_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
)

func TestLacks(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	lacks := func(needs ...string) string { return grade.Lacks(&course.Exercise{Needs: needs}) }
	require.Empty(t, lacks())
	require.Empty(t, lacks("postgres", "race"), "the checker brings a server, and the race detector can be done without")
	require.Contains(t, lacks("bash"), "bash is not on the path")
	require.Contains(t, lacks("postgres", "git"), "git is not on the path")
	for _, name := range []string{"bash", "git", "bash.exe", "git.exe"} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o777))
	}
	require.Empty(t, lacks("bash", "git"))
	if _, err := os.Stat("/proc/self/fd"); err == nil {
		require.Empty(t, lacks("proc"))
	} else {
		require.Contains(t, lacks("proc"), "no /proc")
	}
}
