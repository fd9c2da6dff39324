package render

import (
	"fmt"

	"workbook/checker/internal/sqlstate"
)

// mostCodes is how many error codes are explained below one story.
const mostCodes = 3

// codes explains the error codes of PostgreSQL that appear in a test's output, one note each.
func codes(output string) []string {
	var notes []string
	for _, code := range sqlstate.In(output) {
		e, known := sqlstate.Explain(code)
		if !known || len(notes) == mostCodes {
			continue
		}
		condition := ""
		if e.Condition != "" {
			condition = " (" + e.Condition + ")"
		}
		words := wrap(fmt.Sprintf("SQLSTATE %s%s: %s.", e.Code, condition, e.Words))
		notes = append(notes, words+"\n  "+wrap(fmt.Sprintf("→ %s, %s", e.Title, e.URL)))
	}
	return notes
}
