package plan

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"workbook/exercises/internal/pgtrace"
)

// Budget bounds what may be read. A zero is no bound.
type Budget struct {
	Rows  int64 // see [Reads]
	Pages int64
	Temp  int64 // -1 for none at all
}

// maxSQL is how much of a statement a message shows: whoever has read that much knows it.
const maxSQL = 240

// Within fails the test when more was read than the budget allows. The promise
// is what the caller was told, as a sentence without its full stop.
func (r Reads) Within(t testing.TB, promise string, budget Budget) {
	t.Helper()
	var over []string
	add := func(verb string, n, allowed int64, what string) {
		if allowed != 0 && n > max(allowed, 0) {
			over = append(over, verb+" "+number(n)+" "+what)
		}
	}
	add("reads", r.Rows, budget.Rows, "rows")
	add("looks at", r.Pages, budget.Pages, "pages of tables and indexes")
	add("writes", r.Temp, budget.Temp, "pages of temporary files")
	if len(over) > 0 {
		t.Fatalf("%s; what the code has sent %s.\n%s", promise, strings.Join(over, " and "), r.Story())
	}
}

// Story tells for each statement what it read, and where.
func (r Reads) Story() string {
	var b strings.Builder
	for _, p := range r.parts {
		fmt.Fprintf(&b, "\n\t%s\n", pgtrace.Short(p.sql, maxSQL))
		for _, rel := range p.relations {
			fmt.Fprintf(&b, "\t\t%s: %s rows, %s pages\n", rel.table, number(rel.rows()), number(rel.pages))
		}
		for _, n := range p.nodes {
			fmt.Fprintf(&b, "\t\t%s\n", n.story())
		}
		if p.temp > 0 {
			fmt.Fprintf(&b, "\t\ttemporary files: %s pages\n", number(p.temp))
		}
	}
	return b.String()
}

func (n node) story() string {
	by := ""
	if n.Index != "" && n.Index != n.Relation {
		by = " by " + n.Index
	}
	text := fmt.Sprintf("%s on %s%s: %s rows came out", n.Type, n.Relation, by, number(int64(n.Rows*n.Loops)))
	if removed := int64((n.Filtered + n.Rechecks) * n.Loops); removed > 0 {
		text += fmt.Sprintf(", %s were thrown away", number(removed))
	}
	if n.Loops > 1 {
		text += fmt.Sprintf(" (in %s rounds)", number(int64(n.Loops)))
	}
	return text
}

// number writes thousands with a comma. A library for it would bring tables of
// every language into each learner's test binary.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
