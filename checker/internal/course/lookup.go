package course

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// NotFoundError says that a name fits no exercise. Near is the closest name there is, or empty.
type NotFoundError struct{ Name, Near string }

func (e *NotFoundError) Error() string {
	if e.Near == "" {
		return fmt.Sprintf("no exercise %q: `make list` shows them all", e.Name)
	}
	return fmt.Sprintf("no exercise %q: did you mean %s?", e.Name, e.Near)
}

// Lookup finds what a person calls an exercise: its number (3.6), its slug (move-money), its identity
// (databases/move-money) or its folder, also as an absolute path. A project stands for all its milestones, a step
// (3, databases) for all its exercises. The error is of type *NotFoundError.
func (c *Course) Lookup(name string) ([]*Exercise, error) {
	if filepath.IsAbs(name) {
		if rel, err := filepath.Rel(c.Root, name); err == nil {
			name = rel
		}
	}
	clean := strings.TrimSuffix(filepath.ToSlash(name), "/")
	var found []*Exercise
	for _, s := range c.Steps {
		if clean == fmt.Sprint(s.Number) || clean == s.Slug || clean == s.Folder || clean == path.Join("exercises", s.Folder) {
			return s.Exercises, nil
		}
		for _, e := range s.Exercises {
			if e.answersTo(clean) {
				found = append(found, e)
			}
		}
	}
	if len(found) == 0 {
		return nil, &NotFoundError{Name: name, Near: nearest(clean, c.names())}
	}
	return found, nil
}

func (e *Exercise) answersTo(name string) bool {
	for _, own := range []string{e.ID, e.Number, e.Slug, e.Dir, path.Base(e.Dir)} {
		if name == own {
			return true
		}
	}
	if e.Milestone == nil {
		return false
	}
	project, number := e.Milestone.Project, e.Number[:strings.LastIndex(e.Number, ".")]
	return name == project || name == path.Base(project) || name == number
}

// names lists what Lookup can be asked for, to suggest from.
func (c *Course) names() []string {
	var names []string
	for _, s := range c.Steps {
		names = append(names, s.Slug)
		for _, e := range s.Exercises {
			names = append(names, e.ID, e.Slug)
			if e.Milestone != nil {
				names = append(names, e.Milestone.Project, path.Base(e.Milestone.Project))
			}
		}
	}
	return names
}

// nearest returns the candidate with the smallest edit distance to name, or "" when even that one is far off.
func nearest(name string, candidates []string) string {
	best, bestDistance := "", len(name)/2+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is Levenshtein's: insertions, deletions and substitutions of bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}
