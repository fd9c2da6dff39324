package htmlexec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/htmlexec"
)

// at returns the findings of a page as "kind attribute<element>".
func at(page string, opts ...htmlexec.Option) []string {
	places := []string{}
	for _, f := range htmlexec.Find(page, opts...) {
		places = append(places, string(f.Kind)+" "+f.Attribute+"<"+f.Element+">")
	}
	return places
}

func TestFindReports(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		// Scripts, and the types that make a program.
		{`<script>a()</script>`, "script <script>"},
		{`<script type="">a()</script>`, "script <script>"},
		{`<script type="  Text/JavaScript ">a()</script>`, "script <script>"},
		{`<script type="application/x-ecmascript">a()</script>`, "script <script>"},
		{`<script type=text/javascript1.5>a()</script>`, "script <script>"},
		{`<script type=MODULE>a()</script>`, "script <script>"},
		{`<script type=importmap>{}</script>`, "script <script>"},
		{`<script type=speculationrules>{}</script>`, "script <script>"},
		{`<script language=JScript>a()</script>`, "script <script>"},
		{`<script language="">a()</script>`, "script <script>"},
		{`<script language=x type>a()</script>`, "script <script>"},
		{`<script src=/a.js></script>`, "script src<script>"},
		{`<script src=/a.js type=application/json type=module></script><script src=/a.js type=module></script>`, "script src<script>"},
		{`<script nonce>a()</script>`, "script <script>"},
		{`<svg><script>a()</script></svg>`, "script <script>"},
		{`<svg><script>a&#40;)</script></svg>`, "script <script>"},
		{`<svg><script xlink:href="/a.js"/></svg>`, "script xlink:href<script>"},
		{`<svg><script href="/a.js"/></svg>`, "script href<script>"},
		{`<svg><script xlink:type=text/plain>a()</script></svg>`, "script <script>"},
		{`<math><mtext><script>a()</script></mtext></math>`, "script <script>"},
		{`<table><script>a()</script></table>`, "script <script>"},
		{`<script>never ends`, "script <script>"},

		// Out of places where markup is text.
		{`<title></title><script>a()</script></title>`, "script <script>"},
		{`<textarea></textarea><img onerror=a()></textarea>`, "event handler onerror<img>"},
		{`<style></style><script>a()</script></style>`, "script <script>"},
		{`<noscript></noscript><script>a()</script></noscript>`, "script <script>"},
		{`<!-- --!><script>a()</script> -->`, "script <script>"},
		{`<!--><script>a()</script> -->`, "script <script>"},
		{`<svg><style><img onerror=a()></style></svg>`, "event handler onerror<img>"},
		{`<![CDATA[><img onerror=a()>]]>`, "event handler onerror<img>"},
		{`<script type=application/json>{"a":"</script><script>a()</script>"}</script>`, "script <script>"},
		{`<script type=application/json>"<!--<script></script>"</script><b onclick=a()>`, "event handler onclick<b>"},
		{`<template><img onerror=a()></template>`, "event handler onerror<img>"},
		{`<template shadowrootmode=open><script>a()</script></template>`, "script <script>"},
		{`<select><option><img onerror=a()></select>`, "event handler onerror<img>"},

		// Handlers.
		{`<p ONCLICK=a()>`, "event handler onclick<p>"},
		{`<svg/onload=a()>`, "event handler onload<svg>"},
		{`<math onclick=a()>`, "event handler onclick<math>"},
		{`<x-y onfocus='a()' onfocus='b()' autofocus>`, "event handler onfocus<x-y>"},
		{`<p title=x onclick=a()>`, "event handler onclick<p>"},
		{`<p title="x"onclick=a()>`, "event handler onclick<p>"},
		{`<p title=""" onclick=a()>`, "event handler onclick<p>"},
		{`<p title=x/ onclick=a()//>`, "event handler onclick<p>"},
		{`<body><p><body onload=a()>`, "event handler onload<body>"},
		{`<p onclick=a() onblur=b()>`, "event handler onclick<p>; event handler onblur<p>"},

		// URLs, and what a browser makes of them.
		{`<a href=javascript:a()>`, "script URL href<a>"},
		{`<a href="&#1; JaVa&Tab;sc&NewLine;ript&colon;a()">`, "script URL href<a>"},
		{"<a href='java\nscript\r\n:a()'>", "script URL href<a>"},
		{`<a href=&#106avascript:a()>`, "script URL href<a>"},
		{`<a href=vbscript:a()>`, "script URL href<a>"},
		{`<a href=javascript:a() download>`, "script URL href<a>"},
		{`<a href=javascript:a() href=/>`, "script URL href<a>"},
		{`<area href=javascript:a()>`, "script URL href<area>"},
		{`<form action=javascript:a()>`, "script URL action<form>"},
		{`<form><button formaction=javascript:a()>`, "script URL formaction<button>"},
		{`<form><input formaction=javascript:a()>`, "script URL formaction<input>"},
		{`<iframe src=javascript:a()></iframe>`, "script URL src<iframe>"},
		{`<frameset><frame src=javascript:a()>`, "script URL src<frame>"},
		{`<object data=javascript:a()>`, "script URL data<object>"},
		{`<embed src=javascript:a()>`, "script URL src<embed>"},
		{`<svg><a xlink:href=javascript:a()>`, "script URL xlink:href<a>"},
		{`<svg><a href=javascript:a()>`, "script URL href<a>"},
		{`<math><mi href=javascript:a()>`, "script URL href<mi>"},
		{`<a href="data:text/html,x">`, "script URL href<a>"},
		{`<a href=" DATA:Text/HTML ;charset=utf-8;base64,eA==">`, "script URL href<a>"},
		{`<iframe src="data:image/svg+xml,x"></iframe>`, "script URL src<iframe>"},
		{`<object data="data:application/xhtml+xml,x">`, "script URL data<object>"},
		{`<embed src="data:text/xml,x">`, "script URL src<embed>"},
		{`<embed src="data:application/xml,x">`, "script URL src<embed>"},
		{`<svg><use href="data:image/svg+xml,x#y">`, "script URL href<use>"},
		{`<svg><animate attributeName=href values="/;javascript:a()">`, "animation values<animate>"},
		{`<svg><set attributename=" xlink:href " to=javascript:a()>`, "animation to<set>"},
		{`<svg><animate attributeName=href from=javascript:a() to=/>`, "animation from<animate>"},
		{`<meta http-equiv=Refresh content="0;url=javascript:a()">`, "refresh content<meta>"},
		{`<meta http-equiv=refresh content="0; URL = 'javascript:a()'x">`, "refresh content<meta>"},
		{`<meta http-equiv=refresh content=".5,javascript:a()">`, "refresh content<meta>"},
		{`<meta http-equiv=refresh content="0 data:text/html,x">`, "refresh content<meta>"},

		// Where scripts come from.
		{`<base href=//evil.example/><script src=a.js></script>`, "script src<script>; base address href<base>"},
		{`<base href="https:\\evil.example"><script type=module>a()</script>`, "script <script>; base address href<base>"},

		// Frames.
		{`<iframe srcdoc="<p onclick=a()>"></iframe>`, "event handler onclick<p>"},
		{`<iframe srcdoc="&lt;iframe srcdoc='&lt;b onclick=a()>'>"></iframe>`, "event handler onclick<b>"},
		{`<iframe sandbox=allow-Scripts srcdoc="<p onclick=a()>"></iframe>`, "event handler onclick<p>"},
		{`<iframe sandbox srcdoc="<script>a()</script>" onload=a()></iframe>`, "event handler onload<iframe>"},
	} {
		t.Run(c.page, func(t *testing.T) {
			assert.Equal(t, c.want, strings.Join(at(c.page), "; "))
		})
	}
}

func TestFindReportsNothing(t *testing.T) {
	for _, page := range []string{
		``, `just text`, `<p>Ann &lt;script>a()&lt;/script></p>`,
		// Data, not programs.
		`<script type=application/json>{"a":1}</script>`,
		`<script type=application/ld+json>{"a":1}</script>`,
		`<script type="text/javascript; charset=utf-8">a()</script>`,
		`<script type=" ">a()</script>`, `<script type=text/template><b onclick=a()></script>`,
		`<script type=text/plain src=/a.js></script>`, `<script language=x>a()</script>`,
		`<script type=application/json type=module>{}</script>`,
		`<script></script>`, "<script> \n </script>", `<script src=" ">a()</script>`,
		`<math><script>a()</script></math>`, `<svg><script src=/a.js></script></svg>`,
		// Markup that is text.
		`<title><script>a()</script></title>`, `<textarea><script>a()</script></textarea>`,
		`<style><script>a()</script></style>`, `<!-- <script>a()</script> -->`,
		`<noscript><img onerror=a()></noscript>`, `<iframe><script>a()</script></iframe>`,
		`<xmp><script>a()</script></xmp>`, `<plaintext><script>a()</script>`,
		`<svg><![CDATA[<img onerror=a()>]]></svg>`,
		`<script type=application/json>{"a":"\u003c/script>\u003cscript>"}</script>`,
		// Attributes that are no handlers.
		`<p title="onclick=a()">`, `<p title='x" onclick="a()'>`, `<p data-onclick=a()>`, `<p x-on:click=a()>`,
		`<p on=a()>`, `<p on-click=a()>`, `<p onclick>`, `<p onclick=" ">`, `</p onclick=a()>`,
		// URLs that are none, or lead to no program.
		`<a href=/javascript:a()>`, `<a href=#javascript:a()>`, `<a href=?javascript:a()>`, `<a href=./javascript:a()>`,
		`<a href=mailto:ann@shop.example>`, `<a href=https://shop.example/?next=javascript:a()>`,
		`<a href=javascript>`, `<a href=javascript%3Aa()>`, `<a href=javascript&amp;colon;a()>`, "<a href='\x00javascript:a()'>",
		`<a href=&nbsp;javascript:a()>`, `<a href=xjavascript:a()>`, `<a href=/ href=javascript:a()>`, `<a xlink:href=javascript:a()>`,
		`<a href="data:image/png;base64,AA==">`, `<a href=data:,text>`, `<a href=data:text/plain,text/html,x>`, `<a href=data:text/html>`,
		`<a href=data:text/html;x#,>`, `<a href=data:application/pdf,x>`, `<a download href=data:text/html,x>`,
		`<p href=javascript:a()>`, `<img src=javascript:a()>`, `<img src="data:image/svg+xml,<svg onload=a()>">`, `<video poster=javascript:a()>`,
		`<link rel=icon href=data:image/svg+xml,x>`, `<input src=javascript:a()>`, `<a ping=javascript:a()>`, `<q cite=javascript:a()>`,
		`<body background=javascript:a()>`, `<html manifest=javascript:a()>`, `<input value=javascript:a()>`,
		`<svg><image href=data:image/svg+xml,x></svg>`, `<svg><use href=javascript:a()></svg>`, `<svg><use href=#a></svg>`,
		`<svg><animate attributeName=width values=javascript:a()></svg>`, `<svg><set attributeName=href to=/></svg>`,
		`<animate attributeName=href values=javascript:a()>`,
		`<meta http-equiv=refresh content=5>`, `<meta http-equiv=refresh content="0;url=/javascript:a()">`,
		`<meta http-equiv=refresh content="x;url=javascript:a()">`, `<meta http-equiv=refresh content="0;url='/'javascript:a()">`,
		`<meta http-equiv=default-style content="0;url=javascript:a()">`,
		`<meta name=refresh content="0;url=javascript:a()">`, `<meta http-equiv=refresh content="0url=javascript:a()">`,
		`<p style="background:url(javascript:a())">`, `<style>p{background:url(javascript:a())}</style>`,
		`<base href=//evil.example/>`, `<base href=javascript:a()>`,
		// Frames that run nothing.
		`<iframe srcdoc="<b>x</b>"></iframe>`, `<iframe srcdoc="&amp;lt;script>a()&amp;lt;/script>"></iframe>`,
		`<iframe sandbox srcdoc="<script>a()</script>"></iframe>`, `<iframe sandbox=allow-forms src=javascript:a()></iframe>`,
		`<iframe srcdoc src=javascript:a()></iframe>`,
		`<svg><iframe srcdoc="<script>a()</script>"></iframe></svg>`, `<svg><iframe src=javascript:a()></iframe></svg>`, `<p srcdoc="<script>a()</script>">`, `<iframe src=/></iframe>`,
	} {
		t.Run(page, func(t *testing.T) {
			assert.Empty(t, at(page))
		})
	}
}

func TestFinding(t *testing.T) {
	for page, want := range map[string]string{
		"<script>a(\n\t'\x01')\u2028</script>":                            "a script, <script>, runs: a(⏎⇥'[U+0001]')[U+2028]",
		`<iframe srcdoc="<b onclick=a()>">`:                               "an event handler, onclick of <b> in the srcdoc of a frame, runs: a()",
		`<a href="javascript:` + strings.Repeat("é", 100) + `">`:          "a link to a program, href of <a>, leads to: javascript:" + strings.Repeat("é", 69) + "…",
		`<svg><set attributeName=href to=javascript:a()>`:                 "an animation, to of <set>, changes a link to: javascript:a()",
		`<meta http-equiv=refresh content="0;url='javascript:a()'; x">`:   "a refresh, content of <meta>, leads to: javascript:a()",
		`<meta http-equiv=refresh content=0;javascript:a()>`:              "a refresh, content of <meta>, leads to: javascript:a()",
		strings.Repeat("<div>", 600):                                      "elements nested more than 500 deep: what a browser would run cannot be told",
		`<iframe srcdoc="` + strings.Repeat("<div>", 600) + `"></iframe>`: "elements nested more than 500 deep in the srcdoc of a frame: what a browser would run cannot be told",
	} {
		found := htmlexec.Find(page)
		require.Len(t, found, 1)
		assert.Equal(t, want, found[0].String())
	}
	base := htmlexec.Find(`<base href=//evil.example><script src=a.js></script>`)
	require.Len(t, base, 2)
	assert.Equal(t, "a base address, href of <base>, moves the scripts after it to: //evil.example", base[1].String())
}
