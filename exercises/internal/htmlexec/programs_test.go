package htmlexec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"

	"golang.org/x/net/html"
)

// A program makes a page that shows a visitor's input: as text, in an attribute,
// as the address of a link, and as inline JSON.
type program func(input string) string

// profile is a page with a place for each context.
const profile = `<!doctype html>
<html lang="en"><head><title>Profile</title><meta charset="utf-8"></head>
<body><main><div>
<p class="name">{{.}}</p>
<form action="/save"><input id="name" name="name" value="{{.}}"><button>Save</button></form>
<a href="{{.}}">home page</a>
<script type="application/json" id="state">{"name":{{.}}}</script>
</div></main>
<script nonce="n1" src="/app.js"></script>
</body></html>`

// rendered gives a page by a template of package html/template.
func rendered(text string) program {
	t := htmltemplate.Must(htmltemplate.New("page").Funcs(functions).Parse(text))
	return func(input string) string {
		var b bytes.Buffer
		if err := t.Execute(&b, input); err != nil {
			panic(err)
		}
		return b.String()
	}
}

// unescaped gives a page by a template of package text/template.
func unescaped(text string) program {
	t := texttemplate.Must(texttemplate.New("page").Funcs(functions).Parse(text))
	return func(input string) string {
		var b bytes.Buffer
		if err := t.Execute(&b, input); err != nil {
			panic(err)
		}
		return b.String()
	}
}

// encoded is JSON by encoding/json, with its escaping of < and > on or off.
func encoded(escape bool) func(any) string {
	return func(v any) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(escape)
		if err := e.Encode(v); err != nil {
			panic(err)
		}
		return strings.TrimSpace(b.String())
	}
}

// escaper is written by hand, and right between double quotes and in text.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// address lets through web addresses and mail, and nothing else.
func address(input string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:", "/"} {
		if strings.HasPrefix(input, scheme) && !strings.HasPrefix(input, "//") {
			return escaper.Replace(input)
		}
	}
	return "#"
}

// byHand is right without a template.
func byHand(input string) string {
	e := escaper.Replace(input)
	return fmt.Sprintf(`<!doctype html><title>Profile</title><main><h1>%s</h1><input id=name value="%s"><a href="%s">home page</a>
<script type="application/json" id="state">{"name":%s}</script></main><script nonce=n1>start("%s")</script>`,
		e, e, address(input), encoded(true)(input), "app")
}

// byTree is right with a tree that is written out by x/net/html.
func byTree(input string) string {
	root, err := html.Parse(strings.NewReader(`<title>Profile</title><p></p><input id=name value><textarea>`))
	if err != nil {
		panic(err)
	}
	for n := range root.Descendants() {
		switch n.Data {
		case "p", "textarea":
			n.AppendChild(&html.Node{Type: html.TextNode, Data: input})
		case "input":
			n.Attr[1].Val = input
		}
	}
	var b bytes.Buffer
	if err := html.Render(&b, root); err != nil {
		panic(err)
	}
	return b.String()
}

// careful is the profile for text/template, with every place escaped in its own way.
const careful = `<!doctype html>
<html lang="en"><head><title>Profile</title><meta charset="utf-8"></head>
<body><main><div>
<p class="name">{{html .}}</p>
<form action="/save"><input id="name" name="name" value="{{html .}}"><button>Save</button></form>
<a href="{{address .}}">home page</a>
<script type="application/json" id="state">{"name":{{json .}}}</script>
</div></main>
<script nonce="n1" src="/app.js"></script>
</body></html>`

var functions = map[string]any{
	"address":    address,
	"json":       encoded(true),
	"rawJSON":    encoded(false),
	"noBrackets": strings.NewReplacer("<", "", ">", "").Replace,
	"brackets":   strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace,
	"quotes":     strings.NewReplacer(`"`, `\"`).Replace,
	"noScript":   strings.NewReplacer("<script>", "", "</script>", "").Replace,
	"twice":      func(s string) string { return escaper.Replace(escaper.Replace(s)) },
	"trusted":    func(s string) htmltemplate.HTML { return htmltemplate.HTML(s) },
	"trustedURL": func(s string) htmltemplate.URL { return htmltemplate.URL(s) },
	"escaped":    escaper.Replace,
	"trustedJS":  func(s string) htmltemplate.JS { return htmltemplate.JS(s) },
	"denied": func(s string) string {
		if strings.HasPrefix(strings.ToLower(s), "javascript:") {
			return "#"
		}
		return escaper.Replace(s)
	},
}

// except is careful, with something else at one place.
func except(old, replacement string) program { return unescaped(replaced(careful, old, replacement)) }

// but is html/template's profile, with something else at one place.
func but(old, replacement string) program { return rendered(replaced(profile, old, replacement)) }

func replaced(page, old, replacement string) string {
	if strings.Count(page, old) != 1 {
		panic("not once on the page: " + old)
	}
	return strings.Replace(page, old, replacement, 1)
}

// replacedIn changes the pages that a program makes.
func replacedIn(p program, old, replacement string) program {
	return func(input string) string { return strings.ReplaceAll(p(input), old, replacement) }
}

const (
	stateBlock = `<script type="application/json" id="state">{"name":{{.}}}</script>`
	appScript  = `<script nonce="n1" src="/app.js"></script>`
)

// right are programs on whose pages an input stays text.
var right = map[string]program{
	"html_template":      rendered(profile),
	"careful":            unescaped(careful),
	"by_hand":            byHand,
	"by_tree":            byTree,
	"state_in_a_program": but(stateBlock, `<script nonce="n1" id="state">window.state = {"name": {{.}}};</script>`),
	"own_handlers_and_scripts": but(appScript, "<p onclick=\"ask('Really, ' + {{.}})\"></p><script src=/app.js></script>"+
		"<script>let name = {{.}}, path = `/users/${name}/a`, quote = /['\"]/ // {{.}}\n</script>"),
	"sandboxed_frame":     but(`</main>`, `</main><iframe sandbox srcdoc="{{.}}"></iframe>`),
	"frame_escaped_twice": but(`</main>`, `</main><iframe srcdoc="<p>{{escaped .}}</p>"></iframe>`),
	"quotes_of_all_kinds": but(`</main>`, `</main><p title={{.}} lang='{{.}}'>{{.}}</p><textarea>{{.}}</textarea><!-- {{.}} -->`),
}
