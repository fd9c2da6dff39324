package wire_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/wire"
)

func TestJSON(t *testing.T) {
	type book struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	type page struct {
		Items []book `json:"items"`
	}
	decodes := func(body string) kittest.Program {
		a := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		})).Get(t, "/v1/books")
		return func(t testing.TB) { assert.Len(t, wire.JSON[page](t, a).Items, 1) }
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"two_values":          decodes(`{"items":[{"id":"7"}]}{"error":"x"}`),
			"text_after_it":       decodes(`{"items":[{"id":"7"}]} trailing`),
			"half_of_it":          decodes(`{"items":[{"id":"7"`),
			"nothing":             decodes(``),
			"no_json":             decodes("<h1>500</h1>\n"),
			"null_for_a_list":     decodes(`{"items":null}`),
			"number_for_a_string": decodes(`{"items":[{"id":7}]}`),
			"names_of_go":         decodes(`{"Items":[{"ID":"7","Title":"x"}]}`),
			"a_name_twice":        decodes(`{"items":[],"items":[{"id":"7"}]}`),
		},
		Right: map[string]kittest.Program{
			"compact":          decodes(`{"items":[{"id":"7","title":"x"}]}`),
			"with_other_names": decodes("{\"total\": 1,\n \"items\": [ {\"title\":\"\\u00e9\",\"id\":\"7\",\"isbn\":null} ] }\n"),
		},
	})
	assert.Equal(t, map[string]any{"a": 1.0}, wire.JSON[map[string]any](t, wire.Answer{Body: `{"a":1}`}))
}
