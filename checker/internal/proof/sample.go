package proof

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"workbook/checker/internal/course"
	"workbook/checker/internal/variant"
)

// sample leaves out most answers of the folders that stand as they were proven. Which ones stay depends on every file of the
// course, so that each change draws anew, and the same course always gives the same sample.
func (o *Outcome) sample(req Request, folders []*folder) error {
	seed, err := treeDigest(req.Course, "", "exercises", "solutions")
	if err != nil {
		return err
	}
	for _, f := range folders {
		record, err := req.Course.LoadRecord(f.exercise)
		if errors.Is(err, course.ErrNoRecord) {
			continue
		}
		if err != nil {
			return err
		}
		if record.Proven != f.proven {
			continue
		}
		o.Sampled++
		f.variants = slices.DeleteFunc(f.variants, func(v variant.Variant) bool {
			known := mistakesNamed(record, v)
			switch {
			case v.Kind != variant.Wrong && v.Kind != variant.Right, drawn(seed, v, req.Sample), v.Kind == variant.Wrong && len(known) == 0:
				return false
			}
			f.earlier = append(f.earlier, known...)
			return true
		})
	}
	return nil
}

// drawn reports whether an answer is in the sample: one in so many are.
func drawn(seed string, v variant.Variant, oneIn int) bool {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s", seed, v.Dir)
	return h.Sum64()%uint64(oneIn) == 0
}

// mistakesNamed is what a record has of a wrong answer: one entry or none.
func mistakesNamed(r *course.Record, v variant.Variant) []course.Mistake {
	return slices.DeleteFunc(slices.Clone(r.Mistakes), func(m course.Mistake) bool { return "wrong/"+m.Name != v.Name })
}

// digest is one hash for all that the proof of the folder rests on and that is the folder's own: tests, given files, every
// answer, and what the front matter says of them. The test kit is not among it: a change there is met by the sample.
func (f *folder) digest() (string, error) {
	e := f.exercise
	said := fmt.Sprintf("edit %q needs %q hints %d", e.Edit, e.Needs, len(e.Hints))
	for m := e; m != nil && m.Milestone != nil; m = m.Milestone.Before {
		said += fmt.Sprintf(" %s %q", m.Slug, m.Milestone.Tests)
	}
	return treeDigest(f.course, said, e.Dir, e.Solution)
}

// treeDigest is one hash for a text and for all files below some folders, but for those that are read by people alone and
// for the records themselves.
func treeDigest(c *course.Course, said string, dirs ...string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, said)
	for _, dir := range dirs {
		err := fs.WalkDir(os.DirFS(c.Root), dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			base := path.Base(name)
			if strings.HasSuffix(base, ".md") || base == "proof.json" {
				return nil
			}
			sum, err := variant.Sum(c.Path(name))
			fmt.Fprintf(h, "%s %s\n", sum, name)
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("hash %s: %w", dir, err)
		}
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil)), nil
}
