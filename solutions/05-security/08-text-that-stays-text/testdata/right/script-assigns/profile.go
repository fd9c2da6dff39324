// Right: html/template writes the state into the page's program; middleware sets the headers; a paragraph for each line.

// Package profile serves the profiles of a forum's users.
package profile

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
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

type nonceKey struct{}

// secured gives each answer its headers, and each request the nonce of its answer.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		random := make([]byte, 32)
		_, _ = rand.Read(random)
		nonce := base64.RawURLEncoding.EncodeToString(random)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src 'self' 'nonce-%s'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'", nonce))
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce)))
	})
}

// New answers requests for the page, the JSON and the file of each profile. The
// profiles are given by their ids, and do not change.
func New(profiles map[string]Profile) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		p, ok := profiles[r.PathValue("id")]
		if !ok {
			http.Error(w, "no user "+r.PathValue("id"), http.StatusNotFound) // as text/plain
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		if err := page.Execute(w, map[string]any{"P": p, "Nonce": r.Context().Value(nonceKey{})}); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
	mux.HandleFunc("GET /users/{id}/file", func(w http.ResponseWriter, r *http.Request) {
		f := profiles[r.PathValue("id")].File
		if f == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(strings.NewReplacer("\r", "", "\n", "", "\t", "").Replace(f.Name)))
		w.Write(f.Data)
	})
	mux.HandleFunc("GET /api/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		p, ok := profiles[r.PathValue("id")]
		if !ok {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(map[string]string{"title": "no user " + r.PathValue("id")})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false) // JSON of its own needs no more than JSON's escaping
		_ = e.Encode(p)
	})
	return secured(mux)
}

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"lines": func(text string) []string { return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") },
	"leads": func(address string) bool {
		u, err := url.Parse(strings.TrimSpace(address))
		return err == nil && slices.Contains([]string{"http", "https", "mailto"}, u.Scheme)
	},
}).Parse(`<!doctype html>
<title>{{.P.Name}}</title>
<article style="max-width: 40em">
<p id=name>{{.P.Name}}</p>
<section id=about>{{range lines .P.About}}<p>{{.}}</p>{{end}}</section>
{{- with .P.Website}}
{{- if leads .}}<p><a rel=nofollow id=website href={{.}}>{{.}}</a></p>{{else}}<p id=website>{{.}}</p>{{end}}
{{- end}}
<label>Name <input id=new-name value={{.P.Name}}></label>
</article>
<script id=state nonce={{.Nonce}}>window.state = {{.P}};</script>
`))
