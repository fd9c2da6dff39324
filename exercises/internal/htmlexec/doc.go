// Package htmlexec finds what a browser would execute in a page.
//
// A test shows a hostile input on a page and asks three things of it:
//
//	for _, p := range htmlexec.Payloads() {
//		page, plain := get(t, p.Input), get(t, p.Harmless)
//		htmlexec.Nothing(t, page, p.Input, htmlexec.Harmless(plain)) // it runs nothing
//		htmlexec.SameShape(t, plain, page, p.Input)                  // it adds no markup
//		htmlexec.Shows(t, page, p.Input)                             // and it can still be read
//	}
//
// Where the page has scripts of its own, [Nonce] tells which of them the response's
// policy lets run, and [Harmless] that what runs for a harmless input may run.
//
// [Find] gives what [Nothing] judges. [State] reads inline JSON and [Attribute]
// an attribute's value, both as the browser gets them. A page is a response's
// body in UTF-8, taken as a whole HTML document, whatever its Content-Type says.
//
// # What counts
//
// The page is parsed as the HTML standard says, with scripting on. Reported is:
//
//   - <script>, in HTML and SVG, inline or with src (href in SVG), when its type
//     makes it a program: none, a JavaScript media type, module, importmap,
//     speculationrules. Not when it is empty, has another type (a data block, as
//     application/json), or a nonce allowed by [Nonce]. A nonce does not count on
//     a tag that has swallowed another "<script", as in Content Security Policy.
//   - Event handlers: attributes named "on" and letters, with a value, on any element.
//   - javascript: and vbscript: URLs, and data: URLs with an HTML or XML media
//     type (SVG is one), where a browser goes to them: href of <a> and <area>, href and
//     xlink:href of SVG's <a> and of all MathML, action of <form>, formaction of
//     <button> and <input>, src of <iframe>, <frame> and <embed>, data of
//     <object>. With download, <a> and <area> only save a data: URL.
//   - The same in <meta http-equiv=refresh>, and in to, from and values of an SVG
//     <animate> or <set> of href. data: in href of SVG's <use>.
//     Newer browsers refuse several of these; no page needs one.
//   - <base href> to another host, when scripts with a relative address, or
//     inline modules, come after it.
//
// The document in an <iframe srcdoc> is searched as well; srcdoc alone is no
// finding. (html/template escapes it once, as any attribute, so markup gets into it.) Nothing runs in a frame with sandbox that lacks allow-scripts. The
// content of <template> is searched, although it waits for a script to insert it.
// A <script> that never ends is reported, although it waits for its end.
//
// # What does not count
//
// Images, media and style sheets run no script, whatever their URL: src, srcset,
// poster, background. Nor do ping, cite, longdesc and manifest. PDF in a data:
// URL has no access to the page. Style, in elements and attributes, is no program
// in today's browsers. <noscript> is text where scripts run. What the page's own
// scripts do with their data (innerHTML, eval) is not seen, nor is markup that
// runs nothing (<form>, <b>): the latter is what [SameShape] is for.
package htmlexec
