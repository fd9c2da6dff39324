// Right: escaped by hand, each place in its own way; RFC 8187 by hand, with a second name for old browsers.

// Package profile serves the profiles of a forum's users.
package profile

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
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

type server map[string]Profile

// New answers requests for the page, the JSON and the file of each profile. The
// profiles are given by their ids, and do not change.
func New(profiles map[string]Profile) http.Handler { return server(profiles) }

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("x-content-type-options", "nosniff")
	path := strings.Split(r.URL.EscapedPath(), "/")[1:]
	switch {
	case len(path) == 2 && path[0] == "users":
		if p, ok := s[path[1]]; ok {
			page(w, p)
			return
		}
	case len(path) == 3 && path[0] == "users" && path[2] == "file":
		if p, ok := s[path[1]]; ok && p.File != nil {
			download(w, *p.File)
			return
		}
	case len(path) == 3 && path[0] == "api" && path[1] == "users":
		if p, ok := s[path[2]]; ok {
			text, _ := json.MarshalIndent(p, "", "  ")
			h.Set("Content-Type", "application/json; charset=utf-8")
			w.Write(text)
			return
		}
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintf(w, "<!doctype html><title>Not found</title><p>There is nothing at <code>%s</code>.\n", escape(r.URL.Path))
}

// escape makes text of a text, between tags and in an attribute with quotes.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(text)
}

// inScript makes a JSON text that no parser of HTML takes for an end of the script.
func inScript(p Profile) string {
	text, _ := json.Marshal(map[string]string{"name": p.Name, "about": p.About, "website": p.Website})
	return strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(string(text))
}

func page(w http.ResponseWriter, p Profile) {
	random := make([]byte, 20)
	rand.Read(random)
	nonce := hex.EncodeToString(random)
	w.Header().Set("Content-Type", `text/html; charset="UTF-8"`)
	w.Header().Set("content-security-policy", "Script-Src 'strict-dynamic' 'nonce-"+nonce+"'; OBJECT-SRC 'none';; base-uri 'self'")

	website := `<span id="website">` + escape(p.Website) + `</span>`
	if scheme, _, ok := strings.Cut(p.Website, ":"); ok {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto":
			website = `<a href="` + escape(p.Website) + `" id="website"><b>` + escape(p.Website) + `</b></a>`
		}
	}
	fmt.Fprintf(w, "<!doctype html><title>Profile of %s</title>\n<h1>Profile of <span id='name'>%s</span></h1>\n", escape(p.Name), escape(p.Name))
	fmt.Fprintf(w, "<div id='about'>%s</div>\n<p>%s</p>\n", strings.ReplaceAll(escape(p.About), "\n", "<br>\n"), website)
	fmt.Fprintf(w, "<input value='%s' id='new-name'>\n", escape(p.Name))
	fmt.Fprintf(w, "<script nonce='%s' id='state'>const state = %s;</script>\n<script nonce='%s'>document.title += ` (${state.about.length})`</script>\n", nonce, inScript(p), nonce)
}

func download(w http.ResponseWriter, f File) {
	var encoded, plain strings.Builder
	for _, b := range []byte(f.Name) {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '.', b == '-':
			encoded.WriteByte(b)
			plain.WriteByte(b)
		default:
			fmt.Fprintf(&encoded, "%%%02x", b)
			plain.WriteByte('_')
		}
	}
	w.Header().Set("Content-Type", "Application/Octet-Stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`Attachment;filename="%s";FileName*=utf-8'en'%s`, plain.String(), encoded.String()))
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.Write(f.Data)
}
