package htmlexec

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// whiteSpace is what HTML takes for white space: no-break space is a letter.
const whiteSpace = " \t\n\f\r"

// isHTML reports whether n is the HTML element of that name, not its namesake in SVG or MathML.
func isHTML(n *html.Node, element string) bool {
	return n.Type == html.ElementNode && n.Namespace == "" && n.Data == element
}

// attribute returns the value of an attribute without a prefix.
func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// name returns an attribute's name as it was written.
func name(a html.Attribute) string {
	if a.Namespace != "" {
		return a.Namespace + ":" + a.Key
	}
	return a.Key
}

// content returns the text directly in an element.
func content(n *html.Node) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(whiteSpace, r) })
}

func hasWord(list, word string) bool {
	for _, w := range words(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// visible makes a text fit for one line of a message: at most limit letters,
// line ends as ⏎, tabs as ⇥, what else cannot be seen by its number.
func visible(s string, limit int) string {
	var b strings.Builder
	for _, r := range s {
		if limit--; limit < 0 {
			return b.String() + "…"
		}
		switch {
		case r == '\n':
			b.WriteString("⏎")
		case r == '\t':
			b.WriteString("⇥")
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
