package markdown

import (
	"regexp"
	"slices"
	"strings"
)

// A Part is what stands below one heading of the second level, the heading included.
type Part struct {
	Title  string // "" for what stands before the first heading
	Anchor string
	Text   string
}

// Parts cuts the page into its parts, without the front matter.
func (p Page) Parts() []Part {
	parts := []Part{{}}
	p.body().lines(func(_ int, line string, fenced bool) {
		if title, found := strings.CutPrefix(line, "## "); found && !fenced {
			parts = append(parts, Part{Title: strings.TrimSpace(title), Anchor: anchor(strings.TrimSpace(title))})
		}
		parts[len(parts)-1].Text += line + "\n"
	})
	for i := range parts {
		parts[i].Text = strings.Trim(parts[i].Text, "\n") + "\n"
	}
	return parts
}

// PartFor returns the part that the page's table of contents names beside an exercise's number, such as "3.6".
func (p Page) PartFor(number string) (Part, bool) {
	row := regexp.MustCompile(`^\| \[[^\]]*\]\(#([^)]*)\) \|.*(^|[^\d.])` + regexp.QuoteMeta(number) + `([^\d.]|$)`)
	found := ""
	p.lines(func(_ int, line string, fenced bool) {
		if m := row.FindStringSubmatch(line); m != nil && !fenced && found == "" {
			found = m[1]
		}
	})
	parts := p.Parts()
	i := slices.IndexFunc(parts, func(part Part) bool { return found != "" && part.Anchor == found })
	if i < 0 {
		return Part{}, false
	}
	return parts[i], true
}

// body is the page without its front matter.
func (p Page) body() Page {
	text, found := strings.CutPrefix(p.Text, "---\n")
	if !found {
		return p
	}
	if _, rest, found := strings.Cut(text, "\n---\n"); found {
		p.Text = strings.TrimLeft(rest, "\n")
	}
	return p
}

var (
	comment   = regexp.MustCompile(`^\s*<!--.*-->\s*$`)
	image     = regexp.MustCompile(`!\[([^\]]*)\]\(([^)]*)\)`)
	localLink = regexp.MustCompile(`\[([^\]]*)\]\(([^):\s]*)\)`)
)

// Spoken is the text of a part for a reader who cannot follow a link or see a picture: figures become their description
// and the place of their file, links to files and headings become their text, and comments go. Links to the web stay.
func (p Part) Spoken(dir string) string {
	var b strings.Builder
	Page{Text: p.Text}.lines(func(_ int, line string, fenced bool) {
		switch {
		case fenced:
		case comment.MatchString(line):
			return
		default:
			line = image.ReplaceAllString(line, "Figure ("+dir+"/$2): $1")
			line = localLink.ReplaceAllString(line, "$1")
		}
		b.WriteString(line + "\n")
	})
	return strings.TrimRight(b.String(), "\n") + "\n"
}
