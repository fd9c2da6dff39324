package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
)

func (a *app) listCommand() *cobra.Command {
	var f listFilter
	cmd := &cobra.Command{
		Use:   "list [EXERCISE|STEP]...",
		Short: "List the exercises and how they stood when they were last checked",
		Example: `  checker list 3 --status failing,blocked
  checker list --difficulty 1-2 --minutes 30`,
		RunE: func(_ *cobra.Command, names []string) error {
			if err := f.parse(); err != nil {
				return usageError{err}
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			exercises, err := w.find(names)
			if err != nil {
				return err
			}
			return a.list(w, exercises, f)
		},
	}
	a.addJSON(cmd)
	cmd.Flags().StringSliceVar(&f.statuses, "status", nil, "only these: "+strings.Join(standings, ", "))
	cmd.Flags().StringVar(&f.difficulty, "difficulty", "1-5", "only this difficulty, or from one to another")
	cmd.Flags().IntVar(&f.minutes, "minutes", 0, "only what takes at most so many minutes; 0 for all")
	return cmd
}

// How an exercise can stand without being run: see workbook.standing.
const (
	notChecked = "not checked yet"
	changed    = "changed since it passed"
	stale      = "stale" // it passed, and an update has brought other tests
)

var standings = []string{
	string(grade.Passing), string(grade.Failing), string(grade.Broken), string(grade.NotStarted), string(grade.Blocked), string(grade.Unchecked), notChecked, changed, stale,
}

// listFilter says which exercises a list has.
type listFilter struct {
	statuses   []string
	difficulty string
	easiest    int
	hardest    int
	minutes    int
}

func (f *listFilter) parse() error {
	for _, s := range f.statuses {
		if !slices.Contains(standings, s) {
			return fmt.Errorf("--status %q is none: use %s", s, strings.Join(standings, ", "))
		}
	}
	from, to, isRange := strings.Cut(f.difficulty, "-")
	if !isRange {
		to = from
	}
	var err error
	if f.easiest, err = strconv.Atoi(from); err == nil {
		f.hardest, err = strconv.Atoi(to)
	}
	if err != nil || f.easiest < 1 || f.hardest > 5 || f.easiest > f.hardest {
		return fmt.Errorf("--difficulty %q: give a number from 1 to 5, or two such as 2-4", f.difficulty)
	}
	if f.minutes < 0 {
		return fmt.Errorf("--minutes is %d: 0 is the least, and means all", f.minutes)
	}
	return nil
}

func (f *listFilter) takes(l listed) bool {
	return (len(f.statuses) == 0 || slices.Contains(f.statuses, l.Status)) &&
		l.Difficulty >= f.easiest && l.Difficulty <= f.hardest && (f.minutes == 0 || l.Minutes <= f.minutes)
}

// listed is an exercise as `list --json` writes it.
type listed struct {
	ID         string   `json:"id"`
	Number     string   `json:"number"`
	Title      string   `json:"title"`
	Step       string   `json:"step"`
	Minutes    int      `json:"minutes"`
	Difficulty int      `json:"difficulty"`
	Status     string   `json:"status"`
	Needs      []string `json:"needs"`
	After      []string `json:"after"`
	Edit       []string `json:"edit"`

	step *course.Step
}

func (w *workbook) listed(e *course.Exercise) (listed, error) {
	status, err := w.standing(e)
	l := listed{ID: e.ID, Number: e.Number, Title: e.Title, Step: e.Step.Slug, Minutes: e.Minutes,
		Difficulty: e.Difficulty, Status: status, Needs: e.Needs, After: e.After, step: e.Step}
	for _, name := range e.Edit {
		l.Edit = append(l.Edit, e.Dir+"/"+name)
	}
	return l, err
}

func (a *app) list(w *workbook, exercises []*course.Exercise, f listFilter) error {
	all := []listed{}
	for _, e := range exercises {
		l, err := w.listed(e)
		if err != nil {
			return err
		}
		if f.takes(l) {
			all = append(all, l)
		}
	}
	if a.json {
		return writeJSON(a.Out, map[string]any{"version": 1, "exercises": all})
	}
	passing, minutes := 0, 0
	for i, l := range all {
		if i == 0 || all[i-1].Step != l.Step {
			fmt.Fprintf(a.Out, "\n%d  %s\n", l.step.Number, l.step.Title)
		}
		fmt.Fprintf(a.Out, "  %-6s %-44s %3d min  difficulty %d  %s\n", l.Number, l.Title, l.Minutes, l.Difficulty, l.Status)
		if l.Status == string(grade.Passing) {
			passing++
		} else {
			minutes += l.Minutes
		}
	}
	fmt.Fprintf(a.Out, "\n%d exercises, %d passing; %s left, by the minutes that they give.\n", len(all), passing, hours(minutes))
	return nil
}

// hours is a number of minutes as a person says it.
func hours(minutes int) string {
	if minutes < 90 {
		return fmt.Sprintf("%d minutes", minutes)
	}
	return fmt.Sprintf("about %d hours", (minutes+30)/60)
}

// standing says how an exercise stands without running anything: by the record, as long as the files are those that were
// checked.
func (w *workbook) standing(e *course.Exercise) (string, error) {
	attempted, err := w.attempted(e)
	if err != nil {
		return "", err
	}
	if w.passing(e.ID) {
		return string(grade.Passing), nil
	}
	if w.stale(e.ID) {
		return stale, nil
	}
	if !attempted {
		if slices.ContainsFunc(e.After, func(id string) bool { return !w.passing(id) }) {
			return string(grade.Blocked), nil
		}
		return string(grade.NotStarted), nil
	}
	switch last := w.standings[e.ID].Last.Status; last {
	case "":
		return notChecked, nil
	case string(grade.Passing):
		return changed, nil
	default:
		return last, nil
	}
}
