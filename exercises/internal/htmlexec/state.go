package htmlexec

import (
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// State reads the JSON in the page's <script id=…> the way a browser gets it:
// after HTML has decided where the script ends. So </script> in the data cuts it
// short, and <!--<script> makes it swallow what follows.
//
// The script is a data block (type="application/json"), or a program that assigns
// one JSON value and does nothing else: window.state = {…}; It fails the test when
// there is no such script, or what it holds is not one JSON value. Go fills T
// without regard to the case of names; a map does.
//
//kit:proves that inline JSON arrives whole
func State[T any](t testing.TB, page, id string) T {
	t.Helper()
	var value T
	script := scriptWithID(tree(t, page), id)
	if script == nil {
		t.Fatalf("the page promises a <script id=%q> with its state, and has none", id)
	}
	held := content(script)
	text := held
	if scriptType(script) != "" {
		text = assignment.ReplaceAllString(text, "$1")
	}
	if err := decode(text, &value); err != nil {
		t.Fatalf("the page promises JSON in its <script id=%q>, and a browser finds something else there: %s.\nThe script has\n\t%s",
			id, reason(err), endsOf(held, 60))
	}
	return value
}

// assignment is a whole program that gives one value a name.
var assignment = regexp.MustCompile(`(?s)^\s*(?:(?:var|let|const)\s+)?[A-Za-z_$][\w$.]*\s*=\s*(.*?)\s*;?\s*$`)

func scriptWithID(root *html.Node, id string) *html.Node {
	for n := range root.Descendants() {
		if got, ok := attribute(n, "id"); ok && got == id && isHTML(n, "script") {
			return n
		}
	}
	return nil
}

// decode takes exactly one JSON value.
func decode(text string, value any) error {
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(value); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

var errTrailing = errors.New("something follows the value")

// reason says in words of the page what is wrong with its JSON.
func reason(err error) string {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends in the middle"
	case errors.As(err, &syntax):
		return "it is no JSON (" + syntax.Error() + ")"
	case errors.As(err, &typ):
		return "it is JSON of another form (" + strings.TrimSuffix(typ.Value+" at "+typ.Field, " at ") + ")"
	}
	return err.Error()
}

// endsOf returns how a text begins and how it ends.
func endsOf(s string, limit int) string {
	r := []rune(strings.TrimSpace(s))
	switch {
	case len(r) == 0:
		return "nothing at all"
	case len(r) <= 2*limit:
		return visible(string(r), 2*limit)
	}
	return visible(string(r[:limit]), limit) + " … " + visible(string(r[len(r)-limit:]), limit)
}
