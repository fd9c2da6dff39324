package proof

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"workbook/checker/internal/markdown"
)

// look reads the folder's files without running anything: what must be there, what must not.
func (f *folder) look() error {
	e := f.exercise
	if info, err := os.Stat(f.course.Path(e.Solution, "NOTES.md")); err != nil || info.Size() == 0 {
		f.find("%s/NOTES.md is missing: why this way, other ways, what was left out, sources", e.Solution)
	}
	if len(e.Sources) == 0 {
		f.find("%s/README.md: sources: name at least one", e.Dir)
	}
	if entries, err := os.ReadDir(f.course.Path(e.Solution, "testdata")); err == nil {
		for _, entry := range entries {
			if !slices.Contains([]string{"stub", "wrong", "right", "proof.json"}, entry.Name()) {
				f.find("stray file %s/testdata/%s", e.Solution, entry.Name())
			}
		}
	}
	for _, dir := range []string{e.Dir, e.Solution} {
		err := filepath.WalkDir(f.course.Path(dir), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(f.course.Root, file)
			if err != nil {
				return err
			}
			return f.lookAt(filepath.ToSlash(rel))
		})
		if errors.Is(err, fs.ErrNotExist) {
			f.find("%s is missing", dir)
		} else if err != nil {
			return fmt.Errorf("look at %s: %w", dir, err)
		}
	}
	return nil
}

var stray = regexp.MustCompile(`(~|\.orig|\.rej|\.bak|\.swp|\.test|\.out|\.exe|\.DS_Store)$`)

// inAnswer is what stands before the path of a file in the folder of an answer that is not the reference.
var inAnswer = regexp.MustCompile(`^testdata/(stub|(wrong|right)/[^/]+)/`)

// lookAt checks one file, named relative to the root.
func (f *folder) lookAt(name string) error {
	e := f.exercise
	if stray.MatchString(name) {
		f.find("stray file %s", name)
		return nil
	}
	text, err := os.ReadFile(f.course.Path(name))
	if err != nil {
		return err
	}
	inSolution, ok := strings.CutPrefix(name, e.Solution+"/")
	if ok && strings.HasSuffix(name, "_test.go") && !slices.Contains(e.Edit, inAnswer.ReplaceAllString(inSolution, "")) {
		f.find("stray test %s: tests live with the exercise", name)
	}
	if ok && !strings.HasPrefix(inSolution, "testdata/stub/") && bytes.Contains(text, []byte("TODO")) && path.Base(name) != "proof.json" {
		f.find("%s says TODO: that is for stubs", name)
	}
	switch path.Ext(name) {
	case ".go":
		f.lookAtGo(name, text)
	case ".md":
		page := markdown.Page{Root: f.course.Root, File: name, Text: string(text)}
		for _, p := range page.Links() {
			f.find("%s", p)
		}
	}
	return nil
}

func (f *folder) lookAtGo(name string, text []byte) {
	if len(text) == 0 {
		return // in a wrong answer: takes the reference's file away
	}
	formatted, err := format.Source(text)
	switch {
	case err != nil:
		f.find("%s does not parse: %v", name, err)
	case !bytes.Equal(formatted, text):
		f.find("gofmt would change %s", name)
	}
}
