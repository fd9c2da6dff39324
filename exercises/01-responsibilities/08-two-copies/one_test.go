package twocopies_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneCopy(t *testing.T) {
	const there = "https://example.com/a?b=c&d=%20#e"

	t.Run("makes_a_link_and_follows_it", func(t *testing.T) {
		s := open(t)
		p := s.start("copy", 0)
		code := s.created(p.create("k", there), "a first link")
		require.Equal(t, "code0001", code, "the code is the one that cfg.NewCode gave")
		require.Equal(t, link{there, 0}, p.show(code), "the link as it is shown before anybody has followed it")
		p.leads(code, there, "the link leads to its URL")
	})

	t.Run("answers_404_for_a_link_that_is_not_there", func(t *testing.T) {
		s := open(t)
		p := s.start("copy", 0)
		for _, a := range []struct{ method, path string }{{"GET", "/r/nowhere"}, {"GET", "/links/nowhere"}, {"PUT", "/links/nowhere"}} {
			answer := p.SendJSON(t, a.method, a.path, `{"url":"https://example.com"}`, "X-API-Key: k")
			require.Equalf(t, http.StatusNotFound, answer.Status, "there is no such link\n%s", answer.Story())
		}
	})

	t.Run("refuses_what_is_no_web_address", func(t *testing.T) {
		s := open(t)
		p := s.start("copy", 0)
		code := s.created(p.create("k", there), "a first link")
		for _, url := range []string{"", "/only/a/path", "javascript:alert(1)", "ftp://example.com", "//example.com/x", "https://"} {
			a := p.create("other", url)
			require.Containsf(t, []int{http.StatusBadRequest, http.StatusUnprocessableEntity}, a.Status, "%q is no absolute URL of the web\n%s", url, a.Story())
			a = p.change("k", code, url)
			require.Containsf(t, []int{http.StatusBadRequest, http.StatusUnprocessableEntity}, a.Status, "%q is no absolute URL of the web\n%s", url, a.Story())
		}
		p.leads(code, there, "no such URL was taken")
	})

	t.Run("asks_for_a_key", func(t *testing.T) {
		s := open(t)
		p := s.start("copy", 0)
		a := p.SendJSON(t, "POST", "/links", `{"url":"https://example.com"}`)
		require.Equalf(t, http.StatusUnauthorized, a.Status, "there is no X-API-Key\n%s", a.Story())
	})

	t.Run("lets_nobody_else_change_a_link", func(t *testing.T) {
		s := open(t)
		p := s.start("copy", 0)
		code := s.created(p.create("k", there), "a first link")
		for _, key := range []string{"mallory", "", "%"} {
			a := p.change(key, code, "https://example.com/mallory")
			require.GreaterOrEqualf(t, a.Status, 400, "the link was created with another key\n%s", a.Story())
			require.Lessf(t, a.Status, 500, "the link was created with another key\n%s", a.Story())
		}
		p.leads(code, there, "nobody else can change the link")
	})

	t.Run("asks_for_another_code_when_one_is_taken", func(t *testing.T) {
		s := open(t)
		p := s.start("copy", 0)
		s.next = []string{"twice", "twice", "twice", "once"}
		first := s.created(p.create("k", "https://example.com/1"), "a first link")
		second := s.created(p.create("l", "https://example.com/2"), "cfg.NewCode gives a code that is taken, twice, and then one that is not.")
		require.Equal(t, []string{"twice", "once"}, []string{first, second}, "the codes of the two links")
		p.leads(first, "https://example.com/1", "the link that had the code first stays as it is")
		p.leads(second, "https://example.com/2", "the other link has a code of its own")
	})
}
