package htmlexec_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
)

func TestAttribute(t *testing.T) {
	value := func(page program, element, name string) kittest.Program {
		return func(t testing.TB) {
			for _, input := range htmlexec.Letters() {
				if got := htmlexec.Attribute(t, page(input), element, name); got != input {
					t.Errorf("the attribute promises %s and has %s", input, got)
					return
				}
			}
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"unquoted":          value(except(`value="{{html .}}"`, `value={{html .}}`), "input#name", "value"),
			"no_such_element":   value(right["careful"], "input#other", "value"),
			"no_such_attribute": value(right["careful"], "input#name", "placeholder"),
			"no_selector":       value(right["careful"], "main > p", "class"),
			"no_page":           value(func(string) string { return "" }, "p", "class"),
		},
		Right: map[string]kittest.Program{
			"html_template": value(right["html_template"], "input#name", "value"),
			"by_hand":       value(right["by_hand"], "#name", "value"),
			"by_tree":       value(right["by_tree"], "input", "value"),
		},
	})
}

func TestAttributeOfWhat(t *testing.T) {
	const page = `<p id=a class="x y" title=1></p><p id=b class=y title=2 data-n="a&#10;b` + "\rc\x00" + `"></p><b id=a class=z title=3></b><svg class=x xlink:title=4></svg>`
	for element, want := range map[string]string{
		"p": "1", "#a": "1", "b": "3", "b#a": "3", ".y": "1", "p.y": "1", "#b.y": "2", "p#b": "2", "p#b.y": "2", ".z": "3",
	} {
		assert.Equal(t, want, htmlexec.Attribute(t, page, element, "title"), element)
	}
	assert.Equal(t, "a\nb\nc\ufffd", htmlexec.Attribute(t, page, "#b", "data-n"))
	for _, element := range []string{"i", "#c", ".w", "b.x", "p#c", "svg.x", ".X"} {
		r := kittest.Play(t, "TestLearner", func(t testing.TB) { htmlexec.Attribute(t, page, element, "title") })
		assert.True(t, r.Failed(), element)
	}
}
