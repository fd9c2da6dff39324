package problem

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// pointer reads a JSON Pointer, which is empty or begins with / (RFC 6901 §3),
// or its form as a URI fragment, which begins with # (§6).
func pointer(text string) (string, error) {
	place := text
	if fragment, ok := strings.CutPrefix(text, "#"); ok {
		decoded, err := url.PathUnescape(fragment)
		if err != nil {
			return "", fmt.Errorf("%q is no JSON Pointer: %w", text, err)
		}
		place = decoded
	}
	if place != "" && !strings.HasPrefix(place, "/") {
		return "", fmt.Errorf("%q is no JSON Pointer: one is empty or begins with /", text)
	}
	if strings.Contains(escaped.ReplaceAllString(place, ""), "~") {
		return "", fmt.Errorf("%q is no JSON Pointer: its ~ stands for neither ~0 nor ~1", text)
	}
	return place, nil
}

var escaped = regexp.MustCompile(`~[01]`)

var index = regexp.MustCompile(`\[(\d+)\]`)

// fromField makes a pointer of items[0].qty or items.0.qty. A field that is
// written as a pointer is one.
func fromField(text string) (string, error) {
	if text == "" || strings.ContainsRune("/#", rune(text[0])) {
		return pointer(text)
	}
	var b strings.Builder
	for name := range strings.SplitSeq(strings.TrimPrefix(index.ReplaceAllString(text, ".$1"), "."), ".") {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return b.String(), nil
}
