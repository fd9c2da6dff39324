// Package journal sums a learner's record up: what passes, how it went, what was learned on the way.
//
// Sum makes a value, and the renderers beside it only read that.
package journal

import (
	"cmp"
	"slices"
	"time"

	"workbook/checker/internal/progress"
)

// Status words that are not of a check.
const passing = "passing"

// Journal is the learner's own report.
type Journal struct {
	Version  int       `json:"version"` // of this format: 1
	Made     time.Time `json:"made"`
	Totals   Totals    `json:"totals"`
	Steps    []Step    `json:"steps"`
	Days     []Day     `json:"days"`     // those with a check, in order
	Mistakes []Mistake `json:"mistakes"` // known mistakes that were met, the latest first
	Faults   []string  `json:"faults"`   // what is wrong with the record
}

// Totals are sums over the whole course.
type Totals struct {
	Exercises   int `json:"exercises"`
	Passing     int `json:"passing"`
	Checks      int `json:"checks"`
	Hints       int `json:"hints"`
	Solutions   int `json:"solutions"`   // seen before the exercise passed for the first time
	MinutesDone int `json:"minutesDone"` // by the minutes that passing exercises give
	MinutesLeft int `json:"minutesLeft"`
}

// Step is one step of the course.
type Step struct {
	Number  int     `json:"number"`
	Title   string  `json:"title"`
	Passing int     `json:"passing"`
	Total   int     `json:"total"`
	Points  []Point `json:"points"`
}

// Point is one point of the roadmap: a part of the step's lesson, with the exercises that practise it.
type Point struct {
	Title     string     `json:"title"` // "" for exercises that no part of the lesson names
	Passing   int        `json:"passing"`
	Exercises []Exercise `json:"exercises"`
}

// Exercise is how one exercise went.
type Exercise struct {
	ID           string     `json:"id"`
	Number       string     `json:"number"`
	Title        string     `json:"title"`
	Minutes      int        `json:"minutes"`
	Difficulty   int        `json:"difficulty"`
	Status       string     `json:"status"`
	Checks       int        `json:"checks"`
	Hints        int        `json:"hints"`
	HintsThere   int        `json:"hintsThere"`
	SolutionSeen bool       `json:"solutionSeen"` // before it passed for the first time
	Begun        *time.Time `json:"begun,omitempty"`
	Passed       *time.Time `json:"passed,omitempty"` // for the first time
}

// Day is the checks of one day, in the zone of Made.
type Day struct {
	Date    string `json:"date"` // 2026-05-17
	Checks  int    `json:"checks"`
	Passing int    `json:"passing"` // exercises that passed for the first time
}

// Mistake is a known mistake that a check looked like.
type Mistake struct {
	Exercise string     `json:"exercise"` // identity
	Number   string     `json:"number"`
	Name     string     `json:"name"`
	Belief   string     `json:"belief"` // "" when the course knows the mistake no more
	Times    int        `json:"times"`
	First    time.Time  `json:"first"`
	Last     time.Time  `json:"last"`
	Overcome bool       `json:"overcome"`        // the exercise passed afterwards
	Ended    *time.Time `json:"ended,omitempty"` // when it first did
}

// Subject is what the journal has to know of an exercise that the record does not tell.
type Subject struct {
	ID, Number, Title   string
	Step                int
	StepTitle           string
	Point               string // title of the lesson's part that it practises
	Minutes, Difficulty int
	Hints               int               // how many there are
	Status              string            // how it stands now
	Beliefs             map[string]string // by name of the known mistake
}

// Sum sums the record up for the exercises of a course, which come in their order. Days are those of made's zone.
func Sum(subjects []Subject, entries []progress.Entry, faults []progress.Fault, made time.Time) *Journal {
	j := &Journal{Version: 1, Made: made, Steps: []Step{}, Days: []Day{}, Mistakes: []Mistake{}, Faults: []string{}}
	for _, f := range faults {
		j.Faults = append(j.Faults, f.String())
	}
	histories := histories(entries)
	for _, s := range subjects {
		j.add(s, histories[s.ID])
	}
	j.count(entries, histories)
	slices.SortStableFunc(j.Mistakes, func(a, b Mistake) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Name, b.Name))
	})
	return j
}

// history is what the record tells of one exercise.
type history struct {
	checks, hints int
	begun, passed *time.Time
	seen          bool // the solution, before it passed
	mistakes      map[string]*Mistake
}

func histories(entries []progress.Entry) map[string]*history {
	all := map[string]*history{}
	for _, e := range entries {
		h := all[e.Exercise]
		if h == nil {
			h = &history{mistakes: map[string]*Mistake{}}
			all[e.Exercise] = h
		}
		h.add(e)
	}
	return all
}

func (h *history) add(e progress.Entry) {
	at := e.Time
	switch e.Event {
	case progress.Hint:
		h.hints = max(h.hints, e.Hints)
	case progress.Solution:
		h.seen = h.seen || h.passed == nil
	case progress.Check:
		h.checks++
		if h.begun == nil {
			h.begun = &at
		}
		if e.Status == passing {
			h.overcome(at)
			if h.passed == nil {
				h.passed = &at
			}
		}
		for _, name := range e.Mistakes {
			m := h.mistakes[name]
			if m == nil {
				m = &Mistake{Name: name, First: at}
				h.mistakes[name] = m
			}
			m.Times++
			m.Last, m.Overcome, m.Ended = at, false, nil
		}
	}
}

// overcome ends the mistakes that were met before the exercise passed.
func (h *history) overcome(at time.Time) {
	for _, m := range h.mistakes {
		if m.Ended == nil {
			m.Overcome, m.Ended = true, &at
		}
	}
}

// add puts an exercise into its place.
func (j *Journal) add(s Subject, h *history) {
	if h == nil {
		h = &history{}
	}
	if n := len(j.Steps); n == 0 || j.Steps[n-1].Number != s.Step {
		j.Steps = append(j.Steps, Step{Number: s.Step, Title: s.StepTitle})
	}
	step := &j.Steps[len(j.Steps)-1]
	i := slices.IndexFunc(step.Points, func(p Point) bool { return p.Title == s.Point })
	if i < 0 {
		step.Points = append(step.Points, Point{Title: s.Point})
		i = len(step.Points) - 1
	}
	point := &step.Points[i]
	point.Exercises = append(point.Exercises, Exercise{
		ID: s.ID, Number: s.Number, Title: s.Title, Minutes: s.Minutes, Difficulty: s.Difficulty, Status: s.Status,
		Checks: h.checks, Hints: min(h.hints, s.Hints), HintsThere: s.Hints, SolutionSeen: h.seen, Begun: h.begun, Passed: h.passed,
	})
	step.Total++
	j.Totals.Exercises++
	j.Totals.Checks += h.checks
	j.Totals.Hints += min(h.hints, s.Hints)
	if h.seen {
		j.Totals.Solutions++
	}
	if s.Status == passing {
		step.Passing++
		point.Passing++
		j.Totals.Passing++
		j.Totals.MinutesDone += s.Minutes
	} else {
		j.Totals.MinutesLeft += s.Minutes
	}
	for _, m := range h.mistakes {
		met := *m
		met.Exercise, met.Number, met.Belief = s.ID, s.Number, s.Beliefs[m.Name]
		j.Mistakes = append(j.Mistakes, met)
	}
}

// count sums the days up.
func (j *Journal) count(entries []progress.Entry, histories map[string]*history) {
	days := map[string]*Day{}
	day := func(at time.Time) *Day {
		date := at.In(j.Made.Location()).Format(time.DateOnly)
		if days[date] == nil {
			days[date] = &Day{Date: date}
		}
		return days[date]
	}
	for _, e := range entries {
		if e.Event == progress.Check {
			day(e.Time).Checks++
		}
	}
	for _, h := range histories {
		if h.passed != nil {
			day(*h.passed).Passing++
		}
	}
	for _, d := range days {
		j.Days = append(j.Days, *d)
	}
	slices.SortFunc(j.Days, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
}
