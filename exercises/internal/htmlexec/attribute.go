package htmlexec

import (
	"regexp"
	"slices"
	"testing"

	"golang.org/x/net/html"
)

var selector = regexp.MustCompile(`^([a-z][a-z0-9-]*)?(?:#([\w-]+))?(?:\.([\w-]+))?$`)

// Attribute returns the value of an attribute as the browser gets it: entities
// decoded, in place of U+0000 a U+FFFD, line ends as \n. The element is the first
// that has the given name, id and class, each optional, in this order: "a",
// "#me", "input#name", "img.avatar". It fails the test when the page has no such
// element, or the element has no such attribute.
func Attribute(t testing.TB, page, element, name string) string {
	t.Helper()
	m := selector.FindStringSubmatch(element)
	if m == nil || element == "" {
		t.Fatalf("the test looks for %q; an element is given as name#id.class, each part optional", element)
	}
	n := first(tree(t, page), m[1], m[2], m[3])
	if n == nil {
		t.Fatalf("the page promises an element %s, and has none", element)
	}
	value, ok := attribute(n, name)
	if !ok {
		t.Fatalf("the page promises an attribute %s on its element %s, and it has only %s", name, element, tag(n))
	}
	return value
}

func first(root *html.Node, element, id, class string) *html.Node {
	for n := range root.Descendants() {
		hasID, _ := attribute(n, "id")
		classes, _ := attribute(n, "class")
		if n.Type == html.ElementNode && (element == "" || n.Data == element) &&
			(id == "" || hasID == id) && (class == "" || slices.Contains(words(classes), class)) {
			return n
		}
	}
	return nil
}
