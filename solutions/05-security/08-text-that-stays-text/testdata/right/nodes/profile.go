// Right: a tree of nodes, which x/net/html writes; there is no markup in any string.

// Package profile serves the profiles of a forum's users.
package profile

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/html"
)

// Profile is what a user has typed and uploaded. All texts are UTF-8, and none is
// empty. Nobody has looked at them: any of them may be an attack.
type Profile struct {
	Name    string `json:"name"`    // one line
	About   string `json:"about"`   // one or more lines, which end in \n or \r\n
	Website string `json:"website"` // one line; should be an address
	File    *File  `json:"-"`       // nil when there is none
}

// File is what a user has uploaded.
type File struct {
	Name string // UTF-8, without / and \, but perhaps with quotes and line breaks
	Type string // the media type, as whoever uploaded it says
	Data []byte
}

// New answers requests for the page, the JSON and the file of each profile. The
// profiles are given by their ids, and do not change.
func New(profiles map[string]Profile) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		if p, ok := profiles[r.PathValue("id")]; ok {
			page(w, p)
			return
		}
		missing(w)
	})
	mux.HandleFunc("/api/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		if p, ok := profiles[r.PathValue("id")]; ok {
			answer(w, http.StatusOK, p)
			return
		}
		missing(w)
	})
	mux.HandleFunc("/users/{id}/file", func(w http.ResponseWriter, r *http.Request) {
		p := profiles[r.PathValue("id")]
		if p.File == nil {
			missing(w)
			return
		}
		name := strings.Map(func(c rune) rune {
			if unicode.IsControl(c) {
				return '_'
			}
			return c
		}, p.File.Name)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.File.Data))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { missing(w) })
	return mux
}

func missing(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, map[string]string{"error": "not found"})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// el makes an element: its attributes are names and values in turn.
func el(name string, attributes []string, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: name}
	for i := 0; i < len(attributes); i += 2 {
		n.Attr = append(n.Attr, html.Attribute{Key: attributes[i], Val: attributes[i+1]})
	}
	for _, c := range children {
		n.AppendChild(c)
	}
	return n
}

func text(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

var mayLead = regexp.MustCompile(`(?i)^(https?://|mailto:)`)

func page(w http.ResponseWriter, p Profile) {
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	nonce := base64.StdEncoding.EncodeToString(random)

	website := el("em", []string{"id", "website"}, text(p.Website))
	if mayLead.MatchString(p.Website) {
		website = el("a", []string{"id", "website", "href", p.Website}, text(p.Website))
	}
	about := el("div", []string{"id", "about"})
	for line := range strings.Lines(p.About) {
		about.AppendChild(el("p", nil, text(strings.TrimRight(line, "\r\n"))))
	}
	state, _ := json.Marshal(p) // with <, > and & in the form \u003c, which ends no script
	body := el("body", nil,
		el("h2", []string{"id", "name"}, text(p.Name)), about, website,
		el("input", []string{"id", "new-name", "value", p.Name}),
		el("script", []string{"id", "state", "type", "application/json"}, text(string(state))),
		el("script", []string{"nonce", nonce}, text(`document.title = JSON.parse(document.getElementById("state").textContent).name`)),
	)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src-attr 'none'; script-src-elem 'report-sample' 'nonce-"+nonce+"'; object-src 'none'; base-uri 'none'")
	_ = html.Render(w, el("html", nil, el("head", nil, el("title", nil)), body))
}
