package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
)

func (a *app) listCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [EXERCISE|STEP]...",
		Short: "List the exercises and how they stood when they were last checked",
		RunE: func(_ *cobra.Command, names []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			exercises, err := w.find(names)
			if err != nil {
				return err
			}
			return a.list(w, exercises)
		},
	}
	a.addJSON(cmd)
	return cmd
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
}

func (a *app) list(w *workbook, exercises []*course.Exercise) error {
	var all []listed
	for _, e := range exercises {
		status, err := w.standing(e)
		if err != nil {
			return err
		}
		l := listed{ID: e.ID, Number: e.Number, Title: e.Title, Step: e.Step.Slug, Minutes: e.Minutes,
			Difficulty: e.Difficulty, Status: status, Needs: e.Needs, After: e.After}
		for _, name := range e.Edit {
			l.Edit = append(l.Edit, e.Dir+"/"+name)
		}
		all = append(all, l)
	}
	if a.json {
		return writeJSON(a.Out, map[string]any{"version": 1, "exercises": all})
	}
	for i, l := range all {
		if i == 0 || all[i-1].Step != l.Step {
			step := exercises[i].Step
			fmt.Fprintf(a.Out, "\n%d  %s\n", step.Number, step.Title)
		}
		fmt.Fprintf(a.Out, "  %-6s %-44s %3d min  difficulty %d  %s\n", l.Number, l.Title, l.Minutes, l.Difficulty, l.Status)
	}
	return nil
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
	if !attempted {
		if slices.ContainsFunc(e.After, func(id string) bool { return !w.passing(id) }) {
			return string(grade.Blocked), nil
		}
		return string(grade.NotStarted), nil
	}
	switch last := w.standings[e.ID].Last.Status; last {
	case "":
		return "not checked yet", nil
	case string(grade.Passing):
		return "changed since it passed", nil
	default:
		return last, nil
	}
}
