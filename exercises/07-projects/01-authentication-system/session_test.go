package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/wire"
)

// hard requires that the cookies of an answer are hard to steal, and returns them.
func hard(t *testing.T, answer wire.Answer) []*http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: answer.Header}).Cookies()
	for _, cookie := range cookies {
		require.Truef(t, cookie.Secure, "a cookie is sent over HTTPS alone: Secure\n%s", answer.Story())
		require.Containsf(t, []http.SameSite{http.SameSiteLaxMode, http.SameSiteStrictMode}, cookie.SameSite, "a cookie has SameSite=Lax or Strict\n%s", answer.Story())
		require.Equalf(t, "/", cookie.Path, "a cookie has Path=/\n%s", answer.Story())
		require.Emptyf(t, cookie.Domain, "a cookie has no Domain\n%s", answer.Story())
	}
	return cookies
}

func TestLogin(t *testing.T) {
	t.Run("gives_a_cookie_for_every_copy", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		for _, spelling := range []string{email, strings.ToUpper(email)} {
			kim := a.browser().login(spelling, s.password, "The address is verified.")
			for _, p := range []program{a, b} {
				kim.at(p).is(email, "The login was on copy A.")
			}
		}
		a.browser().isNobody("The browser has no cookie.")
	})
	t.Run("gives_a_cookie_that_is_hard_to_steal", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		answer := a.browser().tryLogin(email, s.password)
		hidden := 0
		for _, cookie := range hard(t, answer) {
			if cookie.HttpOnly {
				hidden++
				require.NotContainsf(t, answer.Body, cookie.Value, "JavaScript cannot read a session, in the body neither\n%s", answer.Story())
			}
		}
		require.Positivef(t, hidden, "the cookie of the session is HttpOnly\n%s", answer.Story())
	})
	t.Run("gives_nothing_to_a_cookie_that_JavaScript_can_read", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		for name, cookie := range kim.cookies {
			if cookie.HttpOnly {
				delete(kim.cookies, name)
			}
		}
		kim.isNobody("Of the cookies of a login only those are left that are not HttpOnly.")
	})
	t.Run("gives_a_cookie_that_cannot_be_guessed", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		var values []string
		for n := range 60 {
			values = append(values, strings.Join([]program{a, b}[n%2].browser().login(email, s.password, "It is one of 60 logins.").session(), ";"))
		}
		random(t, "The cookie of a session", values)
	})
	t.Run("keeps_no_cookie_in_the_database", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		for _, cookie := range kim.session() {
			_, value, _ := strings.Cut(cookie, "=")
			s.hides(s.dump(), "The cookie of a session.", value)
		}
	})
	t.Run("says_the_same_whatever_is_wrong", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		a.registers("unverified@mail.example", s.password)
		s.deliver()
		var first string
		for n, attempt := range [][2]string{{email, "not the password"}, {"nobody@mail.example", s.password}, {"unverified@mail.example", s.password}, {email, strings.ToUpper(s.password)}, {email, s.password + " "}} {
			story := fmt.Sprintf("Login of %s with %q; the accounts' password is %q, and %s is the only verified address.", attempt[0], attempt[1], s.password, email)
			_, verified := s.work(func() {
				answer := a.browser().tryLogin(attempt[0], attempt[1])
				s.refused(answer, story, 401)
				require.Emptyf(t, answer.Header.Values("Set-Cookie"), "%s A 401 sets no cookie.", story)
				if n == 0 {
					first = sent(answer)
				}
				require.Equalf(t, first, sent(answer), "%s All 401s are the same, but for the Date:", story)
			})
			require.Equalf(t, 1, verified, "%s Calls of Verify, which takes its time:", story)
		}
	})
	t.Run("refuses_what_is_no_login", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		s.nonsense(a, "/login", []int{400, 401, 422}, `{}`, `{"email": "`+email+`"}`, `{"password": "`+s.password+`"}`, `{"email": {}, "password": "`+s.password+`"}`, `{"email": "kim\u0000@mail.example", "password": "`+s.password+`"}`)
	})
	t.Run("takes_the_password_of_the_link_that_was_used", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, "a password of Mallory's")
		s.deliver()
		p.registers(kim, s.password)
		s.deliver()
		p.verifies(s.newest(kim, "/verify"), "Mallory has registered the address first, then Kim, who has used the link of the second mail.")
		s.refused(p.browser().tryLogin(kim, "a password of Mallory's"), "Mallory has registered the address first, then Kim, who has used the link of the second mail. The password is Mallory's.", 401)
		p.browser().login(kim, s.password, "Mallory has registered the address first, then Kim, who has used the link of the second mail. The password is Kim's.")
	})
	t.Run("begins_a_new_session", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		before := kim.copy()
		kim.login(email, s.password, "It is the second login of this browser.")
		require.NotEqual(t, before.session(), kim.session(), "the cookie after a second login, compared with the one after the first")
		before.at(b).isNobody("The browser has logged in again. This is its cookie from before that.")
		kim.at(b).is(email, "The browser has logged in again. This is its new cookie.")
	})
	t.Run("trusts_no_cookie_from_before", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		mallory := a.browser().login(s.account(a), s.password, "Mallory has an account, too.")
		for name, story := range map[string]string{"planted": "made up by Mallory", "hers": "of Mallory's own session"} {
			planted, victim := mallory.copy(), mallory.copy()
			victim.csrf = mallory.csrf
			if name == "planted" {
				for _, b := range []*browser{planted, victim} {
					for cookie := range b.cookies {
						b.cookies[cookie] = &http.Cookie{Name: cookie, Value: "abcdefghijklmnopqrstuvwxyz", HttpOnly: true}
					}
				}
			}
			answer := victim.tryLogin(email, s.password)
			if answer.Status != 200 { // a login that looks for its token of CSRF may refuse
				s.refused(answer, "The browser's cookie is "+story+".", 400, 401, 403)
				continue
			}
			victim.is(email, "Kim has logged in, in a browser whose cookie was "+story+".")
			answer = planted.Send(t, planted.request("GET", "/me", nil))
			require.NotContainsf(t, answer.Body, email, "Kim has logged in, in a browser whose cookie was %s. With that cookie Mallory is not Kim.\n%s", story, answer.Story())
		}
	})
}

func TestSession(t *testing.T) {
	t.Run("needs_the_database", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		s.fails(func(p program) []wire.Request {
			own := []string{"Origin: " + base, "Sec-Fetch-Site: same-origin", "X-CSRF-Token: " + kim.csrf}
			return []wire.Request{
				p.asks("POST", "/login", members{"email": email, "password": s.password}),
				kim.request("GET", "/me", nil), kim.request("GET", "/sessions", nil),
				kim.request("DELETE", "/sessions/"+kim.current(), nil, own...), kim.request("DELETE", "/sessions", nil, own...), kim.request("POST", "/logout", nil, own...),
			}
		})
		kim.is(email, "One copy has lost its database, the others have not.")
	})
	t.Run("ends_after_12_hours", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		s.later(12*time.Hour - time.Minute)
		kim.is(email, "The login was a minute less than 12 hours ago.")
		young := b.browser().login(email, s.password, "It is a login on another browser.")
		require.Len(t, young.list("There are two logins."), 2, "sessions of an account with two logins, one of them nearly 12 hours ago")
		s.later(time.Minute + time.Second)
		kim.isNobody("The login was more than 12 hours ago, and the session was used a minute ago.")
		require.Len(t, young.list("There are two logins."), 1, "sessions of an account with two logins, one of them more than 12 hours ago")
	})
	t.Run("ends_with_logout_for_every_copy_of_its_cookie", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim, phone := a.browser().login(email, s.password, "The address is verified."), a.browser().login(email, s.password, "It is another browser.")
		stolen := kim.copy()
		stolen.at(b).is(email, "The session has begun on copy A.")
		answer := kim.do("POST", "/logout", nil)
		require.Containsf(t, []int{200, 204}, answer.Status, "The browser is logged in. POST /logout promises 200 or 204.\n%s", answer.Story())
		require.Empty(t, kim.session(), "cookies of the session that the browser has after the answer to logout")
		hard(t, answer) // a browser forgets a cookie for the path that it is told
		stolen.isNobody("Its owner has logged out. This is the cookie from before.")
		stolen.at(b).isNobody("Its owner has logged out, on copy A. This is the cookie from before.")
		phone.is(email, "Somebody has logged out on another browser.")
	})
	t.Run("is_in_the_list_of_its_account", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim, phone := a.browser().login(email, s.password, "The address is verified."), b.browser().login(email, s.password, "It is another browser.")
		other := a.browser().login(s.account(a), s.password, "It is another account.")
		rows := kim.list("The account has two sessions.")
		require.Len(t, rows, 2, "sessions of an account that has logged in on two browsers")
		require.NotEqual(t, kim.current(), phone.current(), "the current session of two browsers")
		require.Len(t, other.list("Another account has one session."), 1, "sessions of another account")
		for _, r := range rows {
			at, err := time.Parse(time.RFC3339, r.CreatedAt)
			require.NoErrorf(t, err, "created_at promises a moment as in RFC 3339: %v", r)
			require.WithinDurationf(t, time.Now(), at, time.Hour, "created_at is when the session has begun: %v", r)
			thief := kim.copy()
			for name := range thief.cookies {
				thief.cookies[name] = &http.Cookie{Name: name, Value: r.ID}
			}
			thief.isNobody("The cookie is the ID of a session in the list.")
		}
	})
	t.Run("can_be_ended_from_another_browser", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim, phone := a.browser().login(email, s.password, "The address is verified."), b.browser().login(email, s.password, "It is another browser.")
		tablet := b.browser().login(email, s.password, "It is a third browser.")
		id := phone.current()
		for _, p := range []program{a, b} {
			phone.at(p).is(email, "Its session is good.")
		}
		kim.ends("DELETE", "/sessions/"+id, "It is the session of the phone.")
		for _, p := range []program{a, b} {
			phone.at(p).isNobody("Its owner has ended the session from another browser, by copy A.")
		}
		kim.is(email, "It has ended the session of another browser.")
		tablet.is(email, "The session of another browser was ended.")
		require.Len(t, kim.list("One of three sessions was ended."), 2, "sessions in the list, when one of three was ended")
	})
	t.Run("of_another_account_cannot_be_ended", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		mallory := b.browser().login(s.account(a), s.password, "Mallory has an account, too.")
		for _, id := range []string{kim.current(), "nonsense", "0", "-1", "99999999999999999999999999", "%00", "' OR true --"} {
			path := "/sessions/" + strings.ReplaceAll(id, " ", "%20")
			s.refused(mallory.do("DELETE", path, nil), fmt.Sprintf("Mallory has sent DELETE %s, which is no session of theirs.", path), 400, 403, 404)
		}
		kim.is(email, "Mallory has tried to end the session.")
	})
	t.Run("can_be_ended_with_all_others", func(t *testing.T) {
		s, a, b, email := loggedIn(t)
		kim, phone := a.browser().login(email, s.password, "The address is verified."), b.browser().login(email, s.password, "It is another browser.")
		other := b.browser()
		otherEmail := s.account(a)
		other.login(otherEmail, s.password, "It is another account.")
		stolen := kim.copy()
		kim.ends("DELETE", "/sessions", "The account has two sessions.")
		phone.isNobody("DELETE /sessions has ended all sessions of the account.")
		stolen.isNobody("DELETE /sessions has ended all sessions of the account, also the one that sent it.")
		other.is(otherEmail, "Another account has ended all its sessions.")
	})
}

func TestOtherSites(t *testing.T) {
	type origin struct {
		from   string
		header []string
	}
	evil := []origin{
		{"another site", []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}},
		{"another site, without an Origin", []string{"Sec-Fetch-Site: cross-site"}},
		{"a subdomain", []string{"Sec-Fetch-Site: same-site", "Origin: https://evil.shop.example"}},
		{"another site, in an old browser", []string{"Origin: https://evil.example"}},
		{"a subdomain, in an old browser", []string{"Origin: https://evil.shop.example"}},
		{"a sandbox, in an old browser", []string{"Origin: null"}},
		{"a site whose name begins like ours, in an old browser", []string{"Origin: https://shop.example.evil.example"}},
	}
	t.Run("cannot_use_a_session", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim, phone := a.browser().login(email, s.password, "The address is verified."), a.browser().login(email, s.password, "It is another browser.")
		mallory := a.browser().login(s.account(a), s.password, "Mallory has an account, too.")
		for _, r := range [][2]string{{"POST", "/logout"}, {"DELETE", "/sessions/" + phone.current()}, {"DELETE", "/sessions"}} {
			for _, o := range evil {
				for _, token := range []string{"", mallory.csrf} {
					victim, header := kim.copy(), o.header
					if token != "" {
						header = append([]string{"X-CSRF-Token: " + token}, header...)
						for name, cookie := range mallory.cookies { // which a subdomain can plant
							if !cookie.HttpOnly {
								victim.cookies[name] = cookie
							}
						}
					}
					answer := a.Send(t, victim.request(r[0], r[1], nil, header...))
					s.refused(answer, fmt.Sprintf("A page of %s makes Kim's browser send this.", o.from), 403)
					kim.is(email, fmt.Sprintf("A page of %s has made the browser send %s %s, and got 403.", o.from, r[0], r[1]))
					phone.is(email, fmt.Sprintf("A page of %s has made another browser of the account send %s %s, and got 403.", o.from, r[0], r[1]))
				}
			}
		}
	})
	t.Run("cannot_use_a_link", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		for _, path := range []string{"/logout", "/sessions/" + kim.current(), "/sessions?_method=DELETE"} {
			a.Send(t, kim.request("GET", path, nil, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "X-HTTP-Method-Override: DELETE"))
			kim.is(email, "Its browser has followed a link to "+path+", with GET.")
		}
	})
	t.Run("cannot_read_an_answer", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		kim := a.browser().login(email, s.password, "The address is verified.")
		for _, o := range evil {
			for _, method := range []string{"GET", "OPTIONS"} {
				for _, path := range []string{"/me", "/sessions", "/login"} {
					answer := a.Send(t, kim.request(method, path, nil, append([]string{"Access-Control-Request-Method: DELETE"}, o.header...)...))
					require.Emptyf(t, answer.Header.Values("Access-Control-Allow-Origin"), "No other site may read an answer. This request comes from %s.\n%s", o.from, answer.Story())
				}
			}
		}
	})
	t.Run("do_not_keep_our_own_pages_out", func(t *testing.T) {
		s, a, _, email := loggedIn(t)
		for _, header := range [][]string{{"Sec-Fetch-Site: same-origin", "Origin: " + base}, {"Origin: " + base}} {
			kim := a.browser().login(email, s.password, "The address is verified.")
			if kim.csrf != "" {
				header = append(header, "X-CSRF-Token: "+kim.csrf)
			}
			answer := a.Send(t, kim.request("POST", "/logout", nil, header...))
			require.Containsf(t, []int{200, 204}, answer.Status, "A page of the shop sends this, with its headers.\n%s", answer.Story())
			kim.isNobody("A page of the shop has sent POST /logout.")
		}
	})
}
