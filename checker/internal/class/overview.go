package class

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
)

// Overview is how a class stands.
type Overview struct {
	Rows      []Row
	Exercises []Column    // those that anybody has a result of, in their order
	Blocking  []Blocking  // tests that do not pass, those that most learners fail first
	Mistakes  []Beliefs   // known mistakes, those that most learners have met first
	Absent    []Row       // in the roster, and nothing handed in
	NotBegun  []Row       // handed in, and not one exercise begun
	Unknown   []Row       // handed in, and not in the roster
	Times     []time.Time // of the oldest grading and of the latest; none without a result
}

// Column is an exercise, with how many learners stand where in it.
type Column struct {
	ID, Number, Title string
	By                map[grade.Status]int
	Missing           int // learners without any result of it
}

// Step is the number of the step: "3" of "3.6".
func (c Column) Step() string {
	step, _, _ := strings.Cut(c.Number, ".")
	return step
}

// Blocking is a test, and who does not pass it.
type Blocking struct {
	Exercise *Column
	Test     string   // "" when the answer does not compile
	Learners []string // in the order of the rows
	Tried    int      // learners whose tests of the exercise were run, or whose answer does not compile
}

// Beliefs is a known mistake, and what a class did with it.
type Beliefs struct {
	Exercise *Column
	Name     string
	Belief   string
	Now      []string // learners whose graded answer looks like it
	Met      []string // learners whose record tells of it, by their own account
	Overcome int      // of those in Met
	Checks   int      // of those in Met: the median of the checks that looked like it
	Lasted   time.Duration
	// Lasted is the median, over those who have overcome it, of the time from the first such check until the exercise passed.
}

// Survey sums a class up.
func Survey(rows []Row) *Overview {
	o := &Overview{Rows: rows}
	for _, row := range rows {
		switch {
		case row.Graded == nil:
			o.Absent = append(o.Absent, row)
			continue
		case row.Unknown:
			o.Unknown = append(o.Unknown, row)
		}
		if begun(row.Graded) == 0 && row.Graded.Problem == "" {
			o.NotBegun = append(o.NotBegun, row)
		}
		o.addTime(row.Graded.Time)
		for _, r := range row.Graded.Exercises {
			o.column(r).By[r.Status]++
		}
	}
	for i := range o.Exercises {
		counted := 0
		for n := range maps.Values(o.Exercises[i].By) {
			counted += n
		}
		o.Exercises[i].Missing = len(rows) - counted
	}
	slices.SortStableFunc(o.Exercises, func(a, b Column) int { return compareNumbers(a.Number, b.Number) })
	o.findBlocking()
	o.findMistakes()
	return o
}

func begun(g *Graded) int {
	n := 0
	for _, r := range g.Exercises {
		if r.Status != grade.NotStarted {
			n++
		}
	}
	return n
}

func (o *Overview) addTime(at time.Time) {
	if len(o.Times) == 0 {
		o.Times = []time.Time{at, at}
	}
	if at.Before(o.Times[0]) {
		o.Times[0] = at
	}
	if at.After(o.Times[1]) {
		o.Times[1] = at
	}
}

// column is the exercise of a result. The pointer holds until the next one is added.
func (o *Overview) column(r *grade.Result) *Column {
	i := slices.IndexFunc(o.Exercises, func(c Column) bool { return c.ID == r.ID })
	if i < 0 {
		o.Exercises = append(o.Exercises, Column{ID: r.ID, Number: r.Number, Title: r.Title, By: map[grade.Status]int{}})
		i = len(o.Exercises) - 1
	}
	return &o.Exercises[i]
}

// compareNumbers puts 3.10 behind 3.9.
func compareNumbers(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y))
	})
}

// results visits every result, with its column.
func (o *Overview) results(visit func(row Row, c *Column, r *grade.Result)) {
	for _, row := range o.Rows {
		if row.Graded == nil {
			continue
		}
		for _, r := range row.Graded.Exercises {
			visit(row, o.column(r), r)
		}
	}
}

func (o *Overview) findBlocking() {
	tried := map[string]int{}
	found := map[[2]string]*Blocking{}
	block := func(c *Column, test, learner string) {
		key := [2]string{c.ID, test}
		if found[key] == nil {
			found[key] = &Blocking{Exercise: c, Test: test}
		}
		found[key].Learners = append(found[key].Learners, learner)
	}
	o.results(func(row Row, c *Column, r *grade.Result) {
		switch r.Status {
		case grade.Broken:
			tried[c.ID]++
			block(c, "", row.Learner)
		case grade.Failing, grade.Passing:
			tried[c.ID]++
			for _, t := range r.Tests {
				if t.Outcome != gotest.Passed {
					block(c, t.Name, row.Learner)
				}
			}
		}
	})
	for _, b := range found {
		b.Tried = tried[b.Exercise.ID]
		o.Blocking = append(o.Blocking, *b)
	}
	slices.SortFunc(o.Blocking, func(a, b Blocking) int {
		return cmp.Or(cmp.Compare(len(b.Learners), len(a.Learners)), compareNumbers(a.Exercise.Number, b.Exercise.Number), strings.Compare(a.Test, b.Test))
	})
}

func (o *Overview) findMistakes() {
	found := map[[2]string]*Beliefs{}
	of := func(c *Column, name, belief string) *Beliefs {
		key := [2]string{c.ID, name}
		if found[key] == nil {
			found[key] = &Beliefs{Exercise: c, Name: name, Belief: belief}
		}
		return found[key]
	}
	o.results(func(row Row, c *Column, r *grade.Result) {
		for _, m := range r.Mistakes {
			b := of(c, m.Name, m.Belief)
			b.Now = append(b.Now, row.Learner)
		}
	})
	checks, lasted := map[*Beliefs][]int{}, map[*Beliefs][]time.Duration{}
	for _, row := range o.Rows {
		if row.Graded == nil {
			continue
		}
		for _, m := range row.Graded.Met {
			i := slices.IndexFunc(o.Exercises, func(c Column) bool { return c.ID == m.Exercise })
			if i < 0 {
				continue
			}
			b := of(&o.Exercises[i], m.Name, m.Belief)
			b.Met = append(b.Met, row.Learner)
			checks[b] = append(checks[b], m.Times)
			if m.Ended != nil {
				b.Overcome++
				lasted[b] = append(lasted[b], m.Ended.Sub(m.First))
			}
		}
	}
	for _, b := range found {
		b.Checks, b.Lasted = median(checks[b]), median(lasted[b])
		o.Mistakes = append(o.Mistakes, *b)
	}
	slices.SortFunc(o.Mistakes, func(a, b Beliefs) int {
		return cmp.Or(cmp.Compare(b.Learners(), a.Learners()), compareNumbers(a.Exercise.Number, b.Exercise.Number), strings.Compare(a.Name, b.Name))
	})
}

// Learners counts those who have met the mistake, by the grading or by their own account.
func (b Beliefs) Learners() int {
	n := len(b.Now)
	for _, l := range b.Met {
		if !slices.Contains(b.Now, l) {
			n++
		}
	}
	return n
}

// median is the middle one, of two the lower, and 0 of none.
func median[T cmp.Ordered](values []T) T {
	if len(values) == 0 {
		return *new(T)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
