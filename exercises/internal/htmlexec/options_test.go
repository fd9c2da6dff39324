package htmlexec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/htmlexec"
)

func TestNonce(t *testing.T) {
	n := htmlexec.Nonce("n1", "")
	for page, want := range map[string]string{
		`<script nonce=n1>a()</script><script nonce=n1 src=/a.js></script><svg><script nonce=n1>a()</script></svg>`: "",
		`<script nonce=n2>a()</script>`:                                                       "script <script>",
		`<script nonce=N1>a()</script>`:                                                       "script <script>",
		`<script nonce>a()</script>`:                                                          "script <script>",
		`<script nonce=n2 nonce=n1>a()</script>`:                                              "script <script>",
		`<p nonce=n1 onclick=a()>`:                                                            "event handler onclick<p>",
		"<script src=//evil.example x='<p><SCRIPT ' nonce=n1></script>":                       "script src<script>",
		`<script src=//evil.example <script nonce=n1>a()</script>`:                            "script src<script>",
		`<base href=//evil.example><script nonce=n1 src=/a.js></script>`:                      "base address href<base>",
		`<base href=//evil.example><script nonce=n1 type=module>import "./a.js"</script>`:     "base address href<base>",
		`<base href=/a/><base href=//evil.example><script nonce=n1 src=/a.js></script>`:       "",
		`<base target=x><base href=//evil.example><script nonce=n1 src=/a.js></script>`:       "base address href<base>",
		`<base href=/a/><script nonce=n1 src=/a.js></script>`:                                 "",
		`<base href=//evil.example><script nonce=n1 src=https://shop.example/a.js></script>`:  "",
		`<base href=//evil.example><script nonce=n1 src=//shop.example/a.js></script>`:        "",
		`<base href=//evil.example><script nonce=n1 src="data:text/javascript,a()"></script>`: "",
		`<base href=\\evil.example><script nonce=n1 src=a.js></script>`:                       "base address href<base>",
		`<base href=HTTP:evil.example><script nonce=n1 src=a.js></script>`:                    "base address href<base>",
		`<base href=ftp://evil.example><script nonce=n1 src=a.js></script>`:                   "",
		`<base href=//evil.example><script nonce=n1>a()</script>`:                             "",
		`<script nonce=n1 src=/a.js></script><base href=//evil.example>`:                      "",
		`<base href=//evil.example><script nonce=n1 src=/a></script><script nonce=n1 src=/b>`: "base address href<base>",
		`<iframe srcdoc="<script nonce=n1>a()</script><script>b()</script>"></iframe>`:        "script <script>",
	} {
		t.Run(page, func(t *testing.T) {
			assert.Equal(t, want, strings.Join(at(page, n), "; "))
		})
	}
}

func TestHarmless(t *testing.T) {
	const own = `<script src=/a.js></script><p onclick="greet('Ann')"><script nonce=n1>let s = {"name":"Ann"}</script><a href="javascript:void(0)">x</a>`
	for name, c := range map[string]struct{ page, want string }{
		"the same":                       {own, ""},
		"another text and nonce":         {strings.NewReplacer("Ann", `\u0027`, "n1", "n2").Replace(own), ""},
		"a script less":                  {strings.Replace(own, `<script src=/a.js></script>`, "", 1), ""},
		"a script twice":                 {own + `<script src=/a.js></script>`, "script src<script>"},
		"another src":                    {strings.Replace(own, "/a.js", "/b.js", 1), "script src<script>"},
		"a broken handler":               {strings.Replace(own, "'Ann'", "'Ann');a('", 1), "event handler onclick<p>"},
		"a broken program with a nonce":  {strings.Replace(own, `"Ann"`, `"Ann"};a();"`, 1), "script <script>"},
		"another javascript URL":         {strings.Replace(own, "void(0)", "void(1)", 1), "script URL href<a>"},
		"the handler on another element": {strings.Replace(own, "<p ", "<b ", 1), "event handler onclick<b>"},
		"the handler in a frame":         {strings.Replace(own, "<p onclick=\"greet('Ann')\">", `<iframe srcdoc="<p onclick=greet('Ann')>"></iframe>`, 1), "event handler onclick<p>"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, strings.Join(at(c.page, htmlexec.Nonce("n1", "n2"), htmlexec.Harmless(own)), "; "))
		})
	}
	t.Run("an import map is data: every letter counts", func(t *testing.T) {
		plain, other := `<script type=importmap>{"imports":{"a":"/a.js"}}</script>`, `<script type=importmap>{"imports":{"a":"/b.js"}}</script>`
		assert.Empty(t, at(plain, htmlexec.Harmless(plain)))
		assert.Len(t, at(other, htmlexec.Harmless(plain)), 1)
	})
	t.Run("an empty page has nothing of its own", func(t *testing.T) {
		assert.Len(t, at(`<script nonce=n1>a()</script>`, htmlexec.Nonce("n1"), htmlexec.Harmless("")), 1)
	})
}
