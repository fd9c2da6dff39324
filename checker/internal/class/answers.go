package class

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"workbook/checker/internal/course"
	"workbook/checker/internal/submission"
	"workbook/checker/internal/variant"
)

// record is where a clone keeps its learner's record.
const record = ".workbook/attempts.jsonl"

// catalogue finds the exercise that a file of a submission belongs to. It goes by identity: a clone that is older than
// the instructor's may have other numbers.
type catalogue struct {
	course  *course.Course
	folders map[string]*folder           // by identity of the folder: "databases/move-money"
	beliefs map[string]map[string]string // of the known mistakes, by identity and name
}

// folder is what is known of an exercise's folder; the milestones of a project share one.
type folder struct {
	exercises []*course.Exercise
	given     map[string]string // what the record names: never taken from a submission
}

func newCatalogue(c *course.Course, exercises []*course.Exercise) (*catalogue, error) {
	k := &catalogue{course: c, folders: map[string]*folder{}, beliefs: map[string]map[string]string{}}
	for _, e := range exercises {
		id := withoutNumbers(strings.TrimPrefix(e.Dir, "exercises/"))
		r, err := c.LoadRecord(e)
		if err != nil {
			return nil, fmt.Errorf("grade %s: %w", e.ID, err)
		}
		if k.folders[id] == nil {
			k.folders[id] = &folder{given: r.Files}
		}
		k.beliefs[e.ID] = map[string]string{}
		for _, m := range r.Mistakes {
			k.beliefs[e.ID][m.Name] = m.Belief
		}
		k.folders[id].exercises = append(k.folders[id].exercises, e)
	}
	return k, nil
}

var number = regexp.MustCompile(`(^|/)[0-9]{2}-`)

func withoutNumbers(dir string) string { return number.ReplaceAllString(dir, "$1") }

// find splits the path of a file into its exercise's folder and its name there.
func (k *catalogue) find(file string) (f *folder, name string) {
	rest, ok := strings.CutPrefix(file, "exercises/")
	parts := strings.SplitN(rest, "/", 3)
	if !ok || len(parts) < 3 {
		return nil, ""
	}
	return k.folders[withoutNumbers(parts[0]+"/"+parts[1])], parts[2]
}

// wants reports whether a file of a submission is used: one to edit, or a new one beside them that is no test.
func (k *catalogue) wants(file string) bool {
	if file == record {
		return true
	}
	f, name := k.find(file)
	if f == nil {
		return false
	}
	e := f.exercises[0]
	if slices.Contains(e.Edit, name) {
		return true
	}
	_, given := f.given[name]
	hidden := strings.HasPrefix(name, ".") || strings.Contains(name, "/.")
	return !given && !hidden && !variant.IsTest(name) && path.Base(name) != "README.md" && path.Base(name) != "hints.md"
}

// answer is what was handed in for one folder, laid out in a folder of its own.
type answer struct {
	*folder
	variant  variant.Variant
	digest   string // of the files
	refused  string // why it is not run: it reaches beyond its exercise
	attempts bool   // it is no longer the start
}

// layOut writes the answers of a submission below dir, a folder inside the course's scratch.
func (k *catalogue) layOut(s *submission.Submission, dir string) ([]*answer, error) {
	files := map[*folder]map[string][]byte{}
	for file, text := range s.Files {
		if f, name := k.find(file); f != nil {
			if files[f] == nil {
				files[f] = map[string][]byte{}
			}
			files[f][name] = text
		}
	}
	var answers []*answer
	for f, texts := range files {
		a, err := k.one(s, f, texts, dir)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	slices.SortFunc(answers, func(a, b *answer) int { return strings.Compare(a.exercises[0].Dir, b.exercises[0].Dir) })
	return answers, nil
}

func (k *catalogue) one(s *submission.Submission, f *folder, texts map[string][]byte, dir string) (*answer, error) {
	e := f.exercises[0]
	place := filepath.Join(dir, filepath.FromSlash(e.Dir))
	for name, text := range texts {
		file := filepath.Join(place, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", s.Name, err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", s.Name, err)
		}
	}
	rel, err := filepath.Rel(k.course.Root, place)
	if err != nil {
		return nil, fmt.Errorf("lay out %s: %w", s.Name, err)
	}
	a := &answer{folder: f, variant: variant.Variant{Kind: variant.HandedIn, Name: s.Name, Dir: filepath.ToSlash(rel)}}
	names := slices.Sorted(maps.Keys(texts))
	if a.digest, err = variant.Digest(k.course, a.variant.Dir, names); err != nil {
		return nil, err
	}
	if a.attempts, err = variant.AttemptedIn(k.course, e, a.variant); err != nil {
		return nil, err
	}
	for _, name := range names {
		if why := reachesOut(e, name, texts[name]); why != "" {
			a.refused = name + " " + why
			break
		}
	}
	return a, nil
}
