package problem

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"workbook/exercises/internal/wire"
)

// traces are what no answer says to a client, whatever the exercise.
var traces = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`(?i)goroutine \d+`), "a stack trace"},
	{regexp.MustCompile(`\.go:\d+`), "a place in the source"},
	{regexp.MustCompile(`(?i)runtime error:`), "a panic"},
	{regexp.MustCompile(`SQLSTATE`), "an error of the database"},
}

// Clean checks that nothing of the server's inside is in the answer: no stack
// trace, no place in a Go file, no SQLSTATE, and none of the canaries, which are
// words that only the inside knows, such as SQL text, the name of a constraint,
// or what a panic said. It looks at every byte that came (the status line, the
// headers, the body, the trailer, what follows the end) without regard to case
// and to the kind of white space, and also undoes percent-encoding and the
// escapes of JSON and HTML.
//
//kit:proves that nothing internal reaches the client
func Clean(t testing.TB, a wire.Answer, canaries ...string) {
	t.Helper()
	for _, canary := range canaries {
		if len(fold(canary)) < 4 {
			t.Fatalf("the test's own mistake: %q is too short for a canary; it may be there by chance", canary)
		}
	}
	var found []string
	seen := map[string]bool{}
	for _, p := range placesOf(a) {
		for _, f := range formsOf(p.text) {
			for _, what := range f.tells(canaries) {
				if key := what + p.name; !seen[key] { // in its plainest form
					seen[key] = true
					found = append(found, "\n\t"+what+" in "+p.name+f.how)
				}
			}
		}
	}
	if len(found) > 0 {
		t.Fatalf("%s promises to tell a client nothing of the inside. It tells:\n%s\n%s", a.Asked(), strings.Join(found, ""), a.Story())
	}
}

type place struct{ name, text string }

// placesOf lists what came. Header lines are places of their own.
func placesOf(a wire.Answer) []place {
	places := []place{{"the body", a.Body}}
	for line := range strings.Lines(a.Head) {
		name, _, _ := strings.Cut(line, ":")
		if strings.HasPrefix(line, "HTTP/") {
			name = "with the status"
		}
		places = append(places, place{"the line " + strings.TrimSpace(name), line})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Trailer)) {
		places = append(places, place{"the trailer " + name, name + " " + strings.Join(a.Trailer[name], " ")})
	}
	places = append(places, place{"what follows the answer", a.Extra})
	if a.Cut != nil {
		places = append(places, place{"what came", a.Raw})
	}
	return places
}

// A form is a text as it is, or decoded.
type form struct{ how, text string }

// formsOf undoes encodings, and encodings inside of encodings.
func formsOf(text string) []form {
	const deep = 3
	forms := []form{{"", text}}
	seen := map[string]bool{text: true}
	for begin, level := 0, 0; level < deep; level++ {
		end := len(forms)
		for _, f := range forms[begin:end] {
			for _, d := range decoders {
				if decoded := d.decode(f.text); !seen[decoded] {
					seen[decoded] = true
					forms = append(forms, form{f.how + ", " + d.how, decoded})
				}
			}
		}
		begin = end
	}
	return forms
}

var decoders = []struct {
	how    string
	decode func(string) string
}{
	{"percent-encoded", unpercent},
	{"percent-encoded", func(text string) string { return unpercent(strings.ReplaceAll(text, "+", " ")) }},
	{"escaped as in JSON", unescape},
	{"escaped as in HTML", html.UnescapeString},
}

var (
	percent = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	escapes = regexp.MustCompile(`(\\u[0-9A-Fa-f]{4})+|\\["\\/bfnrt]`)
)

// unpercent decodes what can be decoded, and leaves the rest.
func unpercent(text string) string {
	return percent.ReplaceAllStringFunc(text, func(code string) string {
		decoded, _ := hex.DecodeString(code[1:]) // the pattern has two digits
		return string(decoded)
	})
}

func unescape(text string) string {
	return escapes.ReplaceAllStringFunc(text, func(code string) string {
		var decoded string
		_ = json.Unmarshal([]byte(`"`+code+`"`), &decoded)
		return decoded
	})
}

// tells lists what of the inside the text tells.
func (f form) tells(canaries []string) []string {
	var told []string
	folded := fold(f.text)
	for _, canary := range canaries {
		if strings.Contains(folded, fold(canary)) {
			told = append(told, fmt.Sprintf("%q", canary))
		}
	}
	for _, trace := range traces {
		if at := trace.pattern.FindString(f.text); at != "" {
			told = append(told, fmt.Sprintf("%s (%q)", trace.what, at))
		}
	}
	return told
}

// fold makes texts equal that differ in case and white space alone.
func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
