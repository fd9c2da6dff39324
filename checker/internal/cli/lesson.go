package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"workbook/checker/internal/course"
	"workbook/checker/internal/markdown"
	"workbook/checker/internal/render"
)

func (a *app) lessonCommand() *cobra.Command {
	var whole bool
	cmd := &cobra.Command{
		Use:   "lesson [EXERCISE|STEP]",
		Short: "Read the part of the lesson that an exercise practises, or a step's whole lesson",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, names []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			r, err := w.reading(names, whole)
			if err != nil {
				return err
			}
			if a.json {
				return writeJSON(a.Out, r)
			}
			return a.read(r.text())
		},
	}
	a.addJSON(cmd)
	cmd.Flags().BoolVar(&whole, "whole", false, "the whole lesson, also for an exercise")
	return cmd
}

// reading is what there is to read of a lesson, as `lesson --json` writes it.
type reading struct {
	Version  int      `json:"version"` // of this format: 1
	Lesson   string   `json:"lesson"`  // path of the page
	Step     int      `json:"step"`
	Exercise string   `json:"exercise,omitempty"` // identity of the one whose part it is; "" for the whole lesson
	Parts    []string `json:"parts"`              // Markdown
}

func (r reading) text() string {
	text := strings.Join(r.Parts, "\n") + "\n"
	if r.Exercise != "" {
		text += fmt.Sprintf("This is a part of %s: `checker lesson %d` shows all of it.\n", r.Lesson, r.Step)
	}
	return text
}

// reading finds what to read: for an exercise its part of the lesson, where the lesson names one.
func (w *workbook) reading(names []string, whole bool) (reading, error) {
	e, step, err := w.toRead(names)
	if err != nil {
		return reading{}, err
	}
	dir := path.Join("lessons", step.Folder)
	r := reading{Version: 1, Lesson: dir + "/README.md", Step: step.Number}
	page, err := markdown.Read(w.Root, r.Lesson)
	if err != nil {
		return reading{}, err
	}
	if e != nil && !whole {
		if part, found := page.PartFor(e.Number); found {
			r.Exercise, r.Parts = e.ID, []string{part.Spoken(dir)}
			return r, nil
		}
	}
	for _, part := range page.Parts() {
		r.Parts = append(r.Parts, part.Spoken(dir))
	}
	return r, nil
}

// toRead finds what a name stands for: one exercise with its step, or a step alone.
func (w *workbook) toRead(names []string) (*course.Exercise, *course.Step, error) {
	if len(names) == 1 {
		for _, s := range w.Steps {
			if names[0] == fmt.Sprint(s.Number) || names[0] == s.Slug || names[0] == s.Folder {
				return nil, s, nil
			}
		}
	}
	e, err := w.one(names)
	if err != nil {
		return nil, nil, err
	}
	return e, e.Step, nil
}

// read shows Markdown: on a terminal rendered, through a pager when there is one; elsewhere as it is.
func (a *app) read(text string) error {
	out, ok := a.Out.(*os.File)
	if !ok || !a.colour() || !term.IsTerminal(int(out.Fd())) {
		_, err := io.WriteString(a.Out, text)
		return err
	}
	columns, _, err := term.GetSize(int(out.Fd()))
	if err != nil {
		columns = 80
	}
	page, err := render.Page(text, columns, lipgloss.HasDarkBackground(os.Stdin, out))
	if err != nil {
		return err
	}
	return a.throughPager(page)
}

// throughPager hands the text to the pager that $PAGER names, or to less. Without one it is written as it is.
func (a *app) throughPager(text string) error {
	command := strings.Fields(os.Getenv("PAGER"))
	if len(command) == 0 {
		command = []string{"less", "-FRX"}
	}
	program, err := exec.LookPath(command[0])
	if err != nil {
		_, err := io.WriteString(a.Out, text)
		return err
	}
	pager := exec.Command(program, command[1:]...)
	pager.Stdin, pager.Stdout, pager.Stderr = strings.NewReader(text), a.Out, a.Err
	if err := pager.Run(); err != nil {
		return fmt.Errorf("run the pager %s: %w", command[0], err)
	}
	return nil
}
