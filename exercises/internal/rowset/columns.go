package rowset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An alignment says which columns of two tables are compared with each other.
type alignment struct {
	names     []string
	want, got []int
}

// folded is the same for names that pgx takes for the same field.
func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// align finds the columns that belong together. When there are not the same
// columns on both sides, it says so in a sentence.
func align(want, got Table) (a alignment, problem string) {
	switch {
	case unknown(got):
		got = Table{Columns: want.Columns, byName: want.byName}
	case unknown(want):
		want = Table{Columns: got.Columns, byName: got.byName}
	}
	named := !slices.Contains(want.Columns, "") && !slices.Contains(got.Columns, "")
	byName := named && (want.byName || got.byName)
	if problem = namesDiffer(want.Columns, got.Columns, named, byName); problem != "" {
		return a, problem
	}
	for i, name := range want.Columns {
		j := i
		if byName {
			j = slices.IndexFunc(got.Columns, func(n string) bool { return folded(n) == folded(name) })
		}
		a.want, a.got = append(a.want, i), append(a.got, j)
		a.names = append(a.names, cmp.Or(got.Columns[j], name, unnamed(i, len(want.Columns))))
	}
	return a, timesDiffer(want, got, a)
}

// unknown reports whether a table cannot know its columns: one of no maps.
func unknown(t Table) bool { return len(t.Columns) == 0 && len(t.Rows) == 0 && t.Types == nil }

// unnamed is what the message calls a column without a name.
func unnamed(i, n int) string {
	if n == 1 {
		return "value"
	}
	return fmt.Sprintf("#%d", i+1)
}

func namesDiffer(want, got []string, named, byName bool) string {
	if !named {
		if len(want) == len(got) {
			return ""
		}
		return fmt.Sprintf("Each row has %s; %d %s promised.", count(len(got), "column", "columns"), len(want), was(len(want)))
	}
	came := "These columns came: " + listed(got) + "."
	if len(got) == 0 {
		came = "No column came."
	}
	missing, extra := less(want, got, byName), less(got, want, byName)
	switch {
	case len(missing)+len(extra) > 0:
		return columnsAre(missing, extra) + ". " + came
	case !byName && !slices.Equal(want, got):
		return fmt.Sprintf("The columns came in the order %s; %s was promised.", listed(got), listed(want))
	}
	return ""
}

func columnsAre(missing, extra []string) string {
	var parts []string
	say := func(names []string, one, more string) {
		switch len(names) {
		case 0:
		case 1:
			parts = append(parts, "column "+names[0]+" "+one)
		default:
			parts = append(parts, "columns "+listed(names)+" "+more)
		}
	}
	say(missing, "is missing", "are missing")
	say(extra, "was not asked for", "were not asked for")
	return capital(strings.Join(parts, ", "))
}

// less is what a holds more often than b.
func less(a, b []string, fold bool) []string {
	name := func(n string) string { return n }
	if fold {
		name = folded
	}
	left := map[string]int{}
	for _, n := range b {
		left[name(n)]++
	}
	var rest []string
	for _, n := range a {
		if left[name(n)]--; left[name(n)] < 0 {
			rest = append(rest, n)
		}
	}
	return rest
}

// timesDiffer compares the types of dates and timestamps of the database, which
// may hold the same instant and are different things.
func timesDiffer(want, got Table, a alignment) string {
	times := []string{"date", "timestamp", "timestamptz"}
	for i, name := range a.names {
		promised, came := want.typeOf(a.want[i]), got.typeOf(a.got[i])
		if promised != came && slices.Contains(times, promised) && slices.Contains(times, came) {
			return fmt.Sprintf("Column %s is of type %s; %s was promised.", name, came, promised)
		}
	}
	return ""
}
