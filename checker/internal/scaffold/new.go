// Package scaffold writes the files of the course that no author should write by hand.
package scaffold

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var exerciseName = regexp.MustCompile(`^([0-9]{2}-[a-z0-9-]+)/([0-9]{2})-([a-z][a-z0-9-]*)$`)

// New lays out the folders of a new exercise, named STEP/NN-SLUG, and returns the files written, relative to root. It
// overwrites nothing. What it writes loads and compiles, and is not proven: the gate says what is left to do.
func New(root, name string) ([]string, error) {
	m := exerciseName.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("%q is not a name for an exercise: use one like 03-databases/12-bulk-update", name)
	}
	if _, err := os.Stat(filepath.Join(root, "lessons", m[1])); err != nil {
		return nil, fmt.Errorf("there is no step %s", m[1])
	}
	pkg := strings.ReplaceAll(m[3], "-", "")
	exercise, solution := path.Join("exercises", name), path.Join("solutions", name)
	stub := fmt.Sprintf(stubText, pkg, pkg)
	files := map[string]string{
		exercise + "/README.md":                    fmt.Sprintf(readmeText, strings.ReplaceAll(m[3], "-", " "), pkg, exercise),
		exercise + "/hints.md":                     hintsText,
		exercise + "/" + pkg + ".go":               stub,
		exercise + "/" + pkg + "_test.go":          fmt.Sprintf(testText, pkg, exercise, pkg),
		solution + "/NOTES.md":                     notesText,
		solution + "/" + pkg + ".go":               fmt.Sprintf(solutionText, pkg, pkg),
		solution + "/testdata/stub/" + pkg + ".go": stub,
	}
	for file := range files {
		if _, err := os.Stat(filepath.Join(root, file)); err == nil {
			return nil, fmt.Errorf("%s exists already", file)
		}
	}
	var written []string
	for file, text := range files {
		if err := write(filepath.Join(root, file), text); err != nil {
			return nil, err
		}
		written = append(written, file)
	}
	slices.Sort(written)
	return written, nil
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return fmt.Errorf("lay out exercise: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("lay out exercise: %w", err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("lay out exercise: %w", err)
	}
	return nil
}

const readmeText = `---
title: %s
minutes: 30
difficulty: 3
edit: [%s.go]
needs: []
after: []
sources: []
---

The situation in a real product, in three sentences.

## The contract

- One thing that a caller can rely on.

## Run it alone

    go test ./%s
`

const hintsText = `## 1

Where to look.

## 2

Nearly the answer.
`

const stubText = `// Package %s …
package %s

// Answer returns …
func Answer() int {
	// TODO: yours to write.
	return 0
}
`

const solutionText = `// Package %s …
package %s

// Answer returns …
func Answer() int {
	return 42
}
`

const testText = `package %s_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/%s"
)

func TestAnswer(t *testing.T) {
	t.Run("is_the_answer", func(t *testing.T) {
		require.Equal(t, 42, %s.Answer(), "what the contract promises")
	})
}
`

const notesText = `# Notes

Why this way; other ways; what was left out; sources; what the blind trial found.
`
