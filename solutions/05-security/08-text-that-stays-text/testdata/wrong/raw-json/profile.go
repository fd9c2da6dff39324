// Wrong: JSON has its own escaping; inside a script there is nothing to add.
//checker:fails TestHostileText/in_about
//checker:fails TestHostileText/in_name
//checker:fails TestHostileText/in_website
//checker:fails TestHostileText/in_website_behind_https
//checker:fails TestLetterForLetter/about_in_the_state
//checker:fails TestLetterForLetter/name_in_the_state
//checker:fails TestLetterForLetter/website_in_the_state
//checker:hint 4

// Package profile serves the profiles of a forum's users.
package profile

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"html/template"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
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
	handle := func(pattern string, show func(http.ResponseWriter, Profile)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			p, ok := profiles[r.PathValue("id")]
			if !ok {
				http.NotFound(w, r)
				return
			}
			show(w, p)
		})
	}
	handle("GET /users/{id}", page)
	handle("GET /users/{id}/file", file)
	handle("GET /api/users/{id}", api)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// The template escapes each value for the place where it stands. That holds as
// long as no value is a template.HTML, template.JS or template.URL.
var profilePage = template.Must(template.New("profile").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{{.Name}}</title>
<style nonce="{{.Nonce}}">#about { white-space: pre-line }</style>
<h1 id="name">{{.Name}}</h1>
<p id="about">{{.About}}</p>
{{if .Leads}}<a id="website" href="{{.Website}}" rel="nofollow ugc">{{.Website}}</a>{{else}}<span id="website">{{.Website}}</span>{{end}}
<p>New name: <input id="new-name" value="{{.Name}}"> <span id="left"></span></p>
<script id="state" type="application/json">{{.State}}</script>
<script nonce="{{.Nonce}}">
const state = JSON.parse(document.getElementById("state").textContent);
document.getElementById("left").textContent = 80 - state.name.length + " letters left";
</script>
</html>
`))

func page(w http.ResponseWriter, p Profile) {
	nonce := rand.Text() // 130 bits
	var state bytes.Buffer
	e := json.NewEncoder(&state)
	e.SetEscapeHTML(false) // the text shall stay readable
	_ = e.Encode(p)
	var body bytes.Buffer
	err := profilePage.Execute(&body, struct {
		Profile
		Leads bool
		Nonce string
		State template.JS
	}{p, leads(p.Website), nonce, template.JS(state.String())})
	if err != nil {
		slog.Error("profile page", "error", err)
		http.Error(w, "something went wrong on our side", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+nonce+"'; style-src 'nonce-"+nonce+"'; base-uri 'none'; form-action 'self'")
	_, _ = body.WriteTo(w) // when the client has gone, nobody is left to be told
}

// leads reports whether an address may become a link. It lists what is allowed:
// what is not can be spelled in too many ways.
func leads(address string) bool {
	u, err := url.Parse(address) // the scheme comes in lower case
	if err != nil {
		return false
	}
	return u.Scheme == "mailto" || (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func api(w http.ResponseWriter, p Profile) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p)
}

// file sends something to be saved, never to be shown: as a page it would have
// all the rights of this site.
func file(w http.ResponseWriter, p Profile) {
	if p.File == nil {
		http.Error(w, "no file", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": p.File.Name}))
	_, _ = w.Write(p.File.Data)
}
