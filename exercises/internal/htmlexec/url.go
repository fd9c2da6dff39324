package htmlexec

import (
	"regexp"
	"strings"
)

// clean does what the URL standard does before parsing: control characters
// and spaces go from both ends, tabs and line ends from everywhere.
func clean(url string) string {
	url = strings.TrimFunc(url, func(r rune) bool { return r <= ' ' })
	return noLineEnds.Replace(url)
}

var noLineEnds = strings.NewReplacer("\t", "", "\n", "", "\r", "")

var schemePart = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// scheme returns a URL's scheme in lower case, or nothing for a relative URL.
func scheme(url string) string {
	if m := schemePart.FindStringSubmatch(clean(url)); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

// runsAsURL reports whether going to a URL runs a program that is in the URL.
func runsAsURL(url string) bool {
	switch scheme(url) {
	case "javascript", "vbscript":
		return true
	case "data":
		return scriptable(clean(url)[len("data:"):])
	}
	return false
}

// scriptable reports whether what follows data: is a document with scripts,
// by its media type. It takes a comma to make a data: URL.
func scriptable(data string) bool {
	data, _, _ = strings.Cut(data, "#")
	typ, _, ok := strings.Cut(data, ",")
	typ, _, _ = strings.Cut(typ, ";")
	typ = strings.ToLower(strings.Trim(typ, whiteSpace))
	html := typ == "text/html"
	xml := typ == "text/xml" || typ == "application/xml" || strings.HasSuffix(typ, "+xml")
	return ok && (html || xml)
}

// otherHost reports whether a URL names its host itself.
func otherHost(url string) bool {
	url = strings.ReplaceAll(clean(url), `\`, "/") // as browsers do
	s := scheme(url)
	return s == "http" || s == "https" || strings.HasPrefix(url, "//")
}

// refreshContent follows the HTML standard: a time, a separator, perhaps
// "url=", and the address.
var refreshContent = regexp.MustCompile(`(?is)^\s*(?:\d[\d.]*|\.[\d.]*)(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?(.*)$`)

// refreshURL returns where the content of a <meta http-equiv=refresh> leads,
// or nothing.
func refreshURL(content string) string {
	m := refreshContent.FindStringSubmatch(content)
	if m == nil {
		return ""
	}
	url := m[1]
	if url != "" && strings.Contains(`"'`, url[:1]) {
		url, _, _ = strings.Cut(url[1:], url[:1])
	}
	return url
}
