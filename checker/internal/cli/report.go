package cli

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"workbook/checker/internal/journal"
	"workbook/checker/internal/markdown"
)

func (a *app) reportCommand() *cobra.Command {
	var format, output string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Report your progress: what passes, how it went, which mistakes you have overcome",
		Long: `Report sums your record up, without running anything. As HTML it is one page that needs nothing else, to be printed or
handed in: it goes into .workbook/report.html unless --output says otherwise.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				format = "json"
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			j, err := w.journal()
			if err != nil {
				return err
			}
			return a.report(w, j, format, output)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, markdown, json or html")
	cmd.Flags().StringVar(&output, "output", "", "the file to write; - for the terminal")
	a.addJSON(cmd)
	return cmd
}

func (a *app) report(w *workbook, j *journal.Journal, format, output string) error {
	var text []byte
	var err error
	switch format {
	case "text":
		text = j.Text()
	case "markdown":
		text = j.Markdown()
	case "json":
		text, err = j.JSON()
	case "html":
		text, err = j.HTML()
		if output == "" {
			output = w.Path(".workbook", "report.html")
		}
	default:
		return usageError{fmt.Errorf("--format %q is none: use text, markdown, json or html", format)}
	}
	if err != nil {
		return err
	}
	if output == "" || output == "-" {
		_, err := a.Out.Write(text)
		return err
	}
	if err := replace(output, text); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	a.say("The report is in %s", output)
	return nil
}

// replace writes a file whole or not at all.
func replace(file string, text []byte) error {
	aside, err := os.CreateTemp(filepath.Dir(file), ".report-*")
	if err != nil {
		return err
	}
	defer os.Remove(aside.Name()) // gone already, when all went well
	if _, err := aside.Write(text); err != nil {
		return err
	}
	if err := aside.Chmod(0o644); err != nil {
		return err
	}
	if err := aside.Close(); err != nil {
		return err
	}
	return os.Rename(aside.Name(), file)
}

// journal sums up the record for the exercises as they stand now.
func (w *workbook) journal() (*journal.Journal, error) {
	entries, faults, err := w.log.Entries()
	if err != nil {
		return nil, err
	}
	lessons := map[string]markdown.Page{}
	var subjects []journal.Subject
	for _, e := range w.Exercises() {
		status, err := w.standing(e)
		if err != nil {
			return nil, err
		}
		page, read := lessons[e.Step.Folder]
		if !read {
			if page, err = markdown.Read(w.Root, path.Join("lessons", e.Step.Folder, "README.md")); err != nil {
				return nil, err
			}
			lessons[e.Step.Folder] = page
		}
		part, _ := page.PartFor(e.Number) // none: the exercise is listed all the same
		s := journal.Subject{
			ID: e.ID, Number: e.Number, Title: e.Title, Step: e.Step.Number, StepTitle: e.Step.Title, Point: part.Title,
			Minutes: e.Minutes, Difficulty: e.Difficulty, Hints: len(e.Hints), Status: status, Beliefs: map[string]string{},
		}
		if record, err := w.LoadRecord(e); err == nil { // without one there are no beliefs to show
			for _, m := range record.Mistakes {
				s.Beliefs[m.Name] = m.Belief
			}
		}
		subjects = append(subjects, s)
	}
	return journal.Sum(subjects, entries, faults, time.Now()), nil
}
