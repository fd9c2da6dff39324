package htmlexec_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/htmlexec"
)

// FuzzFind takes anything for a page, and ends.
func FuzzFind(f *testing.F) {
	for _, p := range htmlexec.Payloads() {
		f.Add(p.Input)
		f.Add(wrong["text_template"](p.Input))
		f.Add(wrong["html_template_in_a_frame"](p.Input))
	}
	f.Fuzz(func(t *testing.T, page string) {
		for _, found := range htmlexec.Find(page, htmlexec.Nonce("n1")) {
			assert.True(t, utf8.ValidString(found.String()))
			assert.NotContains(t, found.String(), "\n")
			assert.NotContains(t, found.String(), "%!")
		}
		assert.Empty(t, htmlexec.Find(page, htmlexec.Harmless(page)), "a page differs from itself")
		htmlexec.Text(page)
		htmlexec.Shape(page)
	})
}

// FuzzRight takes anything for an input of a right program: it stays text,
// and can be read.
func FuzzRight(f *testing.F) {
	for _, p := range htmlexec.Payloads() {
		f.Add(p.Input)
	}
	for _, s := range htmlexec.Letters() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input string) {
		if htmlexec.Text(escaper.Replace(input)) == "" || !utf8.ValidString(input) {
			return
		}
		for _, name := range []string{"html_template", "careful", "by_hand", "by_tree", "state_in_a_program"} {
			page := right[name](input)
			htmlexec.Nothing(t, page, input, htmlexec.Harmless(right[name]("Ann")))
			htmlexec.Shows(t, page, input)
		}
	})
}
