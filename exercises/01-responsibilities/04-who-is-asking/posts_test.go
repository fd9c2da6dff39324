package whoisasking_test

import (
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	whoisasking "workbook/exercises/01-responsibilities/04-who-is-asking"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// site is two servers, the application and Posts alone, on a table in which
// Alice has two posts and Mallory has one between them.
type site struct {
	*dbtest.DB
	t         *testing.T
	app, bare *wire.Server
	was       []whoisasking.Post
	text      string // of the posts that are sent
}

func openSite(t *testing.T) *site {
	t.Helper()
	s := &site{DB: dbtest.New(t, schema), t: t, text: seed.New(t).Word()}
	s.Exec(`INSERT INTO posts (author_id, text) VALUES ($1, 'Alice 1'), ($2, 'Mallory 1'), ($1, 'Alice 2')`, alice, mallory)
	s.was = s.posts()
	pool := s.Pool()
	posts := guard.Call(t, func() http.Handler { return whoisasking.Posts(pool) })
	s.bare = wire.Serve(t, posts)
	s.app = wire.Serve(t, guard.Call(t, func() http.Handler { return whoisasking.Authenticate(people(), posts) }))
	return s
}

func (s *site) posts() []whoisasking.Post {
	return dbtest.Structs[whoisasking.Post](s.DB, `SELECT id, author_id, text FROM posts ORDER BY id`)
}

// send sends a claim, whose body is more members for the object of a POST.
func (s *site) send(server *wire.Server, route string, claim wire.Request, header ...string) wire.Answer {
	s.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	claim.Method, claim.Path, claim.Header = method, path+claim.Path, append(header, claim.Header...)
	if method == "POST" {
		claim.Body = fmt.Sprintf(`{"text":%q%s}`, s.text, claim.Body)
		claim.Header = append(claim.Header, "Content-Type: application/json")
	}
	return server.Send(s.t, claim)
}

func (s *site) requireUnchanged(a wire.Answer) {
	s.t.Helper()
	require.Equal(s.t, s.was, s.posts(), "The request was refused, so the table has the posts that it had.\n"+a.Story())
}

// requests are leaf tests of a route; took judges the answer to a user's request.
func requests(t *testing.T, route string, claimed map[string][]wire.Request, took func(s *site, a wire.Answer, when string, id int64)) {
	t.Run("the_users", func(t *testing.T) {
		s := openSite(t)
		for _, token := range []string{"alices-token", "mallorys-token", "newcomers-token"} {
			took(s, s.send(s.app, route, wire.Request{}, bearer(token)), "the token of Authorization is "+token, people()[token])
		}
	})
	for name, list := range claimed {
		t.Run("the_users_whatever_is_in_"+name, func(t *testing.T) {
			s := openSite(t)
			for _, claim := range list {
				a := s.send(s.app, route, claim, bearer("mallorys-token"))
				if a.Status >= 400 && a.Status < 500 {
					s.requireUnchanged(a)
				} else {
					took(s, a, "the token of Authorization is Mallory's, and the request is not refused with a 4xx", mallory)
				}
			}
		})
	}
	t.Run("nobodys_without_Authenticate", func(t *testing.T) {
		s := openSite(t)
		all := slices.Concat(slices.Collect(maps.Values(claimed))...)
		for _, claim := range append(all, wire.Request{Header: []string{bearer("alices-token")}}) {
			a := s.send(s.bare, route, claim)
			requireStatus(t, a, "there is no Authenticate before Posts, so that nobody knows who asks", "401")
			s.requireUnchanged(a)
		}
	})
}

func TestPost(t *testing.T) {
	all := maps.Clone(claims)
	for member := range strings.FieldsSeq("author_id authorId author user_id userId user") {
		all["the_body"] = append(all["the_body"], wire.Request{Body: fmt.Sprintf(`,%q:%d`, member, alice)})
	}
	requests(t, "POST /posts", all, func(s *site, a wire.Answer, when string, id int64) {
		s.t.Helper()
		requireStatus(s.t, a, when, "201")
		now := s.posts()
		last := now[len(now)-1]
		require.Equal(s.t, append(s.was, whoisasking.Post{ID: last.ID, AuthorID: id, Text: s.text}), now, "When "+when+", the table has one more post, whose author is that user, and whose text is that of the body."+who+a.Story())
		require.Equal(s.t, last, wire.JSON[whoisasking.Post](s.t, a), "The answer is the post as it stands in the table."+who+a.Story())
		s.was = now
	})
}

func TestMine(t *testing.T) {
	requests(t, "GET /me/posts", claims, func(s *site, a wire.Answer, when string, id int64) {
		s.t.Helper()
		requireStatus(s.t, a, when, "200")
		others := func(p whoisasking.Post) bool { return p.AuthorID != id }
		want := slices.DeleteFunc(s.posts(), others)
		require.Equal(s.t, want, wire.JSON[[]whoisasking.Post](s.t, a), "When "+when+", the answer is the list of this user's posts, by their ids."+who+a.Story())
	})
}
