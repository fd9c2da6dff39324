package class

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Member is somebody of a class.
type Member struct {
	Learner string // the name of the submission
	Name    string // as it is shown; "" when nobody has said it
	ID      string // what the school knows them by
	Email   string
	Section string
}

// columns are the headers that a roster may have, in lower case, and the field that each fills.
var columns = map[string]func(*Member) *string{
	"learner": func(m *Member) *string { return &m.Learner },
	"name":    func(m *Member) *string { return &m.Name },
	"id":      func(m *Member) *string { return &m.ID },
	"email":   func(m *Member) *string { return &m.Email },
	"section": func(m *Member) *string { return &m.Section },
}

// ReadRoster reads a CSV file whose first line names its columns: learner, and any of name, id, email, section. Other
// columns are let be. The error names the line.
func ReadRoster(file string, r io.Reader) ([]Member, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: is empty: its first line names the columns, such as learner,name,id,email,section", file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i, name := range header {
		header[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))) // spreadsheets begin a file with a BOM
	}
	if !slices.Contains(header, "learner") {
		return nil, fmt.Errorf("%s:1: no column is called learner, which holds the names of the submissions", file)
	}
	var members []Member
	line := map[string]int{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return members, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		var m Member
		for i, value := range row {
			if field := columns[header[i]]; field != nil {
				*field(&m) = strings.TrimSpace(value)
			}
		}
		at, _ := rows.FieldPos(0)
		switch {
		case m.Learner == "":
			return nil, fmt.Errorf("%s:%d: the learner has no name", file, at)
		case line[m.Learner] > 0:
			return nil, fmt.Errorf("%s:%d: learner %s is in line %d already", file, at, m.Learner, line[m.Learner])
		}
		line[m.Learner] = at
		members = append(members, m)
	}
}

// Row is a member with their result.
type Row struct {
	Member
	Graded  *Graded // nil when nothing was handed in
	Unknown bool    // not in the roster
}

// Join puts results beside the members that they belong to, in the order of the roster; then come those whom it does not
// know. Without a roster everybody is known.
func Join(roster []Member, all []*Graded) []Row {
	var rows []Row
	result := map[string]*Graded{}
	for _, g := range all {
		result[g.Learner] = g
	}
	for _, m := range roster {
		rows = append(rows, Row{Member: m, Graded: result[m.Learner]})
		delete(result, m.Learner)
	}
	for _, name := range slices.Sorted(maps.Keys(result)) {
		rows = append(rows, Row{Member: Member{Learner: name}, Graded: result[name], Unknown: len(roster) > 0})
	}
	return rows
}
