package htmlexec_test

import (
	"testing"

	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
)

// tried are the payloads for the proofs of right programs, one for each
// context. TestPayloads tries all of them.
func tried() []htmlexec.Payload {
	var some []htmlexec.Payload
	for _, p := range htmlexec.Payloads() {
		if n := len(some); n == 0 || some[n-1].In != p.In {
			some = append(some, p)
		}
	}
	return some
}

// made returns the payloads for one context.
func made(in htmlexec.Context) func() []htmlexec.Payload {
	return func() []htmlexec.Payload { return htmlexec.Payloads(in) }
}

// until runs a check for one payload after the other, and stops at the first that fails.
func until(payloads func() []htmlexec.Payload, check func(t testing.TB, p htmlexec.Payload)) kittest.Program {
	return func(t testing.TB) {
		for _, p := range payloads() {
			if check(t, p); t.Failed() {
				return
			}
		}
	}
}

// nothing is how an exercise asks whether a program's pages run something.
func nothing(payloads func() []htmlexec.Payload, page program) kittest.Program {
	return until(payloads, func(t testing.TB, p htmlexec.Payload) {
		htmlexec.Nothing(t, page(p.Input), p.Input, htmlexec.Harmless(page(p.Harmless)))
	})
}

// nothingButNonces is the same for a page whose scripts all have a nonce.
func nothingButNonces(payloads func() []htmlexec.Payload, page program) kittest.Program {
	return until(payloads, func(t testing.TB, p htmlexec.Payload) {
		htmlexec.Nothing(t, page(p.Input), p.Input, htmlexec.Nonce("n1"))
	})
}

var wrong = map[string]program{
	"text_template":              unescaped(profile),
	"template_HTML":              but(`<p class="name">{{.}}</p>`, `<p class="name">{{trusted .}}</p>`),
	"template_URL":               but(`<a href="{{.}}">`, `<a href="{{trustedURL .}}">`),
	"template_JS":                but(appScript, `<script nonce="n1">greet({{printf "\"%s\"" . | trustedJS}})</script>`),
	"html_function_in_a_link":    except(`{{address .}}`, `{{html .}}`),
	"link_without_javascript":    except(`{{address .}}`, `{{denied .}}`),
	"unquoted_attribute":         except(`value="{{html .}}"`, `value={{html .}}`),
	"quotes_not_escaped":         except(`value="{{html .}}"`, `value="{{brackets .}}"`),
	"script_tags_deleted":        except(`"name">{{html .}}`, `"name">{{noScript .}}`),
	"JSON_without_escaping":      except(`{{json .}}`, `{{rawJSON .}}`),
	"template_string_with_JSON":  except(appScript, "<script nonce=n1>greet(`${name}` + `{{json .}}`)</script>"),
	"html_template_in_a_frame":   but(`</main>`, `</main><iframe srcdoc="<p>{{.}}</p>"></iframe>`),
	"handler_with_html_function": except(`<form `, `<form onsubmit="save('{{html .}}')" `),
	"text_in_the_head":           except(`<title>Profile</title>`, `<title>{{.}}</title>`),
	"script_that_is_chosen":      except(`src="/app.js"`, `src="{{html .}}"`),
	"nonce_on_every_script":      replacedIn(except(`"name">{{html .}}`, `"name">{{.}}`), `<script>`, `<script nonce=n1>`),
	"text_in_a_comment":          except(`</html>`, `</html><!-- {{.}} -->`),
}

// contexts are those whose payloads a wrong program is tried with.
var contexts = map[string]htmlexec.Context{
	"text_template": htmlexec.InText, "template_HTML": htmlexec.InText, "script_tags_deleted": htmlexec.InText,
	"html_template_in_a_frame": htmlexec.InText, "text_in_the_head": htmlexec.InText, "text_in_a_comment": htmlexec.InText, "nonce_on_every_script": htmlexec.InText,
	"template_URL": htmlexec.InURL, "html_function_in_a_link": htmlexec.InURL, "link_without_javascript": htmlexec.InURL,
	"script_that_is_chosen": htmlexec.InURL, "unquoted_attribute": htmlexec.InUnquoted, "quotes_not_escaped": htmlexec.InQuoted,
	"template_JS": htmlexec.InJSON, "JSON_without_escaping": htmlexec.InJSON, "template_string_with_JSON": htmlexec.InJSON,
	"handler_with_html_function": htmlexec.InJSON,
}

func TestNothing(t *testing.T) {
	programs := kittest.Programs{Wrong: map[string]kittest.Program{}, Right: map[string]kittest.Program{}}
	for name, page := range wrong {
		programs.Wrong[name] = nothing(made(contexts[name]), page)
	}
	programs.Wrong["text_template_by_nonce"] = nothingButNonces(tried, wrong["text_template"])
	for name, page := range right {
		programs.Right[name] = nothing(tried, page)
	}
	for _, name := range []string{"html_template", "by_hand"} {
		programs.Right[name+"_by_nonce"] = nothingButNonces(tried, right[name])
	}
	programs.Right["words_about_javascript"] = func(t testing.TB) {
		page := `<p>javascript:alert(1) and onclick="alert(1)" are text</p><a href="/javascript:not-a-scheme">1</a><a href="#javascript:">2</a>` +
			`<a href="mailto:ann@shop.example?subject=javascript:">3</a><img src="data:image/png;base64,AA=="><a href="data:image/png;base64,AA==">4</a>`
		htmlexec.Nothing(t, page, "javascript:alert(1)")
	}
	kittest.Prove(t, programs)
}
