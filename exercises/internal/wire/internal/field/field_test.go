package field_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/wire/internal/field"
)

type list = []string

func TestTokens(t *testing.T) {
	for _, c := range []struct{ lines, want list }{
		{list{"GET, HEAD"}, list{"GET", "HEAD"}},
		{list{"GET,HEAD", "PUT"}, list{"GET", "HEAD", "PUT"}},
		{list{" , GET ,,\t HEAD,"}, list{"GET", "HEAD"}},
		{list{""}, list{}},
		{nil, list{}},
		{list{"M-SEARCH, *"}, list{"M-SEARCH", "*"}},
		{list{"GET HEAD"}, nil},
		{list{"GET; HEAD"}, nil},
		{list{`"GET"`}, nil},
		{list{"[GET, HEAD]"}, nil},
	} {
		got, err := field.Tokens(c.lines)
		same(t, c.lines, c.want == nil, err, c.want, got)
	}
}

func TestDirectives(t *testing.T) {
	for _, c := range []struct {
		lines list
		want  map[string]string
	}{
		{list{"no-store"}, map[string]string{"no-store": ""}},
		{list{"Private, Max-Age=60"}, map[string]string{"private": "", "max-age": "60"}},
		{list{`private="Set-Cookie, X", max-age="60"`}, map[string]string{"private": "Set-Cookie, X", "max-age": "60"}},
		{list{"max-age=1", "max-age=2"}, map[string]string{"max-age": "1"}},
		{list{`x="a\"b\\c"`}, map[string]string{"x": `a"b\c`}},
		{list{`x="never closed`}, nil},
		{list{`x="never closed\"`}, nil},
		{list{"max-age=60; private"}, nil},
		{list{"max-age=60 private"}, nil},
		{list{"max-age="}, nil},
		{list{"=60"}, nil},
	} {
		got, err := field.Directives(c.lines)
		same(t, c.lines, c.want == nil, err, c.want, got)
	}
}

func TestChallenges(t *testing.T) {
	type params = map[string]string
	type all = []field.Challenge
	for _, c := range []struct {
		lines list
		want  all
	}{
		{list{"Bearer"}, all{{Scheme: "bearer"}}},
		{list{`BEARER realm="notes"`}, all{{Scheme: "bearer", Params: params{"realm": "notes"}}}},
		{list{`Basic Realm = "a, b" ,charset="UTF-8"`}, all{{Scheme: "basic", Params: params{"realm": "a, b", "charset": "UTF-8"}}}},
		{list{`Bearer realm=x, error="invalid_token", Basic realm="y"`}, all{
			{Scheme: "bearer", Params: params{"realm": "x", "error": "invalid_token"}}, {Scheme: "basic", Params: params{"realm": "y"}},
		}},
		{list{"Negotiate", "Basic realm=y"}, all{{Scheme: "negotiate"}, {Scheme: "basic", Params: params{"realm": "y"}}}},
		{list{"Negotiate, Bearer, , Custom"}, all{{Scheme: "negotiate"}, {Scheme: "bearer"}, {Scheme: "custom"}}},
		{list{"Negotiate YQ==, Bearer"}, all{{Scheme: "negotiate", Token: "YQ=="}, {Scheme: "bearer"}}},
		{list{"Negotiate a/b+c"}, all{{Scheme: "negotiate", Token: "a/b+c"}}},
		{list{`Newauth title="Login to \"apps\"", type=1`}, all{{Scheme: "newauth", Params: params{"title": `Login to "apps"`, "type": "1"}}}},
		{list{""}, all{}},
		{list{`realm="notes"`}, nil},
		{list{`"Bearer"`}, nil},
		{list{`Bearer realm="notes`}, nil},
		{list{`Bearer realm="a" error="b"`}, nil},
		{list{`Bearer realm="a", realm="b"`}, nil},
		{list{`Bearer: realm="a"`}, nil},
		{list{`Bearer ="a"`}, nil},
		{list{`Bearer realm=`}, all{{Scheme: "bearer", Token: "realm="}}}, // a token68 by the grammar
	} {
		got, err := field.Challenges(c.lines)
		same(t, c.lines, c.want == nil, err, c.want, got)
	}
}

func TestLinks(t *testing.T) {
	type params = map[string]string
	type all = []field.Link
	for _, c := range []struct {
		lines list
		want  all
	}{
		{list{`</a?x=1,2;y>; rel="next"`}, all{{"/a?x=1,2;y", params{"rel": "next"}}}},
		{list{`<a>;rel=next, <b>; REL="prev last"; title="x, <y>"`, `<c>`}, all{
			{"a", params{"rel": "next"}}, {"b", params{"rel": "prev last", "title": "x, <y>"}}, {"c", params{}},
		}},
		{list{`<a> ; rel=first; rel=second ; ;`}, all{{"a", params{"rel": "first"}}}},
		{list{`<>; rel=self`}, all{{"", params{"rel": "self"}}}},
		{list{`/a; rel="next"`}, nil},
		{list{`<a; rel="next"`}, nil},
		{list{`<a> rel="next"`}, nil},
		{list{`<a>; rel="next`}, nil},
		{list{`<a>; =next`}, nil},
	} {
		got, err := field.Links(c.lines)
		same(t, c.lines, c.want == nil, err, c.want, got)
	}
}

func TestDelay(t *testing.T) {
	now := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0":                               0,
		"120":                             2 * time.Minute,
		"007":                             7 * time.Second,
		"9223372036":                      9223372036 * time.Second,
		"9223372037":                      9223372036 * time.Second,
		"99999999999999999999":            9223372036 * time.Second,
		"Tue, 03 Feb 2026 04:05:36 GMT":   30 * time.Second,
		"Tuesday, 03-Feb-26 04:05:36 GMT": 30 * time.Second,
		"Tue Feb  3 04:05:36 2026":        30 * time.Second,
		"Tue, 03 Feb 2026 04:05:00 GMT":   0,
	} {
		got, err := field.Delay(value, now)
		same(t, value, false, err, want, got)
	}
	for _, value := range []string{
		"", "-1", "+1", "1.5", "30s", "soon", "0x10", "1e3", " 1", "2026-02-03T04:05:36Z", "1770091536000 ms",
		"Tue, 03 Feb 2026 04:05:36 UTC", "Tue, 03 Feb 2026 04:05:36 +0000", "Tue, 3 Feb 2026 04:05:36 GMT",
		"Mon, 03 Feb 2026 04:05:36 GMT", "tue, 03 feb 2026 04:05:36 gmt", "Tuesday, 03-Feb-26 04:05:36 EST",
	} {
		_, err := field.Delay(value, now)
		assert.Error(t, err, value)
	}
}

func TestTag(t *testing.T) {
	for value, want := range map[string]string{`"x"`: "x strong", `W/"x"`: "x weak", `""`: " strong", `"a\b"`: `a\b strong`, `"W/"`: "W/ strong", `"é"`: "é strong"} {
		opaque, weak, err := field.Tag(value)
		same(t, value, false, err, want, fmt.Sprint(opaque, map[bool]string{true: " weak", false: " strong"}[weak]))
	}
	for _, value := range []string{"", "x", `"`, `"x`, `x"`, `w/"x"`, `W/x`, `"a b"`, `"a"b"`, `'x'`, `W/ "x"`, "\"\x7f\""} {
		_, _, err := field.Tag(value)
		assert.Error(t, err, value)
	}
}

func TestReference(t *testing.T) {
	for _, value := range []string{"", "/a", "a/b?c=d#e", "http://x.io:80/%C3%A9", "//x/y", "?q", "tag:x@y.org,2021:z", "urn:x:y", "about:blank", "#/a"} {
		u, err := field.Reference(value)
		require.NoError(t, err, value)
		assert.Equal(t, value, u.String())
	}
	for _, value := range []string{"/a b", "/é", "http://[::1", ":x", "/%zz", `/a"b`, "/<id>", "/{id}", "http://x:port/", "a\\b", "\x7f"} {
		_, err := field.Reference(value)
		assert.Error(t, err, value)
	}
}

// same checks one row of a table.
func same(t *testing.T, in any, fails bool, err error, want, got any) {
	t.Helper()
	if fails {
		assert.Error(t, err, "%q", in)
		return
	}
	if assert.NoError(t, err, "%q", in) {
		assert.Equal(t, want, got, "%q", in)
	}
}
