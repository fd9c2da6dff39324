package rowset

import (
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// A grid is a table of text.
type grid struct {
	heads []string // of the columns before those of the rows
	names []string
	key   []int // columns that are always shown
	lines []line
}

// A line is a row of a grid; without labels it stands for rows left out.
type line struct {
	labels  []string
	cells   []string
	changed []int // columns, in comparison with the line above
}

// gap shows whether rows are left out before the n-th one of the chosen.
func (g *grid) gap(chosen []int, n int) {
	next := 0
	if n > 0 {
		next = chosen[n-1] + 1
	}
	if chosen[n] > next {
		g.lines = append(g.lines, line{})
	}
}

func (g *grid) add(r row, labels ...string) {
	l := line{labels: labels}
	for _, c := range r {
		l.cells = append(l.cells, c.shown)
	}
	g.lines = append(g.lines, l)
}

// mark adds a row that differs from the one above it.
func (g *grid) mark(f finding, label string) {
	g.add(f.got, label)
	g.lines[len(g.lines)-1].changed = f.differences()
}

// maxWidth is how many characters wide a grid is at most, with its indentation;
// minCell is how far cells are shortened before columns are left out.
const (
	maxWidth = 96
	minCell  = 14
)

// String renders the grid with a tab before each line.
func (g *grid) String() string {
	columns := g.fitting()
	names, cells := g.shortened(columns)
	rows, marks := [][]string{append(slices.Clone(g.heads), names...)}, [][]int{nil}
	for n, l := range g.lines {
		text := slices.Clone(l.labels)
		var marked []int
		for i, c := range columns {
			if l.labels == nil {
				text = []string{"…"}
				break
			}
			text = append(text, cells[i][n])
			if slices.Contains(l.changed, c) {
				marked = append(marked, len(g.heads)+i)
			}
		}
		rows, marks = append(rows, text), append(marks, marked)
	}
	out := render(rows, marks)
	if left := len(g.names) - len(columns); left > 0 {
		out += "\t(" + count(left, "more column is not shown", "more columns are not shown") + ")\n"
	}
	return out
}

// room is how many characters there are for columns and the two spaces before each.
func (g *grid) room() int {
	room := maxWidth
	for i, head := range g.heads {
		longest := columns(head)
		for _, l := range g.lines {
			if l.labels != nil {
				longest = max(longest, columns(l.labels[i]))
			}
		}
		room -= longest + 2
	}
	return room
}

// width is how wide a column is when nothing is cut.
func (g *grid) width(column int) int {
	longest := columns(g.names[column])
	for _, l := range g.lines {
		if l.labels != nil {
			longest = max(longest, columns(l.cells[column]))
		}
	}
	return longest
}

// fitting lists the columns for which there is room: the key first, then those
// that differ from the line above, those that are not the same in all lines, the others.
func (g *grid) fitting() (chosen []int) {
	wanted := slices.Clone(g.key)
	for _, l := range g.lines {
		wanted = append(wanted, l.changed...)
	}
	wanted = append(append(wanted, g.varying()...), everything(len(g.names))...)
	room := g.room()
	for _, c := range wanted {
		need := min(g.width(c), minCell) + 2
		if !slices.Contains(chosen, c) && (need <= room || len(chosen) == 0) {
			chosen = append(chosen, c)
			room -= need
		}
	}
	slices.Sort(chosen)
	return chosen
}

// varying lists the columns that tell lines from each other.
func (g *grid) varying() (columns []int) {
	shown := slices.DeleteFunc(slices.Clone(g.lines), func(l line) bool { return l.labels == nil })
	for c := range g.names {
		if slices.ContainsFunc(shown, func(l line) bool { return l.cells[c] != shown[0].cells[c] }) {
			columns = append(columns, c)
		}
	}
	return columns
}

// shortened returns the names of columns and their cells, line by line, so
// short that the grid is not too wide.
func (g *grid) shortened(chosen []int) (names []string, cells [][]string) {
	limit := max(g.longest(chosen), minCell)
	for _, c := range chosen {
		values := make([]string, len(g.lines))
		var pairs [][2]int
		for n, l := range g.lines {
			if l.labels != nil {
				values[n] = l.cells[c]
			}
			if slices.Contains(l.changed, c) {
				pairs = append(pairs, [2]int{n - 1, n})
			}
		}
		names = append(names, g.names[c])
		cells = append(cells, present(values, pairs, limit))
	}
	return shorten(names, nil, limit), cells
}

// longest is how long a cell may be for the columns to fit.
func (g *grid) longest(chosen []int) int {
	for limit := maxWidth; limit > minCell; limit-- {
		room := g.room()
		for _, c := range chosen {
			room -= min(g.width(c), limit) + 2
		}
		if room >= 0 {
			return limit
		}
	}
	return minCell
}

// render puts rows under each other. Below a row with marks comes a line that
// points at these columns.
func render(rows [][]string, marks [][]int) string {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, text := range r {
			widths[i] = max(widths[i], columns(text))
		}
	}
	var b strings.Builder
	write := func(texts []string) {
		var l strings.Builder
		for i, text := range texts {
			l.WriteString(text + strings.Repeat(" ", widths[i]-columns(text)+2))
		}
		b.WriteString("\t" + strings.TrimRight(l.String(), " ") + "\n")
	}
	for n, r := range rows {
		write(r)
		if len(marks[n]) == 0 {
			continue
		}
		carets := make([]string, len(r))
		for _, i := range marks[n] {
			carets[i] = strings.Repeat("^", max(columns(r[i]), 1))
		}
		write(carets)
	}
	return b.String()
}

// columns is how many columns of a terminal a text takes.
func columns(text string) int {
	n := 0
	for _, r := range text {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n++
		}
		n++
	}
	return n
}
