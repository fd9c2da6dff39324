package htmlexec_test

import (
	"testing"

	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
)

type visitor struct {
	Name string `json:"name"`
}

func TestState(t *testing.T) {
	state := func(page program) kittest.Program {
		return func(t testing.TB) {
			for _, p := range append(htmlexec.Payloads(htmlexec.InJSON), htmlexec.Payload{Input: "Ann \u2028\x01\x00&é😀"}) {
				got := htmlexec.State[visitor](t, page(p.Input), "state")
				if got.Name != p.Input {
					t.Errorf("the state promises the name %q and has %q", p.Input, got.Name)
					return
				}
			}
		}
	}
	program := func(text string) program { return but(stateBlock, text) }
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"JSON_without_escaping": state(wrong["JSON_without_escaping"]),
			"string_put_together":   state(except(`{"name":{{json .}}}`, `{"name":"{{.}}"}`)),
			"entities_in_a_script":  state(except(`{"name":{{json .}}}`, `{{html "{"}}"name":"{{html .}}"}`)),
			"swallows_the_rest": until(func() []htmlexec.Payload { return []htmlexec.Payload{{Input: "<!--<script>"}} }, func(t testing.TB, p htmlexec.Payload) {
				state(wrong["JSON_without_escaping"])
				htmlexec.State[visitor](t, wrong["JSON_without_escaping"](p.Input), "state")
			}),
			"no_such_script":  state(except(`id="state"`, ``)),
			"another_element": state(func(string) string { return `<p id="state">{"name":"Ann"}</p>` }),
			"empty":           state(func(string) string { return `<script id="state"> </script>` }),
			"two_values":      state(func(string) string { return `<script id="state">window.a = {"name":"Ann"}; window.b = {}</script>` }),
			"another_form":    state(func(string) string { return `<script id="state">{"name":7}</script>` }),
			"a_list":          state(func(string) string { return `<script id="state">[]</script>` }),
			"program_as_data": state(func(string) string { return `<script id="state" type="application/json">a = {"name":"Ann"}</script>` }),
			"cut_off":         state(func(string) string { return `<script id="state">{"name":"Ann"</script>` }),
			"no_page":         state(func(string) string { return " " }),
		},
		Right: map[string]kittest.Program{
			"html_template":      state(right["html_template"]),
			"by_hand":            state(right["by_hand"]),
			"careful":            state(right["careful"]),
			"state_in_a_program": state(right["state_in_a_program"]),
			"const":              state(program("<script id=state nonce=n1>\n\tconst state = {\"name\": {{.}}}\n</script>")),
			"on_several_lines":   state(program("<script id=state>state = {\n\"name\":\n{{.}}\n}\n;\n</script>")),
			"behind_another_one": state(program(`<script id="settings" type="application/json">{"name":"dark"}</script>` + stateBlock)),
			"quoted_by_template": state(program(`<script id=state>var a={"name":"{{.}}"};</script>`)),
			"array_element":      state(program(`<script id=state type=application/json>{"name":{{.}},"more":[1,{"x":null}]}</script>`)),
		},
	})
}
