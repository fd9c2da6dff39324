package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/render"
	"workbook/checker/internal/variant"
	"workbook/checker/internal/watch"
)

func (a *app) watchCommand() *cobra.Command {
	var poll bool
	cmd := &cobra.Command{
		Use:   "watch [EXERCISE]",
		Short: "Check an exercise each time you save; without a name, the one that comes next",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			if !isTerminal(a.In) || !isTerminal(a.Out) {
				return usageError{errors.New("watch needs a terminal: elsewhere, `checker check` checks once")}
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			d := &desk{app: a, w: w, dark: lipgloss.HasDarkBackground(os.Stdin, os.Stdout)}
			e, err := w.one(names)
			switch {
			case err == nil:
				d.current = e.ID
			case len(names) > 0:
				return err
			}
			d.count()
			told := !poll && watch.Told(cmd.Context(), filepath.Join(w.Root, ".workbook"))
			return watch.Run(cmd.Context(), d, told)
		},
	}
	a.addPostgres(cmd)
	cmd.Flags().BoolVar(&poll, "poll", false, "look for changes every half second instead of being told by the system")
	return cmd
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// desk is the workbook as the watching interface uses it.
type desk struct {
	app  *app
	dark bool // the terminal's background

	mu      sync.Mutex // Check runs beside everything else
	w       *workbook
	current string // identity; "" when everything passes
	done    int
	total   int
}

var _ watch.Desk = (*desk)(nil)

// now is the workbook with the current exercise, which is nil when everything passes.
func (d *desk) now() (*workbook, *course.Exercise) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.w, d.w.ByID(d.current)
}

// refresh reads the workbook's files and record anew.
func (d *desk) refresh() error {
	w, err := d.app.open()
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.w = w
	d.mu.Unlock()
	d.count()
	return nil
}

func (d *desk) count() {
	w, _ := d.now()
	done, total := 0, 0
	for _, e := range w.Exercises() {
		total++
		if w.passing(e.ID) {
			done++
		}
	}
	d.mu.Lock()
	d.done, d.total = done, total
	d.mu.Unlock()
}

func (d *desk) Progress() (done, total int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done, d.total
}

func (d *desk) Current() (watch.Exercise, bool) {
	w, e := d.now()
	if e == nil {
		return watch.Exercise{}, false
	}
	return watch.Exercise{ID: e.ID, Number: e.Number, Title: e.Title, Dir: w.Path(e.Dir)}, true
}

func (d *desk) Choose(id string) error {
	if err := d.refresh(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.w.ByID(id) == nil {
		return fmt.Errorf("there is no exercise %q any more", id)
	}
	d.current = id
	return nil
}

// Next takes the exercises after the current one first, then those before it.
func (d *desk) Next() (id string, found bool) {
	w, e := d.now()
	all := w.Exercises()
	from := 0
	if e != nil {
		from = slices.Index(all, e) + 1
	}
	for _, other := range slices.Concat(all[from:], all[:from]) {
		waits := slices.ContainsFunc(other.After, func(id string) bool { return !w.passing(id) })
		if other != e && !waits && !w.passing(other.ID) && grade.Lacks(other) == "" {
			return other.ID, true
		}
	}
	return "", false
}

func (d *desk) List() ([]watch.Line, error) {
	if err := d.refresh(); err != nil {
		return nil, err
	}
	w, _ := d.now()
	var lines []watch.Line
	for _, e := range w.Exercises() {
		status, err := w.standing(e)
		if err != nil {
			return nil, err
		}
		mark := map[string]string{stale: "!", string(grade.Passing): "✓", string(grade.NotStarted): "○", string(grade.Blocked): "–"}[status]
		if mark == "" {
			mark = "✗"
		}
		lines = append(lines, watch.Line{ID: e.ID, Text: fmt.Sprintf("%s %-6s %-42s %3d min  %s", mark, e.Number, e.Title, e.Minutes, status)})
	}
	return lines, nil
}

// spoken runs a part of another command and returns what it writes.
func (d *desk) spoken(command func(a *app, w *workbook, e *course.Exercise) error) (string, error) {
	w, e := d.now()
	var out bytes.Buffer
	a := *d.app
	a.Out, a.Err = &out, &out
	if err := command(&a, w, e); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()), d.refresh()
}

func (d *desk) Hint(columns int) (string, error) {
	text, err := d.spoken((*app).hint)
	if err != nil {
		return "", err
	}
	return render.Page(text, columns, d.dark)
}

func (d *desk) Reset() (string, error) {
	text, err := d.spoken((*app).reset)
	return strings.Join(strings.Fields(text), " "), err
}

func (d *desk) Lesson(columns int) (string, error) {
	w, e := d.now()
	r, err := w.reading([]string{e.ID}, false)
	if err != nil {
		return "", err
	}
	return render.Page(r.text(), columns, d.dark)
}

func (d *desk) Check(ctx context.Context, all bool, said func(string)) (watch.Verdict, error) {
	if err := d.refresh(); err != nil {
		return watch.Verdict{}, err
	}
	w, e := d.now()
	a := *d.app
	a.Err = sayer(said)
	items := []grade.Item{{Exercise: e, Variant: variant.YoursVariant}}
	if all || e == nil {
		var err error
		if items, err = w.items(nil, string(variant.Yours)); err != nil {
			return watch.Verdict{}, err
		}
	}
	report, err := a.grade(ctx, w, items)
	if err != nil {
		return watch.Verdict{}, err
	}
	if err := w.noteUpdates(report); err != nil {
		return watch.Verdict{}, err
	}
	if err := w.keep(report, !all); err != nil {
		return watch.Verdict{}, err
	}
	if err := d.refresh(); err != nil {
		return watch.Verdict{}, err
	}
	return told(report)
}

// told is the report as the interface shows it.
func told(report *grade.Report) (watch.Verdict, error) {
	v := watch.Verdict{Passing: true, Summary: fmt.Sprintf("%d exercises checked", len(report.Exercises))}
	for _, r := range report.Exercises {
		v.Passing = v.Passing && r.Status == grade.Passing
	}
	if len(report.Exercises) == 1 {
		r := report.Exercises[0]
		v.Summary = string(r.Status)
		if r.Required > 0 && r.Status != grade.Blocked {
			v.Summary = fmt.Sprintf("%s  %d of %d tests", r.Status, r.Passed, r.Required)
		}
	}
	for text, full := range map[*string]bool{&v.Short: false, &v.Full: true} {
		var b strings.Builder
		if err := render.Text(&b, report, render.Options{Colour: true, All: full, Asked: true}); err != nil {
			return v, err
		}
		*text = b.String()
	}
	if v.Passing && len(report.Exercises) == 1 {
		v.Short += fmt.Sprintf("\nn goes on. How others do it, and why: make solution EX=%s\n", report.Exercises[0].Number)
	}
	return v, nil
}

// sayer hands on each line that is written.
type sayer func(string)

func (s sayer) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		s(strings.TrimSpace(line))
	}
	return len(text), nil
}
