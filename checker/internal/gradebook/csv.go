package gradebook

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"workbook/checker/internal/class"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/grade"
)

// Classes are the ways to write a whole class, by name: tables as CSV, and a page.
var Classes = map[string]func([]class.Row) ([]byte, error){
	"html":   Page,
	"csv":    CSV,
	"canvas": Canvas,
	"moodle": Moodle,
}

// CSV has one row a learner, one column an exercise with its status, and one column a test with its outcome. What is not
// known is "unchecked", and what was not handed in is empty: no result is made up.
func CSV(rows []class.Row) ([]byte, error) {
	exercises, tests := columnsOf(rows)
	header := []string{"learner", "name", "id", "email", "section", "passing", "score"}
	for _, e := range exercises {
		header = append(header, e.id)
	}
	for _, t := range tests {
		header = append(header, t.exercise+" "+t.name)
	}
	table := [][]string{header}
	for _, row := range rows {
		line := []string{row.Learner, row.Name, row.ID, row.Email, row.Section, "", ""}
		results, outcomes := map[string]*grade.Result{}, map[testColumn]gotest.Outcome{}
		if row.Graded != nil {
			t := row.Graded.Totals()
			line[5], line[6] = strconv.Itoa(t.Passed), number(t.Earned)
			for _, r := range row.Graded.Exercises {
				results[r.ID] = r
				for _, test := range r.Tests {
					outcomes[testColumn{r.ID, test.Name}] = test.Outcome
				}
			}
		}
		for _, e := range exercises {
			status := ""
			if r := results[e.id]; r != nil {
				status = string(r.Status)
			}
			line = append(line, status)
		}
		for _, t := range tests {
			line = append(line, string(outcomes[t]))
		}
		table = append(table, line)
	}
	return encode(table)
}

// Canvas is a table that Canvas imports into its gradebook: a column a step, worth a point for each of its exercises.
func Canvas(rows []class.Row) ([]byte, error) {
	steps := stepsOf(rows)
	header := []string{"Student", "ID", "SIS User ID", "SIS Login ID", "Section"}
	possible := []string{"    Points Possible", "", "", "", ""}
	for _, s := range steps {
		header, possible = append(header, s.title()), append(possible, strconv.Itoa(len(s.ids)))
	}
	table := [][]string{header, possible}
	for _, row := range rows {
		name := row.Name
		if name == "" {
			name = row.Learner
		}
		line := []string{name, "", row.ID, row.Email, row.Section}
		for _, s := range steps {
			line = append(line, s.points(row))
		}
		table = append(table, line)
	}
	return encode(table)
}

// Moodle is a table that Moodle imports into its gradebook, by e-mail address or ID number, with what is to be said.
func Moodle(rows []class.Row) ([]byte, error) {
	steps := stepsOf(rows)
	header := []string{"ID number", "Email address"}
	for _, s := range steps {
		header = append(header, s.title())
	}
	table := [][]string{append(header, "Feedback")}
	for _, row := range rows {
		line := []string{row.ID, row.Email}
		for _, s := range steps {
			line = append(line, s.points(row))
		}
		feedback := "nothing was handed in"
		if row.Graded != nil {
			feedback = strings.Join(append([]string{row.Graded.Totals().String()}, notable(row.Graded)...), "; ")
		}
		table = append(table, append(line, feedback))
	}
	return encode(table)
}

type exerciseColumn struct{ number, id string }

type testColumn struct{ exercise, name string }

// columnsOf lists the exercises in the order in which they come, and all tests that anybody has a result of.
func columnsOf(rows []class.Row) (exercises []exerciseColumn, tests []testColumn) {
	for _, row := range rows {
		if row.Graded == nil {
			continue
		}
		for _, r := range row.Graded.Exercises {
			if e := (exerciseColumn{r.Number, r.ID}); !slices.Contains(exercises, e) {
				exercises = append(exercises, e)
			}
		}
	}
	for _, e := range exercises {
		seen := map[string]bool{}
		for _, row := range rows {
			if row.Graded == nil {
				continue
			}
			for _, r := range row.Graded.Exercises {
				for _, t := range r.Tests {
					if r.ID == e.id {
						seen[t.Name] = true
					}
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(seen)) {
			tests = append(tests, testColumn{e.id, name})
		}
	}
	return exercises, tests
}

// step is the exercises of a step that were graded.
type step struct {
	number string
	ids    []string
}

func (s *step) title() string { return "Backend Workbook, step " + s.number }

// points are those that a learner has earned in a step: empty when something of it is not known.
func (s *step) points(row class.Row) string {
	if row.Graded == nil {
		return ""
	}
	sum := 0.0
	for _, r := range row.Graded.Exercises {
		if !slices.Contains(s.ids, r.ID) {
			continue
		}
		if r.Status == grade.Unchecked {
			return ""
		}
		sum += class.Share(r)
	}
	return number(sum)
}

func stepsOf(rows []class.Row) []*step {
	var steps []*step
	exercises, _ := columnsOf(rows)
	for _, e := range exercises {
		n, _, _ := strings.Cut(e.number, ".")
		i := slices.IndexFunc(steps, func(s *step) bool { return s.number == n })
		if i < 0 {
			steps, i = append(steps, &step{number: n}), len(steps)
		}
		steps[i].ids = append(steps[i].ids, e.id)
	}
	return steps
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }

// encode writes a table. A cell that a spreadsheet would compute is made a text: learners choose their names.
func encode(table [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, line := range table {
		for i, cell := range line {
			line[i] = inert(cell)
		}
		if err := w.Write(line); err != nil {
			return nil, fmt.Errorf("encode CSV: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		if _, err := strconv.ParseFloat(cell, 64); err != nil {
			return "'" + cell
		}
	}
	return cell
}
