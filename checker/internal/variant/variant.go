// Package variant lays sets of files over the folder of an exercise.
//
// A variant is what the tests of an exercise are run against: the learner's own files ("yours"), the pristine start
// ("stub"), the reference ("solution"), a known mistake ("wrong/NAME") or another right way ("right/NAME"). Nothing on
// disk is changed for it: the files reach the go command as an overlay.
package variant

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"workbook/checker/internal/course"
)

// Kind tells the variants of an exercise apart.
type Kind string

// The kinds, and so the first word of a variant's name.
const (
	Yours    Kind = "yours"
	HandedIn Kind = "handed in" // a learner's files in a folder of their own: what an instructor grades
	Stub     Kind = "stub"
	Solution Kind = "solution"
	Wrong    Kind = "wrong"
	Right    Kind = "right"
)

// Variant names one set of files of an exercise.
type Variant struct {
	Kind Kind
	Name string // "yours", "stub", "solution", "wrong/lost-update", "right/atomic-update"; of what was handed in the learner's
	Dir  string // the folder of its files, relative to the root; "" for yours
}

// YoursVariant is the learner's own files.
var YoursVariant = Variant{Kind: Yours, Name: string(Yours)}

// Learners reports whether the files are a learner's, so that they may be those of the start.
func (v Variant) Learners() bool { return v.Kind == Yours || v.Kind == HandedIn }

// folder is where the files of the variant are that the exercise asks for.
func (v Variant) folder(e *course.Exercise) string {
	if v.Kind == Yours {
		return e.Dir
	}
	return v.Dir
}

// StubOf is the pristine start of an exercise.
func StubOf(e *course.Exercise) Variant {
	return Variant{Kind: Stub, Name: string(Stub), Dir: path.Join(e.Solution, "testdata", "stub")}
}

// SolutionOf is the reference solution of an exercise.
func SolutionOf(e *course.Exercise) Variant {
	return Variant{Kind: Solution, Name: string(Solution), Dir: e.Solution}
}

// Answers lists the wrong or the right answers of an exercise in the order of their names.
func Answers(c *course.Course, e *course.Exercise, kind Kind) ([]Variant, error) {
	dir := path.Join(e.Solution, "testdata", string(kind))
	entries, err := os.ReadDir(c.Path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s answers: %w", kind, err)
	}
	var vs []Variant
	for _, entry := range entries {
		if entry.IsDir() {
			vs = append(vs, Variant{Kind: kind, Name: string(kind) + "/" + entry.Name(), Dir: path.Join(dir, entry.Name())})
		}
	}
	return vs, nil
}

// files maps the path that each file of the variant has in the exercise to the file's path below the root.
//
// A wrong answer is laid over the reference, so that it may be one small change; an empty file in it takes the
// reference's away. Every other variant stands alone.
func (v Variant) files(c *course.Course, e *course.Exercise) (map[string]string, error) {
	set, err := answerFiles(c, v.Dir)
	if err != nil || v.Kind != Wrong {
		return set, err
	}
	base, err := answerFiles(c, e.Solution)
	if err != nil {
		return nil, err
	}
	for name, src := range base {
		if _, own := set[name]; !own {
			set[name] = src
		}
	}
	for name, src := range set {
		if info, err := os.Stat(c.Path(src)); err == nil && info.Size() == 0 {
			delete(set, name)
		}
	}
	return set, nil
}

// answerFiles lists the files of an answer's folder, without what belongs to the authors: notes and testdata.
func answerFiles(c *course.Course, dir string) (map[string]string, error) {
	set := map[string]string{}
	root := c.Path(dir)
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && rel == "testdata":
			return filepath.SkipDir
		case d.IsDir() || rel == "NOTES.md":
			return nil
		}
		set[rel] = path.Join(dir, rel)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list files of %s: %w", dir, err)
	}
	return set, nil
}

// Header is what an answer says of itself in the comment that one of its files begins with.
type Header struct {
	Text  string   // after "Wrong:" or "Right:"
	Fails []string // each //checker:fails, in order
	Hint  int      // //checker:hint
	Sign  string   // //checker:sign
	File  string   // where it was found, relative to the root; "" when no file has one
}

// ReadHeader reads the header of a wrong or right answer.
func ReadHeader(c *course.Course, v Variant) (Header, error) {
	set, err := answerFiles(c, v.Dir)
	if err != nil {
		return Header{}, err
	}
	var names []string
	for _, src := range set {
		names = append(names, src)
	}
	sort.Strings(names)
	for _, src := range names {
		text, err := os.ReadFile(c.Path(src))
		if err != nil {
			return Header{}, fmt.Errorf("read header: %w", err)
		}
		if h, ok, err := parseHeader(string(text), v.Kind); err != nil {
			return Header{}, fmt.Errorf("%s: %w", src, err)
		} else if ok {
			h.File = src
			return h, nil
		}
	}
	return Header{}, nil
}

// parseHeader reads the leading comment lines of a file, whatever its language's comments begin with.
func parseHeader(text string, kind Kind) (h Header, ok bool, err error) {
	label := strings.ToUpper(string(kind[0])) + string(kind[1:]) + ":"
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#!") {
			continue
		}
		comment, isComment := cutComment(line)
		if !isComment {
			return h, ok, nil
		}
		if said, found := strings.CutPrefix(comment, label); found {
			h.Text, ok = strings.TrimSpace(said), true
			continue
		}
		directive, found := strings.CutPrefix(comment, "checker:")
		if !found {
			continue
		}
		word, rest, _ := strings.Cut(directive, " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "fails":
			h.Fails = append(h.Fails, rest)
		case "hint":
			if _, err := fmt.Sscanf(rest, "%d", &h.Hint); err != nil {
				return h, ok, fmt.Errorf("checker:hint %q: give the number of a hint", rest)
			}
		case "sign":
			h.Sign = rest
		default:
			return h, ok, fmt.Errorf("checker:%s is not a directive: use checker:fails, checker:hint or checker:sign", word)
		}
	}
	return h, ok, nil
}

func cutComment(line string) (string, bool) {
	for _, mark := range []string{"//", "#", "--"} {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}
