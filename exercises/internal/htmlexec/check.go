package htmlexec

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Nothing fails the test when a browser would run something on a page that
// shows a hostile input; see [Find] for what, and for the options.
//
//kit:proves that a hostile input runs nothing in a browser
func Nothing(t testing.TB, page, hostile string, opts ...Option) {
	t.Helper()
	root, o := tree(t, page), chosen(opts)
	requireInput(t, hostile)
	var own []place
	if o.harmless != nil {
		own = searchTree(tree(t, *o.harmless), nil)
	}
	found := o.judge(searchTree(root, o.nonces), own)
	if len(found) == 0 {
		return
	}
	t.Errorf("the page promises that an input stays text, and a browser would run something.\n"+
		"The input was\n\t%s\nand the browser finds%s", visible(hostile, 300), list(found))
}

// maxFindings bounds a message: whoever has read that many knows.
const maxFindings = 5

func list(found []Finding) string {
	var b strings.Builder
	for i, f := range found {
		if i == maxFindings {
			fmt.Fprintf(&b, "\n\tand %d more", len(found)-i)
			break
		}
		b.WriteString("\n\t" + f.String())
	}
	return b.String()
}

// tree parses a page. It fails the test when the page is empty or cannot be
// parsed, which would make every check meaningless.
func tree(t testing.TB, page string) *html.Node {
	t.Helper()
	if strings.TrimSpace(page) == "" {
		t.Fatalf("the page is empty; there is nothing to look at")
	}
	root, err := parse(page)
	if err != nil {
		t.Fatalf("the page cannot be read: its elements are nested more than 500 deep")
	}
	return root
}

func requireInput(t testing.TB, hostile string) {
	t.Helper()
	if hostile == "" {
		t.Fatalf("the test gives no input to look for: the hostile text is empty")
	}
}
