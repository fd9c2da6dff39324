package htmlexec

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Text returns what a reader of the page sees, a line for each block, without
// empty lines, white space collapsed. That is the text of the tree, with the
// content of <textarea> and <option>, but without the title, the content of <script>,
// <style>, <template>, <noscript> and frames, and without attributes. What CSS
// hides is part of it. It is empty for a page that cannot be parsed.
func Text(page string) string {
	root, err := parse(page)
	if err != nil {
		return ""
	}
	return text(root)
}

func text(root *html.Node) string {
	var b strings.Builder
	write(&b, root)
	var lines []string
	for _, line := range strings.Split(b.String(), "\n") {
		if line = strings.Join(words(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

var (
	unseen = set("title", "script", "style", "template", "noscript", "iframe", "noframes", "noembed", "datalist")
	inline = set("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
		"ins", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
		"tt", "u", "var", "wbr", "img")
)

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

func write(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		b.WriteString(strings.ReplaceAll(n.Data, "\n", " ")) // a line end is white space like any other
	}
	element := n.Type == html.ElementNode
	if element && (n.Namespace == "" && unseen[n.Data] || n.Data == "script" || n.Data == "style") {
		return
	}
	// A custom element flows like <span> unless CSS says otherwise.
	block := element && !inline[n.Data] && !strings.Contains(n.Data, "-")
	if block {
		b.WriteByte('\n')
	}
	for c := range n.ChildNodes() {
		write(b, c)
	}
	if block {
		b.WriteByte('\n')
	}
}

// Shows fails the test when an input cannot be read on the page, letter for
// letter: in [Text], in one piece, perhaps over several lines and elements.
//
// Two things do not count, because HTML cannot show them: how much white space
// is between two words, and U+0000 and bytes that are not UTF-8, which become
// U+FFFD or vanish. The input should be one that the page does not show anyhow.
//
//kit:proves that an input can still be read letter for letter, and was not destroyed
func Shows(t testing.TB, page, input string) {
	t.Helper()
	want := letters(input)
	if want == "" {
		t.Fatalf("the test asks for an input without a letter: %q", input)
	}
	if have := letters(text(tree(t, page))); !strings.Contains(have, want) {
		t.Errorf("the page promises to show an input letter for letter.\nThe input was\n\t%s\nand a reader sees\n\t%s",
			visible(input, 300), around(have, want))
	}
}

// letters returns what of a text must be the same on a page.
func letters(s string) string {
	s = strings.NewReplacer("\x00", "", "\ufffd", "").Replace(strings.ToValidUTF8(s, ""))
	return strings.Join(words(s), " ")
}

// around returns the part of the text that resembles want most.
func around(text, want string) string {
	have, sought := []rune(text), []rune(want)
	have, sought = have[:min(len(have), 20_000)], sought[:min(len(sought), 300)]
	end, length := longestCommon(have, sought)
	from, to := 0, 200
	if length > 2 { // fewer are in common by chance
		from, to = end-length-len(sought)-20, end+len(sought)+20
	}
	from, to = max(from, 0), min(to, len(have))
	part := string(have[from:to])
	if from > 0 {
		part = "…" + part
	}
	if to < len(have) {
		part += "…"
	}
	if strings.TrimSpace(part) == "" {
		return "nothing at all"
	}
	return visible(part, 1000)
}

// longestCommon returns the length of the longest run of letters that is in
// both texts, and where it ends in the first.
func longestCommon(a, b []rune) (end, length int) {
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			next := row[j+1]
			row[j+1] = 0
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			}
			if row[j+1] > length {
				end, length = i+1, row[j+1]
			}
			diagonal = next
		}
	}
	return end, length
}
