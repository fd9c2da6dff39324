package scaffold

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The measures of a picture, in pixels. The font is the reader's own monospaced one; textLength holds it to the grid.
const (
	cellWidth  = 8.4
	lineHeight = 20
	margin     = 16
)

var escape = regexp.MustCompile("\x1b\\[([0-9]+)m([^\x1b]*)\x1b\\[0m")

// classes are the styles that renderers use, by their SGR number; colours are legible on light and dark.
var classes = map[string]string{"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "36": "c"}

const pictureStyle = `<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:#24292f}
rect{fill:#f6f8fa;stroke:#d0d7de}.b{font-weight:bold}.d{fill:#6e7781}.r{fill:#cf222e}.g{fill:#1a7f37}.y{fill:#9a6700}.c{fill:#0969da}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#161b22;stroke:#30363d}.d{fill:#8b949e}.r{fill:#ff7b72}.g{fill:#3fb950}.y{fill:#d29922}.c{fill:#58a6ff}}
</style>
`

// Picture draws the coloured output of a command as an SVG. The label describes it to those who cannot see it.
func Picture(output, label string) string {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(output, "\t", "    "), "\n"), "\n")
	widest := 0
	for _, l := range lines {
		widest = max(widest, utf8.RuneCountInString(escape.ReplaceAllString(l, "$2")))
	}
	width, height := 2*margin+float64(widest)*cellWidth, 2*margin+lineHeight*len(lines)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%s" width="%.0f" height="%d" viewBox="0 0 %.0f %d">`+"\n",
		html.EscapeString(label), width, height, width, height)
	b.WriteString(pictureStyle)
	fmt.Fprintf(&b, `<rect x="0.5" y="0.5" width="%.0f" height="%d" rx="6"/>`+"\n", width-1, height-1)
	for i, l := range lines {
		drawLine(&b, l, margin+lineHeight*i+14)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawLine draws each run of one style as a text of its own, at its column.
func drawLine(b *strings.Builder, line string, y int) {
	column := 0
	draw := func(text, class string) {
		n := utf8.RuneCountInString(text)
		if strings.TrimSpace(text) != "" {
			fmt.Fprintf(b, `<text x="%.1f" y="%d" class="%s" textLength="%.1f" xml:space="preserve">%s</text>`+"\n",
				margin+float64(column)*cellWidth, y, class, float64(n)*cellWidth, html.EscapeString(text))
		}
		column += n
	}
	for line != "" {
		at := escape.FindStringSubmatchIndex(line)
		if at == nil {
			draw(line, "")
			return
		}
		draw(line[:at[0]], "")
		draw(line[at[4]:at[5]], classes[line[at[2]:at[3]]])
		line = line[at[1]:]
	}
}
