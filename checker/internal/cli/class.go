package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"workbook/checker/internal/class"
	"workbook/checker/internal/gradebook"
)

func (a *app) classCommand() *cobra.Command {
	var roster, format, output string
	cmd := &cobra.Command{
		Use:   "class [RESULTS]...",
		Short: "For instructors: bring the results of a class together, for a gradebook",
		Long: `Class reads what grade has written: files, or folders of them; .workbook/graded by default. It runs nothing. Of a
learner who was graded twice, with other exercises or where one grading could not check them, the results are put together.
A roster is a CSV file with a column learner, which holds the names of the submissions, and any of name, id, email and
section. Who is in it and has handed in nothing is listed, and so is whoever has handed in and is not in it.`,
		Example: "  checker class --roster roster.csv --format html --output class.html\n  checker class --roster roster.csv --format canvas --output grades.csv",
		RunE: func(_ *cobra.Command, from []string) error {
			all, err := a.readResults(from)
			if err != nil {
				return err
			}
			var members []class.Member
			if roster != "" {
				f, err := os.Open(roster)
				if err != nil {
					return usageError{fmt.Errorf("read the roster: %w", err)}
				}
				members, err = class.ReadRoster(roster, f)
				if err := errors.Join(err, f.Close()); err != nil {
					return usageError{err}
				}
			}
			return a.class(class.Join(members, all), format, output)
		},
	}
	cmd.Flags().StringVar(&roster, "roster", "", "who is in the class: a CSV file")
	cmd.Flags().StringVar(&format, "format", "text", "text, html (a page to sort and filter), csv (a column an exercise and a test), canvas, moodle")
	cmd.Flags().StringVar(&output, "output", "", "the file to write; the terminal by default")
	return cmd
}

// readResults reads results from files and folders. A file that is named and holds none is an error; in a folder it is
// somebody else's.
func (a *app) readResults(from []string) ([]*class.Graded, error) {
	if len(from) == 0 {
		c, err := a.loadCourse()
		if err != nil {
			return nil, err
		}
		from = []string{c.Path(".workbook", "graded")}
	}
	var all []*class.Graded
	at, source := map[string]int{}, map[string]string{}
	for _, path := range from {
		some, err := readSome(path)
		if err != nil {
			return nil, usageError{err}
		}
		for _, g := range some {
			i, known := at[g.Learner]
			if !known {
				at[g.Learner], source[g.Learner] = len(all), path
				all = append(all, g)
				continue
			}
			if all[i], err = class.Merge(all[i], g); err != nil {
				return nil, usageError{fmt.Errorf("%s and %s %w: name one", source[g.Learner], path, err)}
			}
		}
	}
	if len(all) == 0 {
		return nil, usageError{fmt.Errorf("there is no result in %s: `checker grade` writes them", strings.Join(from, ", "))}
	}
	return all, nil
}

func readSome(path string) ([]*class.Graded, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	if info.IsDir() {
		return readGraded(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	var g class.Graded
	if err := json.Unmarshal(text, &g); err != nil || g.Version != 1 || g.Learner == "" {
		return nil, fmt.Errorf("read results: %s is none that this checker has written", path)
	}
	return []*class.Graded{&g}, nil
}

func (a *app) class(rows []class.Row, format, output string) error {
	var text []byte
	switch write, known := gradebook.Classes[format]; {
	case format == "text":
		text = gradebook.ClassText(rows)
	case !known:
		return usageError{fmt.Errorf("--format %q is none: use text, %s", format, strings.Join(sorted(gradebook.Classes), ", "))}
	default:
		var err error
		if text, err = write(rows); err != nil {
			return err
		}
	}
	if output != "" {
		if err := replace(filepath.Clean(output), text); err != nil {
			return fmt.Errorf("write the class: %w", err)
		}
		return nil
	}
	_, err := a.Out.Write(text)
	return err
}
