package htmlexec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
)

func TestShape(t *testing.T) {
	assert.Equal(t, strings.Split(strings.TrimSpace(`
<html lang>
  <head>
    <title>
    <script nonce src=/a.js>
  <body>
    <p class id>
      <b onclick=a("")>
    <iframe srcdoc>
      <html>
        <head>
        <body>
          <i>
    <iframe sandbox srcdoc>
    <script nonce>
      program let s = {"":""}⏎//⏎a(/"/)
    <script id type>
    <svg>
      <a xlink:href>
      <script href=/b.js>`), "\n"), htmlexec.Shape(`<!doctype html><html lang=en><title>x</title><script src=/a.js nonce=1></script>
<p id=x class=y>text <b onclick='a("Ann")'>bold</b></p><!-- <u> --><iframe srcdoc="<i>x</i>"></iframe><iframe sandbox srcdoc="<i>x"></iframe>
<script nonce=1>let s = {"name":"Ann"}
// comment
a(/"/)</script><script type=application/json id=state>{"name":"Ann"}</script><svg><a xlink:href=/x></a><script href=/b.js /></svg>`))
	assert.Nil(t, htmlexec.Shape(strings.Repeat("<div>", 600)))
}

func TestSameShape(t *testing.T) {
	same := func(payloads func() []htmlexec.Payload, page program) kittest.Program {
		return until(payloads, func(t testing.TB, p htmlexec.Payload) {
			htmlexec.SameShape(t, page(p.Harmless), page(p.Input), p.Input)
		})
	}
	only := func(input string) func() []htmlexec.Payload {
		return func() []htmlexec.Payload { return []htmlexec.Payload{{Input: input, Harmless: "Ann"}} }
	}
	raw := except(`"name">{{html .}}`, `"name">{{.}}`)
	programs := kittest.Programs{
		Wrong: map[string]kittest.Program{
			"form_added":             same(only(`<form action=//evil.example>`), raw),
			"bold_allowed":           same(only(`<b>Ann</b>`), raw),
			"element_closed":         same(only(`Ann</div>`), raw),
			"rest_hidden":            same(only(`Ann<!--`), raw),
			"rest_in_a_text_area":    same(only(`Ann<textarea>`), raw),
			"image_of_another_host":  same(only(`<img src=//evil.example/a.png>`), raw),
			"at_the_end_of_the_page": same(only(`<i>`), except(`</html>`, `</html>{{.}}`)),
			"attribute_added":        same(only(`Ann autofocus`), except(`value="{{html .}}"`, `value={{html .}}`)),
			"frame_with_markup":      same(only(`<u>Ann</u>`), but(`</main>`, `</main><iframe srcdoc="{{.}}"></iframe>`)),
			"program_changed":        same(only(`Ann");save("`), except(appScript, `<script nonce=n1>greet("{{html .}}"); greet("{{.}}")</script>`)),
			"handler_changed":        same(only(`');a('`), wrong["handler_with_html_function"]),
			"script_chosen":          same(only(`//evil.example/a.js`), wrong["script_that_is_chosen"]),
			"data_block_cut":         same(only(`</script><s>`), wrong["JSON_without_escaping"]),
			"text_template":          same(tried, wrong["text_template"]),
			"no_page":                same(tried, func(string) string { return "" }),
		},
		Right: map[string]kittest.Program{
			"link_left_out": same(tried, func(input string) string {
				if a := address(input); a != "#" {
					return `<p>` + escaper.Replace(input) + `</p><a href="` + a + `">home page</a>`
				}
				return `<p>` + escaper.Replace(input) + `</p>`
			}),
			"another_nonce": func(t testing.TB) {
				htmlexec.SameShape(t, careful, replaced(careful, `"n1"`, `"n2"`), "Ann")
			},
			"attributes_in_another_order": func(t testing.TB) {
				htmlexec.SameShape(t, `<p class=a id="Ann">`, `<p id="Bob" class=a>`, "Bob")
			},
		},
	}
	for _, name := range []string{"html_template", "careful", "by_hand", "by_tree", "sandboxed_frame"} {
		programs.Right[name] = same(tried, right[name])
	}
	kittest.Prove(t, programs)
}
