// Package markdown keeps Markdown files true to the files that they speak of.
//
// A snippet is a fenced block below a comment that names where it comes from: a file beside the Markdown file, or a part
// of one, between two marks that are comments in its own language.
//
//	<!-- from: example_test.go#lost-update -->        // snippet: lost-update
//	```go                                             balance := read(…)
//	balance := read(…)                                // end snippet
//	```
package markdown

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// A Problem is something that is not true in a Markdown file.
type Problem struct {
	File string // relative to the root, slash-separated
	Line int    // from 1
	Text string
}

// String is the problem in one line, with its place.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// A Page is one Markdown file.
type Page struct {
	Root string // the folder that File is relative to
	File string // slash-separated
	Text string
}

// Read reads the file of that name, relative to the root.
func Read(root, file string) (Page, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return Page{}, fmt.Errorf("read a page: %w", err)
	}
	return Page{Root: root, File: file, Text: string(text)}, nil
}

// beside is the path of a file that the page names.
func (p Page) beside(name string) string {
	return filepath.Join(p.Root, filepath.FromSlash(path.Dir(p.File)), filepath.FromSlash(name))
}

// lines calls f for each line, with its number from 1, and whether it is inside a fenced block or one of its fences.
func (p Page) lines(f func(number int, line string, fenced bool)) {
	inside := false
	for i, line := range strings.Split(p.Text, "\n") {
		fence := strings.HasPrefix(line, "```")
		f(i+1, line, inside || fence)
		if fence {
			inside = !inside
		}
	}
}

var (
	linkTarget = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan   = regexp.MustCompile("`[^`]*`")
	heading    = regexp.MustCompile(`^#{1,6} +(.*?)\s*$`)
)

// Links reports the links that lead to no file, or to no heading of a Markdown file. Addresses on the web are not followed.
func (p Page) Links() (problems []Problem) {
	p.lines(func(number int, line string, fenced bool) {
		if fenced {
			return
		}
		for _, m := range linkTarget.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, ""), -1) {
			if !p.leads(m[1]) {
				problems = append(problems, Problem{p.File, number, fmt.Sprintf("the link to %s leads nowhere", m[1])})
			}
		}
	})
	return problems
}

func (p Page) leads(link string) bool {
	if strings.Contains(link, ":") {
		return true
	}
	target, anchor, _ := strings.Cut(link, "#")
	other := p
	if target != "" {
		file := p.beside(target)
		if _, err := os.Stat(file); err != nil {
			return false
		}
		if anchor == "" || path.Ext(target) != ".md" {
			return true
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		other = Page{Text: string(text)}
	}
	return other.anchors()[anchor]
}

// anchors are the names that GitHub gives to the page's headings.
func (p Page) anchors() map[string]bool {
	all, seen := map[string]bool{}, map[string]int{}
	p.lines(func(_ int, line string, fenced bool) {
		m := heading.FindStringSubmatch(line)
		if fenced || m == nil {
			return
		}
		name := anchor(m[1])
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s-%d", name, n-1)
		}
		all[name] = true
	})
	return all
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)

func anchor(title string) string {
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}
