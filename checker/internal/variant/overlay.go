package variant

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"workbook/checker/internal/course"
)

// Overlay says which file stands in for which, both absolute. An empty stand-in hides the file.
type Overlay map[string]string

// Lay adds to the overlay what makes the exercise's folder hold the variant: its files in place of all that a learner
// may have there, the given files untouched.
func (o Overlay) Lay(c *course.Course, e *course.Exercise, f Folder, v Variant) error {
	// Tests of the learner's own are welcome and are none of ours: one with an init or a TestMain would change the run.
	for _, name := range f.Own {
		if IsTest(name) && inTop(name) {
			o[c.Path(e.Dir, name)] = ""
		}
	}
	if v.Kind == Yours {
		return nil
	}
	set, err := v.files(c, e)
	if err != nil {
		return err
	}
	for _, name := range slices.Concat(f.Edit, f.Own) {
		if _, replaced := set[name]; !replaced {
			o[c.Path(e.Dir, name)] = ""
		}
	}
	for name, src := range set {
		if !slices.Contains(f.Given, name) {
			o[c.Path(e.Dir, name)] = c.Path(src)
		}
	}
	return nil
}

// Digest stands for what the overlay shows in place of what: it changes when the answer does that is laid over a folder.
// Take it before the seals are added, which lie in another place each time.
func (o Overlay) Digest() (string, error) {
	h := sha256.New()
	for _, file := range slices.Sorted(maps.Keys(o)) {
		sum := "hidden"
		if o[file] != "" {
			var err error
			if sum, err = Sum(o[file]); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(h, "%s %s\n", sum, file)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// sealFile sorts behind the tests of the exercise, so that the seal runs last.
const sealFile = "zz_workbook_seal_test.go"

// Seal adds a test named name to the exercise, in a file that it writes into dir. Who sees the test pass knows that the
// overlay was used and that the run reached its end: learner's code that ends the process, or prints what looks like
// results, does not know the name.
func (o Overlay) Seal(c *course.Course, e *course.Exercise, f Folder, name, dir string) error {
	src := filepath.Join(dir, strings.ReplaceAll(e.Dir, "/", "-")+".go")
	text := fmt.Sprintf("package %s\n\nimport \"testing\"\n\nfunc %s(t *testing.T) {}\n", testPackage(c, e, f), name)
	if err := os.WriteFile(src, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write seal: %w", err)
	}
	o[c.Path(e.Dir, sealFile)] = src
	return nil
}

// testPackage returns the name of the external test package of the exercise. The files of the authors are asked first:
// the learner's may not parse.
func testPackage(c *course.Course, e *course.Exercise, f Folder) string {
	candidates := slices.Concat(f.Given, f.Edit)
	for _, name := range candidates {
		if !strings.HasSuffix(name, ".go") || !inTop(name) {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), c.Path(e.Dir, name), nil, parser.PackageClauseOnly)
		if err != nil {
			continue
		}
		return strings.TrimSuffix(parsed.Name.Name, "_test") + "_test"
	}
	return strings.ReplaceAll(e.Slug, "-", "") + "_test"
}
