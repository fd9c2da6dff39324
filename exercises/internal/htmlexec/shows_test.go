package htmlexec_test

import (
	"strings"
	"testing"

	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
)

func TestShows(t *testing.T) {
	shows := func(page program) kittest.Program {
		return func(t testing.TB) {
			for _, input := range htmlexec.Letters() {
				if htmlexec.Shows(t, page(input), input); t.Failed() {
					return
				}
			}
		}
	}
	text := func(f string) program { return except(`"name">{{html .}}`, `"name">`+f) }
	marked := func(input string) string { // every word in an element of its own
		return "<p>" + strings.ReplaceAll(escaper.Replace(input), " ", "</mark> <mark>") + "</p>"
	}
	lines := func(input string) string {
		return "<div>" + strings.ReplaceAll(escaper.Replace(input), " ", "<br>\n") + "</div>"
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"brackets_deleted":     shows(text(`{{noBrackets . | html}}`)),
			"script_tags_deleted":  shows(text(`{{noScript . | html}}`)),
			"escaped_twice":        shows(text(`{{twice .}}`)),
			"not_escaped":          shows(text(`{{.}}`)),
			"only_brackets":        shows(text(`{{brackets .}}`)),
			"as_a_JSON_string":     shows(text(`{{json . | html}}`)),
			"only_in_an_attribute": shows(text(``)),
			"only_in_the_head":     shows(replacedIn(text(``), `Profile`, `Tom &amp; Jerry`)),
			"cut_after_20_letters": shows(func(input string) string { return text(`{{html .}}`)(input[:min(20, len(input))]) }),
			"no_page":              shows(func(string) string { return "" }),
			"page_without_text":    shows(func(string) string { return "<img src=a.png>" }),
		},
		Right: map[string]kittest.Program{
			"html_template":    shows(right["html_template"]),
			"by_hand":          shows(right["by_hand"]),
			"by_tree":          shows(right["by_tree"]),
			"careful":          shows(right["careful"]),
			"in_a_text_area":   shows(but(`<p class="name">{{.}}</p>`, `<textarea>{{.}}</textarea>`)),
			"word_by_word":     shows(marked),
			"line_by_line":     shows(lines),
			"much_white_space": shows(func(input string) string { return strings.ReplaceAll(byHand(input), " ", " \n\t ") }),
		},
	})
}
