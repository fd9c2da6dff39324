package htmlexec

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// search returns every place of the page from which something runs.
func search(page string, nonces []string) []place {
	s := searcher{nonces: nonces}
	s.document(page)
	return s.places
}

func searchTree(root *html.Node, nonces []string) []place {
	s := searcher{nonces: nonces}
	s.tree(root)
	return s.places
}

type searcher struct {
	nonces []string
	places []place
	framed bool // the document is a frame's srcdoc

	base      *html.Node // the first <base href> of this document
	baseMoves bool       // it has been seen to move a script
}

// parse returns the tree that a browser with scripting makes of the page. It
// fails where elements nest more than 512 deep.
func parse(page string) (*html.Node, error) {
	return html.Parse(strings.NewReader(page))
}

func (s *searcher) document(page string) {
	root, err := parse(page)
	if err != nil {
		s.places = append(s.places, place{Finding: Finding{Kind: Unreadable, Framed: s.framed}, data: true})
		return
	}
	s.tree(root)
}

func (s *searcher) tree(root *html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			s.element(n)
		}
	}
}

func (s *searcher) element(n *html.Node) {
	switch {
	case n.Data == "script" && n.Namespace != "math":
		s.script(n)
	case isHTML(n, "meta"):
		s.refresh(n)
	case isHTML(n, "base"):
		if _, ok := attribute(n, "href"); ok && s.base == nil {
			s.base = n
		}
	case isHTML(n, "iframe"):
		s.frame(n)
	case n.Namespace == "svg" && (n.Data == "animate" || n.Data == "set"):
		s.animation(n)
	default:
		s.links(n)
	}
	s.handlers(n)
}

// handlerName: the standards' list grows every year, and all of it is letters.
var handlerName = regexp.MustCompile(`^on[a-z]+$`)

func (s *searcher) handlers(n *html.Node) {
	for _, a := range n.Attr {
		if handlerName.MatchString(a.Key) && strings.TrimSpace(a.Val) != "" {
			s.add(Handler, n, a.Key, a.Val)
		}
	}
}

// frame looks at where an <iframe> leads. srcdoc goes before src.
func (s *searcher) frame(n *html.Node) {
	if scriptless(n) {
		return
	}
	srcdoc, ok := attribute(n, "srcdoc")
	if !ok {
		s.links(n)
		return
	}
	inner := searcher{nonces: s.nonces, framed: true}
	inner.document(srcdoc)
	s.places = append(s.places, inner.places...)
}

// scriptless reports whether a frame's sandbox keeps scripts from running.
func scriptless(frame *html.Node) bool {
	sandbox, ok := attribute(frame, "sandbox")
	return ok && !hasWord(sandbox, "allow-scripts")
}

// leads lists the attributes of HTML that a browser goes to, by itself or when
// somebody clicks.
var leads = map[string]string{
	"a": "href", "area": "href", "form": "action", "button": "formaction", "input": "formaction",
	"iframe": "src", "frame": "src", "embed": "src", "object": "data",
}

func (s *searcher) links(n *html.Node) {
	switch n.Namespace {
	case "":
		value, ok := attribute(n, leads[n.Data])
		_, saves := attribute(n, "download")
		if ok && runsAsURL(value) && !(saves && scheme(value) == "data") {
			s.add(URL, n, leads[n.Data], value)
		}
	case "svg":
		if n.Data == "a" || n.Data == "use" {
			s.foreignLinks(n)
		}
	case "math":
		s.foreignLinks(n)
	}
}

// foreignLinks looks at href and xlink:href; <use> only ever took documents.
func (s *searcher) foreignLinks(n *html.Node) {
	for _, a := range n.Attr {
		link := a.Key == "href" && (a.Namespace == "" || a.Namespace == "xlink")
		if link && runsAsURL(a.Val) && (n.Data != "use" || scheme(a.Val) == "data") {
			s.add(URL, n, name(a), a.Val)
		}
	}
}

func (s *searcher) refresh(n *html.Node) {
	equiv, _ := attribute(n, "http-equiv")
	content, _ := attribute(n, "content")
	if strings.EqualFold(equiv, "refresh") && runsAsURL(refreshURL(content)) {
		s.add(Refresh, n, "content", refreshURL(content))
	}
}

func (s *searcher) animation(n *html.Node) {
	target, _ := attribute(n, "attributeName")
	if t := strings.TrimSpace(target); t != "href" && t != "xlink:href" {
		return
	}
	for _, key := range []string{"values", "to", "from"} {
		value, _ := attribute(n, key)
		for _, v := range strings.Split(value, ";") {
			if runsAsURL(v) {
				s.add(Animation, n, key, v)
			}
		}
	}
}

func (s *searcher) add(kind Kind, n *html.Node, attr, value string) *place {
	s.places = append(s.places, place{
		Finding: Finding{kind, strings.ToLower(n.Data), attr, visible(value, 80), s.framed},
		whole:   value,
		data:    kind != Script && kind != Handler,
	})
	return &s.places[len(s.places)-1]
}
