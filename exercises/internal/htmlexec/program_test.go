package htmlexec

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProgram(t *testing.T) {
	for source, want := range map[string]string{
		``:                              ``,
		`a("x", 'y')`:                   `a("", '')`,
		`a("x\"y\\", 'y\'', "'")`:       `a("", '', "")`,
		"a(`x ${b('y')} z`)":            "a(`${b('')}`)",
		"a(`${`${c}`}`, {b: {}})":       "a(`${`${c}`}`, {b: {}})",
		"a(`\\${x}`)":                   "a(``)",
		"a(`x\ny`)":                     "a(``)",
		"a(`${{b: 1}}x`)":               "a(`${{b: 1}}`)",
		`a(); // it's "b"` + "\nc('d')": "a(); //\nc('')",
		"// x\u2028a()":                 "//\u2028a()",
		"// x\ra()":                     "//\ra()",
		`a(/* it's */ "b")`:             `a(/* "")`,
		`/* /* */ a("x") /* */`:         `/* a("") /*`,
		`a(/["'/]\/"/g, "x")`:           `a(/["'/]\/"/g, "")`,
		`a(/[/"]/, "x")`:                `a(/[/"]/, "")`,
		`return /"/.test("x")`:          `return /"/.test("")`,
		`a = b / 2 + "x" / c`:           `a = b / 2 + "" / c`,
		`a = (b) / 2 + "x/y"`:           `a = (b) / 2 + ""`,
		`x.in / "y" / 2`:                `x.in / "" / 2`,
		"a(\"x\nb('y')":                 "a(\"\nb('')",
		"a(\"x\\\ny\")":                 `a("")`,
		`}} a("x") }`:                   `}} a("") }`,
		`"never closed`:                 `"`,
		`"\`:                            `"`,
		"`never closed ${a('x')":        "`${a('')",
		`/* never closed "`:             `/*`,
		`a(/never closed "`:             `a(/never closed "`,
		`a(/\`:                          `a(/\`,
		`{"a":[1,{"b":null}]}`:          `{"":[1,{"":null}]}`,
		"x = \"\u2028\"":                `x = ""`,
	} {
		assert.Equal(t, want, program(source), source)
	}
}

func TestProgramAfterLongNames(t *testing.T) {
	for n := range 100 {
		name := strings.Repeat("x", n+1)
		assert.Equal(t, name+` / ""`, program(name+` / "y"`))
		assert.Equal(t, name+`; return /"/`, program(name+`; return /"/`))
	}
}

// TestProgramChanges is about texts that leave the string they were put into.
func TestProgramChanges(t *testing.T) {
	for place, texts := range map[string][]string{
		`a("%")`:      {`");b("`, `\`, "\n", `"+b+"`, `\\"+b+"`},
		`a('%')`:      {`');b('`, `'`, `\\'`, "\r"},
		"a(`%`)":      {"`", "${b}", "\\\\${b}", "${", "`+b+`"},
		"// %\na()":   {"\nb()", "\rb()", "\u2029b()"},
		`/* % */ a()`: {`*/ b() /*`, `*/`},
		`a(%)`:        {`1);b(2`, `"x" + b`},
		`a(/%/)`:      {`/)+b(/`, `x`},
	} {
		plain := program(strings.ReplaceAll(place, "%", "Ann"))
		assert.Equal(t, plain, program(strings.ReplaceAll(place, "%", "Ann")))
		for _, text := range texts {
			assert.NotEqual(t, plain, program(strings.ReplaceAll(place, "%", text)), "%q in %q", text, place)
		}
	}
}
