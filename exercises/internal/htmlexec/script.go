package htmlexec

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// javaScript holds the media types of JavaScript in the MIME Sniffing standard.
// They are compared whole: "text/javascript; charset=utf-8" is none of them.
var javaScript = []string{
	"application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript",
	"text/ecmascript", "text/javascript", "text/javascript1.0", "text/javascript1.1", "text/javascript1.2",
	"text/javascript1.3", "text/javascript1.4", "text/javascript1.5", "text/jscript", "text/livescript",
	"text/x-ecmascript", "text/x-javascript",
}

// scriptType returns "classic", "module", "importmap" or "speculationrules", or
// nothing for a data block, by the HTML standard's steps to prepare a script.
func scriptType(n *html.Node) string {
	typ, hasType := attribute(n, "type")
	if language, ok := attribute(n, "language"); !hasType && ok && language != "" {
		typ = "text/" + language
	}
	if typ == "" {
		return "classic"
	}
	typ = strings.ToLower(strings.Trim(typ, whiteSpace))
	switch {
	case slices.Contains(javaScript, typ):
		return "classic"
	case typ == "module", typ == "importmap", typ == "speculationrules":
		return typ
	}
	return ""
}

// script looks at a <script> of HTML or SVG.
func (s *searcher) script(n *html.Node) {
	typ := scriptType(n)
	attr, src := source(n)
	value := src
	if attr == "" {
		value = content(n)
	}
	if typ == "" || strings.Trim(value, whiteSpace) == "" {
		return
	}
	p := s.add(Script, n, attr, value)
	nonce, _ := attribute(n, "nonce")
	p.allowed = allows(s.nonces, nonce) && nonceable(n)
	p.data = attr != "" || typ == "importmap" || typ == "speculationrules"
	s.moved(attr, src, typ)
}

// source returns the attribute that names a script's file, and the file. With
// that attribute, even an empty one, the text between the tags does not run.
func source(n *html.Node) (attr, file string) {
	for _, a := range n.Attr {
		inHTML := n.Namespace == "" && name(a) == "src"
		inSVG := n.Namespace == "svg" && (name(a) == "href" || name(a) == "xlink:href")
		if inHTML || inSVG {
			return name(a), strings.Trim(a.Val, whiteSpace)
		}
	}
	return "", ""
}

var swallowed = regexp.MustCompile(`(?i)<(script|style)`)

// nonceable reports whether a nonce counts on this element: not when its tag
// begins in an injected one, and its nonce is that of the script behind it.
func nonceable(n *html.Node) bool {
	return !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		return swallowed.MatchString(a.Key) || swallowed.MatchString(a.Val)
	})
}

// moved reports the document's <base> when it decides where this script, or
// what this module imports, comes from.
func (s *searcher) moved(attr, src, typ string) {
	relative := attr != "" && scheme(src) == "" && !otherHost(src) || attr == "" && (typ == "module" || typ == "importmap")
	if s.base == nil || s.baseMoves || !relative {
		return
	}
	if href, _ := attribute(s.base, "href"); otherHost(href) {
		s.baseMoves = true
		s.add(Base, s.base, "href", href)
	}
}
