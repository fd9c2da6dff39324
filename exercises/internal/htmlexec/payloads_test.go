package htmlexec_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
)

// TestPayloads shows that each payload does harm somewhere in its context when
// a program trusts it, and none on the pages of right programs.
func TestPayloads(t *testing.T) {
	trusting := map[htmlexec.Context][]program{
		htmlexec.InText: {
			unescaped(`<title>x</title><main><div><p>{{.}}</p><img alt="x"></div></main><script nonce=n1 src=a.js></script>`),
			unescaped(`<title>{{.}}</title>`), unescaped(`<!-- {{.}} -->`), unescaped(`<p>{{noScript .}}`),
		},
		htmlexec.InQuoted:   {unescaped(`<input value="{{.}}">`), unescaped(`<input value='{{.}}'>`)},
		htmlexec.InUnquoted: {unescaped(`<input value={{.}}>`)},
		htmlexec.InURL:      {unescaped(`<a href="{{.}}">x</a>`), unescaped(`<iframe src='{{.}}'></iframe>`)},
		htmlexec.InJSON: {
			unescaped(`<script type=application/json>{"name":{{rawJSON .}}}</script><p>x</p>`),
			unescaped(`<script nonce=n1>let a = "{{.}}"</script>`), unescaped(`<script nonce=n1>let a = '{{.}}'</script>`),
			unescaped("<script nonce=n1>let a = `{{.}}`</script>"), unescaped(`<script nonce=n1>let a = "{{quotes .}}"</script>`),
		},
	}
	for _, p := range htmlexec.Payloads() {
		t.Run(string(p.In)+"/"+p.Name, func(t *testing.T) {
			harm := slices.ContainsFunc(trusting[p.In], func(page program) bool {
				return !stays(t, page, p)
			})
			assert.True(t, harm, "no trusting program is harmed")
			for _, name := range slices.Sorted(maps.Keys(right)) {
				assert.True(t, stays(t, right[name], p), name)
			}
		})
	}
}

// stays reports whether a payload stays text on a program's page.
func stays(t *testing.T, page program, p htmlexec.Payload) bool {
	r := kittest.Play(t, "TestLearner", func(t testing.TB) {
		htmlexec.Nothing(t, page(p.Input), p.Input, htmlexec.Harmless(page(p.Harmless)))
		htmlexec.SameShape(t, page(p.Harmless), page(p.Input), p.Input)
	})
	return !r.Failed()
}

func TestPayloadsAreAskedForByContext(t *testing.T) {
	all, names, total := htmlexec.Payloads(), map[string]bool{}, 0
	for _, in := range []htmlexec.Context{htmlexec.InText, htmlexec.InQuoted, htmlexec.InUnquoted, htmlexec.InURL, htmlexec.InJSON} {
		of := htmlexec.Payloads(in)
		total += len(of)
		assert.GreaterOrEqual(t, len(of), 3, in)
		for _, p := range of {
			assert.Equal(t, in, p.In)
			assert.False(t, names[p.Name], "%s is there twice", p.Name)
			names[p.Name] = true
			assert.NotContains(t, p.Input, "\n")
			assert.NotEqual(t, p.Input, p.Harmless)
		}
	}
	assert.Equal(t, len(all), total)
	assert.Len(t, htmlexec.Payloads(htmlexec.InURL, htmlexec.InJSON), len(htmlexec.Payloads(htmlexec.InURL))+len(htmlexec.Payloads(htmlexec.InJSON)))
	all[0].Input = "changed"
	assert.NotEqual(t, "changed", htmlexec.Payloads()[0].Input, "the caller's copy is not the collection")
}

// TestMeasure is the measurement of which the curriculum speaks: how many of
// five payloads run in each of four contexts, by the way in which a page is made.
func TestMeasure(t *testing.T) {
	payloads := []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `" onmouseover="alert(1)`,
		`x onmouseover=alert(1)`, `javascript:alert(1)`,
	}
	measured := func(make func(string) program, wrapped string) string {
		var counts []string
		for _, context := range []string{`<p>%s</p>`, `<p title="%s">x</p>`, `<p title=%s>x</p>`, `<a href="%s">x</a>`} {
			n := 0
			for _, p := range payloads {
				n += min(1, len(htmlexec.Find(make(fmt.Sprintf(context, wrapped))(p))))
			}
			counts = append(counts, fmt.Sprint(n))
		}
		return strings.Join(counts, " ")
	}
	// In text, a double-quoted attribute, an unquoted attribute, a link.
	assert.Equal(t, "0 0 0 0", measured(rendered, `{{.}}`), "html/template")
	assert.Equal(t, "2 1 2 2", measured(unescaped, `{{.}}`), "text/template")
	assert.Equal(t, "2 0 0 0", measured(rendered, `{{trusted .}}`), "template.HTML")
	assert.Equal(t, "0 0 3 1", measured(unescaped, `{{html .}}`), "the html function")
}
