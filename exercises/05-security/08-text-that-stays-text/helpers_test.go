package profile_test

import (
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	profile "workbook/exercises/05-security/08-text-that-stays-text"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

// ann is a profile in which nothing is hostile.
var ann = profile.Profile{Name: "Ann", About: "Ann likes tea.", Website: "https://ann.example/"}

// A field of a profile, which a test fills with hostile text.
type field func(p *profile.Profile, text string)

var fields = map[string]field{
	"name":    func(p *profile.Profile, text string) { p.Name = text },
	"about":   func(p *profile.Profile, text string) { p.About = text },
	"website": func(p *profile.Profile, text string) { p.Website = text },
}

func serve(t *testing.T, profiles map[string]profile.Profile) *wire.Server {
	t.Helper()
	h := guard.Call(t, func() http.Handler { return profile.New(profiles) })
	require.NotNil(t, h, "New promises a handler; it returned nil")
	s := wire.Serve(t, h)
	if s.Patience = 5 * time.Second; hung.Load() {
		s.Patience = 300 * time.Millisecond
	}
	return s
}

// hung says that a request was in vain: the verdict is clear, and the others need not take as long.
var hung atomic.Bool

// get asks for path, which promises that status.
func get(t *testing.T, s *wire.Server, status int, path string) wire.Answer {
	t.Helper()
	begun := time.Now()
	defer func() { hung.CompareAndSwap(false, time.Since(begun) >= s.Patience) }()
	a := s.Get(t, path)
	require.Equalf(t, status, a.Status, "GET %s promises %d.\n%s", path, status, a.Story())
	return a
}

// each serves a profile for each text, ann's apart from one field, and looks at
// them until one has failed: one tells it.
func each(t *testing.T, set field, path string, texts []string, look func(a wire.Answer, text string)) {
	t.Helper()
	profiles := map[string]profile.Profile{}
	for i, text := range texts {
		p := ann
		set(&p, text)
		profiles[fmt.Sprint(i)] = p
	}
	s, at := serve(t, profiles), 0
	defer func() {
		if t.Failed() {
			t.Logf("The text in the profile was\n%s", texts[at])
		}
	}()
	for i, text := range texts {
		if !t.Failed() {
			at = i
			look(get(t, s, 200, fmt.Sprintf(path, i)), text)
		}
	}
}

// readable are texts that must arrive letter for letter, in random order.
func readable(t *testing.T) []string {
	list := append(htmlexec.Letters(), "one\u2028two\u2029three", "`${x}` in 'ticks'", "-->", "]]>", "<!-- a comment", `\u003cb\u003e`, `&#34;`)
	for _, p := range htmlexec.Payloads() {
		list = append(list, p.Input)
	}
	r := seed.New(t)
	for _, text := range r.AllAwkward() {
		if strings.TrimSpace(text) != "" && !strings.ContainsAny(text, "\r\n") {
			list = append(list, text)
		}
	}
	return seed.Shuffled(r, list)
}

// element returns the element with the id, with what it is in.
func element(t *testing.T, page, id string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	for n := range root.Descendants() {
		if slices.Contains(n.Attr, html.Attribute{Key: "id", Val: id}) {
			return n
		}
	}
	require.FailNowf(t, "an element is missing", "The page promises an element with the id %q, and has none. It is\n%.2000s", id, page)
	return nil
}

// alone is a page of that element and nothing else.
func alone(t *testing.T, page, id string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, html.Render(&b, element(t, page, id)))
	return b.String()
}

// sources is what the answer's Content-Security-Policy allows by the first of
// these directives that it has: the others stand in for it.
func sources(t *testing.T, a wire.Answer, directives ...string) []string {
	t.Helper()
	header := a.Header.Values("Content-Security-Policy")
	require.Truef(t, len(header) == 1 && !strings.Contains(header[0], ","), "The page promises one header Content-Security-Policy with one policy (a comma begins another).\n%s", a.Story())
	for _, name := range directives {
		for part := range strings.SplitSeq(header[0], ";") {
			if words := strings.Fields(part); len(words) > 0 && strings.EqualFold(words[0], name) {
				return words[1:]
			}
		}
	}
	return nil
}

var nonceSource = regexp.MustCompile(`^(?i:'nonce-)([A-Za-z0-9+/_-]+={0,2})'$`)

// nonce returns the nonce of the answer's policy.
func nonce(t *testing.T, a wire.Answer) string {
	t.Helper()
	for _, source := range sources(t, a, "script-src-elem", "script-src", "default-src") {
		if m := nonceSource.FindStringSubmatch(source); m != nil {
			return m[1]
		}
	}
	require.FailNowf(t, "no nonce", "Content-Security-Policy promises a nonce for scripts, 'nonce-…' with letters, digits, + / - _ and = at the end.\n%s", a.Story())
	return ""
}

// disposition reads a Content-Disposition as RFC 6266 says: filename* goes before filename.
func disposition(t *testing.T, a wire.Answer) (how, name string) {
	t.Helper()
	header := a.Header.Get("Content-Disposition")
	require.Regexpf(t, `^[ -~]+$`, header, "A file promises a Content-Disposition in ASCII; it is %q", header)
	how, params, err := mime.ParseMediaType(header)
	require.NoErrorf(t, err, "Content-Disposition promises the form of RFC 6266; it is\n%s", header)
	return how, params["filename"]
}
