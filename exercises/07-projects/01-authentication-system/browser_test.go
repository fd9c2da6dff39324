package auth_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/wire"
)

// browser has cookies, and shows the shop's pages, which send requests.
type browser struct {
	program
	cookies map[string]*http.Cookie
	csrf    string // what the last login gave
}

func (p program) browser() *browser { return &browser{program: p, cookies: map[string]*http.Cookie{}} }

// at is the same browser, whose requests go to another copy.
func (b *browser) at(p program) *browser { c := *b; c.program = p; return &c }

// copy is another browser with the same cookies, as somebody has who has stolen them.
func (b *browser) copy() *browser { c := *b; c.cookies = maps.Clone(b.cookies); return &c }

// request is one with the browser's cookies, and no other header.
func (b *browser) request(method, path string, body members, header ...string) wire.Request {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		pairs = append(pairs, name+"="+b.cookies[name].Value)
	}
	if len(pairs) > 0 {
		header = append(header, "Cookie: "+strings.Join(pairs, "; "))
	}
	return b.asks(method, path, body, header...)
}

// do sends what a page of the shop sends, and keeps the cookies that come back.
func (b *browser) do(method, path string, body members) wire.Answer {
	b.s.t.Helper()
	header := []string{"Origin: " + base, "Sec-Fetch-Site: same-origin"}
	if b.csrf != "" {
		header = append(header, "X-CSRF-Token: "+b.csrf)
	}
	a := b.Send(b.s.t, b.request(method, path, body, header...))
	for _, cookie := range (&http.Response{Header: a.Header}).Cookies() {
		if cookie.MaxAge < 0 || cookie.Value == "" {
			delete(b.cookies, cookie.Name)
			continue
		}
		b.cookies[cookie.Name] = cookie
	}
	return a
}

func (b *browser) tryLogin(email, password string) wire.Answer {
	b.s.t.Helper()
	return b.do("POST", "/login", members{"email": email, "password": password})
}

// login requires success. A cookie that JavaScript can read is none of a session.
func (b *browser) login(email, password, story string) *browser {
	b.s.t.Helper()
	a := b.tryLogin(email, password)
	require.Equalf(b.s.t, 200, a.Status, "%s POST /login promises 200 for the right password.\n%s", story, a.Story())
	b.csrf = wire.JSON[struct {
		Token string `json:"csrf_token"`
	}](b.s.t, a).Token
	require.NotEmptyf(b.s.t, b.session(), "The answer to a login promises a cookie that is HttpOnly.\n%s", a.Story())
	return b
}

// session is the name of the cookie of the session, and its value.
func (b *browser) session() (cookies []string) {
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		if b.cookies[name].HttpOnly {
			cookies = append(cookies, name+"="+b.cookies[name].Value)
		}
	}
	return cookies
}

// is requires that the browser's session is that of an account.
func (b *browser) is(email, story string) {
	b.s.t.Helper()
	a := b.do("GET", "/me", nil)
	require.Equalf(b.s.t, 200, a.Status, "%s So GET /me promises 200.\n%s", story, a.Story())
	got := wire.JSON[struct {
		Email string `json:"email"`
	}](b.s.t, a).Email
	require.Truef(b.s.t, strings.EqualFold(email, got), "%s GET /me promises the address %s.\n%s", story, email, a.Story())
}

// isNobody requires that the browser's cookies let nobody in.
func (b *browser) isNobody(story string) {
	b.s.t.Helper()
	for _, path := range []string{"/me", "/sessions"} {
		b.s.refused(b.Send(b.s.t, b.request("GET", path, nil)), story, 401)
	}
}

// row is a session in the list.
type row struct {
	ID        string `json:"id"`
	CreatedAt string `json:"created_at"`
	Current   bool   `json:"current"`
}

func (b *browser) list(story string) []row {
	b.s.t.Helper()
	a := b.do("GET", "/sessions", nil)
	require.Equalf(b.s.t, 200, a.Status, "%s GET /sessions promises 200.\n%s", story, a.Story())
	return wire.JSON[struct {
		Sessions []row `json:"sessions"`
	}](b.s.t, a).Sessions
}

// current is the ID of the browser's own session.
func (b *browser) current() string {
	b.s.t.Helper()
	var ids []string
	rows := b.list("The browser is logged in.")
	for _, r := range rows {
		if r.Current {
			ids = append(ids, r.ID)
		}
	}
	require.Lenf(b.s.t, ids, 1, "one session in the list is the current one: %v", rows)
	return ids[0]
}

// ends requires that a request ends sessions.
func (b *browser) ends(method, path, story string) {
	b.s.t.Helper()
	a := b.do(method, path, nil)
	require.Containsf(b.s.t, []int{200, 204}, a.Status, "%s %s %s promises 200 or 204.\n%s", story, method, path, a.Story())
}

func loggedIn(t *testing.T) (s *shop, a, b program, email string) {
	t.Helper()
	s = open(t)
	a, b = s.start("copy A"), s.start("copy B")
	return s, a, b, s.account(a)
}
