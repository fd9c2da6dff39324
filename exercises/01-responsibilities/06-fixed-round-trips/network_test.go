package feed_test

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	feed "workbook/exercises/01-responsibilities/06-fixed-round-trips"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type post struct {
	id, author int64
	at         time.Time
	body       string
	tags       []string
	comments   []comment
}

type comment struct {
	id, author int64
	at         time.Time
	body       string
}

// network is what the tables hold, in Go, so that the test can work out what a feed must be.
type network struct {
	*dbtest.DB
	t       *testing.T
	random  *seed.Rand
	names   map[int64]string
	follows map[[2]int64]bool // follower, followee
	posts   []*post
	ids     []int64 // of posts and comments yet to come, in no order
}

// me is who looks at the start page.
const me = 1

// openNetwork has people with ids from 1 on, of whom the viewer follows some.
func openNetwork(t *testing.T, people int64, followed ...int64) *network {
	n := &network{DB: dbtest.New(t, schema), t: t, random: seed.New(t), names: map[int64]string{}, follows: map[[2]int64]bool{}}
	for id := range people {
		n.names[id+1] = n.random.Name()
	}
	for _, id := range followed {
		n.follows[[2]int64{me, id}] = true
	}
	for id := range int64(3000) {
		n.ids = append(n.ids, id+1)
	}
	n.ids = seed.Shuffled(n.random, n.ids)
	return n
}

func (n *network) id() int64 {
	id := n.ids[0]
	n.ids = n.ids[1:]
	return id
}

// post adds a post, minutes after noon. Its tags are given in any order.
func (n *network) post(author int64, minutes int, tags ...string) *post {
	p := &post{id: n.id(), author: author, at: noon.Add(time.Duration(minutes) * time.Minute), body: n.random.Awkward(), tags: tags}
	n.posts = append(n.posts, p)
	return p
}

// comment adds a comment to the post, minutes after noon.
func (n *network) comment(p *post, author int64, minutes int) {
	p.comments = append(p.comments, comment{n.id(), author, noon.Add(time.Duration(minutes) * time.Minute), n.random.Awkward()})
}

// fill writes all into the tables, in any order.
func (n *network) fill() {
	n.t.Helper()
	var users, follows, posts, tags, comments [][]any
	for id, name := range n.names {
		users = append(users, []any{id, name})
	}
	for f := range n.follows {
		follows = append(follows, []any{f[0], f[1]})
	}
	for _, p := range n.posts {
		posts = append(posts, []any{p.id, p.author, p.body, p.at})
		for _, tag := range p.tags {
			tags = append(tags, []any{p.id, tag})
		}
		for _, c := range p.comments {
			comments = append(comments, []any{c.id, p.id, c.author, c.body, c.at})
		}
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"users", []string{"id", "name"}, users},
		{"follows", []string{"follower_id", "followee_id"}, follows},
		{"posts", []string{"id", "author_id", "body", "posted_at"}, posts},
		{"post_tags", []string{"post_id", "tag"}, tags},
		{"comments", []string{"id", "post_id", "author_id", "body", "posted_at"}, comments},
	} {
		slices.SortFunc(table.rows, func(a, b []any) int { return cmp.Compare(fmt.Sprint(a...), fmt.Sprint(b...)) })
		_, err := n.Owner().CopyFrom(n.t.Context(), pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(seed.Shuffled(n.random, table.rows)))
		require.NoError(n.t, err, "fill table %s", table.name)
	}
}

// want is the feed that the viewer must get.
func (n *network) want(viewer int64, limit int) []feed.PostView {
	var followed []*post
	for _, p := range n.posts {
		if n.follows[[2]int64{viewer, p.author}] {
			followed = append(followed, p)
		}
	}
	slices.SortFunc(followed, func(a, b *post) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.id, a.id)) })
	views := []feed.PostView{}
	for _, p := range followed[:min(limit, len(followed))] {
		v := feed.PostView{ID: p.id, Author: n.names[p.author], Body: p.body, PostedAt: p.at, Tags: slices.Sorted(slices.Values(p.tags)), Comments: len(p.comments)}
		latest := slices.SortedFunc(slices.Values(p.comments), func(a, b comment) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.id, a.id)) })
		for _, c := range latest[:min(2, len(latest))] {
			v.LastComments = append(v.LastComments, feed.CommentView{ID: c.id, Author: n.names[c.author], Body: c.body})
		}
		views = append(views, v)
	}
	return views
}

// feed asks for a feed.
func (n *network) feed(viewer int64, limit int, options ...dbtest.Option) ([]feed.PostView, error) {
	n.t.Helper()
	pool := n.Pool(options...)
	return guard.Call2(n.t, func() ([]feed.PostView, error) { return feed.NewStore(pool).Feed(n.t.Context(), viewer, limit) })
}

// requireFeed compares the feed with the one that it must be.
func (n *network) requireFeed(promise string, viewer int64, limit int) {
	n.t.Helper()
	got, err := n.feed(viewer, limit)
	require.NoError(n.t, err, promise)
	rowset.Equal(n.t, promise, rowset.Of(n.want(viewer, limit)), rowset.Of(got), rowset.InOrder)
}
