package rowset

import (
	"fmt"
	"slices"
	"strings"
)

// A comparison is what there is to tell about two tables with the same columns.
type comparison struct {
	names     []string
	want, got []row
	key       []int // identifies a row
	findings  []finding
	typeOf    func(column int) [2]string // the database's types, or ""
}

// A tally counts findings by verdict.
type tally [extra + 1]int

func (c *comparison) tally() (n tally) {
	for _, f := range c.findings {
		n[f.verdict()] += 1 + f.copies
	}
	return n
}

// wrongRows tells which rows are wrong, and shows them.
func (c *comparison) wrongRows() string {
	sentences := []string{c.counts()}
	for _, more := range []string{c.repeats(), c.kinds(), c.cells()} {
		if more != "" {
			sentences = append(sentences, more)
		}
	}
	return strings.Join(sentences, " ") + "\n\n" + c.rowTable()
}

// counts says how many rows were promised, how many came, and what became of them.
func (c *comparison) counts() string {
	switch {
	case len(c.got) == 0:
		return fmt.Sprintf("No rows came; %d %s promised.", len(c.want), was(len(c.want)))
	case len(c.want) == 0:
		return fmt.Sprintf("%s came; none was promised.", count(len(c.got), "row", "rows"))
	}
	n := c.tally()
	var parts []string
	for v, words := range [...][2]string{right: {"is right", "are right"}, differs: {"differs", "differ"},
		missing: {"is missing", "are missing"}, extra: {"was not asked for", "were not asked for"}} {
		if n[v] > 0 {
			parts = append(parts, count(n[v], words[0], words[1]))
		}
	}
	return fmt.Sprintf("%s %s promised, %d came: %s.", count(len(c.want), "row", "rows"), was(len(c.want)), len(c.got), strings.Join(parts, ", "))
}

// repeats names the first row that came more often than it was promised.
func (c *comparison) repeats() string {
	promised, came := countBy(c.want, c.key), countBy(c.got, c.key)
	var first row
	repeated := map[string]bool{}
	for _, r := range c.want {
		k := r.on(c.key)
		if came[k] <= promised[k] {
			continue
		}
		if repeated[k] = true; first == nil {
			first = r
		}
	}
	if first == nil {
		return ""
	}
	also := ""
	if n := len(repeated) - 1; n > 0 {
		also = ", and " + count(n, "other", "others") + " came too often"
	}
	k := first.on(c.key)
	return fmt.Sprintf("The row with %s came %s instead of %s%s.", describe(first, c.key, c.names), times(came[k]), times(promised[k]), also)
}

func countBy(rows []row, key []int) map[string]int {
	n := map[string]int{}
	for _, r := range rows {
		n[r.on(key)]++
	}
	return n
}

// kinds names the columns that hold values of another kind than was promised.
func (c *comparison) kinds() string {
	var sentences []string
	for i, name := range c.names {
		promised, came := kindOf(c.want, i), kindOf(c.got, i)
		if promised == "" || came == "" || promised == came {
			continue
		}
		if types := c.typeOf(i); types[0] != "" && types[1] != "" {
			promised, came = "type "+types[0], "of type "+types[1]
		}
		sentences = append(sentences, fmt.Sprintf("Column %s is %s; %s was promised.", name, came, promised))
	}
	return strings.Join(sentences, " ")
}

// kindOf is the kind of all values in a column but NULL, or "".
func kindOf(rows []row, column int) (kind string) {
	for _, r := range rows {
		k := r[column].kind
		if k == isNull || k == isAbsent {
			continue
		}
		if kind != "" && kind != k {
			return ""
		}
		kind = k
	}
	return kind
}

// changes is what the rows have in common that differ from those of their key.
type changes struct {
	rows    int
	columns []int
	same    bool // the same values each time
	example finding
}

func (c *comparison) changes() changes {
	all := changes{same: true}
	for _, f := range c.findings {
		if f.verdict() != differs {
			continue
		}
		if all.rows++; all.rows == 1 {
			all.example = f
		}
		for _, i := range f.differences() {
			all.columns = append(all.columns, i)
			all.same = all.same && f.want[i].key == all.example.want[i].key && f.got[i].key == all.example.got[i].key
		}
	}
	slices.Sort(all.columns)
	all.columns = slices.Compact(all.columns)
	return all
}

// cells names the columns that differ within rows, with an example.
func (c *comparison) cells() string {
	all := c.changes()
	if all.rows == 0 || c.kinds() != "" {
		return ""
	}
	i := all.example.differences()[0]
	what := c.instead(all.example, i)
	where := "in the row with " + describe(all.example.want, c.key, c.names)
	switch one := len(all.columns) == 1; {
	case one && all.rows == 1:
		return fmt.Sprintf("Column %s is %s %s.", c.names[i], what, where)
	case one && all.same:
		return fmt.Sprintf("Column %s is %s in %d rows.", c.names[i], what, all.rows)
	case one:
		return fmt.Sprintf("Column %s differs: %s %s, for instance.", c.names[i], what, where)
	}
	var names []string
	for _, i := range all.columns {
		names = append(names, c.names[i])
	}
	return fmt.Sprintf("Columns %s differ: %s is %s %s, for instance.", listed(names), c.names[i], what, where)
}

// inSentence is how long a value may be in a sentence.
const inSentence = 40

func (c *comparison) instead(f finding, column int) string {
	pair := present([]string{f.got[column].shown, f.want[column].shown}, [][2]int{{0, 1}}, inSentence)
	return pair[0] + " instead of " + pair[1]
}

// describe names a row by its key.
func describe(r row, key []int, names []string) string { return describeAll([]row{r}, key, names)[0] }

// describeAll names rows so that they can be told from each other.
func describeAll(rows []row, key []int, names []string) []string {
	parts := make([][]string, len(rows))
	for _, c := range key {
		texts := make([]string, len(rows))
		for i, r := range rows {
			texts[i] = r[c].shown
		}
		for i, text := range present(texts, nil, inSentence) {
			parts[i] = append(parts[i], names[c]+" "+text)
		}
	}
	said := make([]string, len(rows))
	for i := range rows {
		said[i] = strings.Join(parts[i], " and ")
	}
	return said
}
