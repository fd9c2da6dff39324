package feed_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
)

// large has 5,000 people, and 2,000 posts of persons 2 to 101, with three tags and ten comments each. Person 1 follows ten of them, who
// have 20 posts each.
const large = `
	INSERT INTO users SELECT n, 'person ' || n FROM generate_series(1, 5000) AS n;
	INSERT INTO follows SELECT 1, n FROM generate_series(2, 11) AS n;
	INSERT INTO posts SELECT n, 2 + n % 100, 'post ' || n, timestamptz '2026-01-01 00:00+00' + n * interval '1 minute' FROM generate_series(1, 2000) AS n;
	INSERT INTO post_tags SELECT p, tag FROM generate_series(1, 2000) AS p, unnest(ARRAY['a', 'b', 'c']) AS tag;
	INSERT INTO comments SELECT n, 1 + n % 2000, 1 + n % 101, 'comment ' || n, timestamptz '2026-02-01 00:00+00' + n * interval '1 second' FROM generate_series(1, 20000) AS n;`

// popular gives the latest of these posts 5,000 comments.
const popular = `
	INSERT INTO comments SELECT 100000 + n, 1909, 1 + n % 101, 'comment ' || n, timestamptz '2026-02-10 00:00+00' + n * interval '1 second' FROM generate_series(1, 5000) AS n;`

func TestCost(t *testing.T) {
	// sent returns what a feed has sent.
	sent := func(t *testing.T, n *network, limit int) *pgtrace.Spy {
		spy := &pgtrace.Spy{}
		got, err := n.feed(me, limit, dbtest.With(spy))
		require.NoError(t, err)
		require.Len(t, got, limit, "posts in a feed of %d; there are 200", limit)
		return spy
	}
	open := func(t *testing.T, data ...string) *network {
		n := &network{DB: dbtest.New(t, append([]string{schema}, data...)...), t: t}
		plan.Settle(t, n.DB)
		return n
	}

	t.Run("is_as_many_round_trips_for_a_long_page", func(t *testing.T) {
		n := open(t, large)
		short, long := sent(t, n, 5), sent(t, n, 50)
		require.Equalf(t, short.RoundTrips(), long.RoundTrips(), "a page of 50 posts takes as many round trips as one of 5. For 50 these texts were sent: %q", long.SQL())
		assert.LessOrEqualf(t, long.RoundTrips(), 4, "a page takes at most 4 round trips; these texts were sent: %q", long.SQL())
	})

	t.Run("is_one_connection", func(t *testing.T) {
		n := openNetwork(t, 3, 2)
		n.comment(n.post(2, 1, "a"), 3, 2)
		n.fill()
		_, err := n.feed(me, 10, dbtest.MaxConns(1))
		require.NoError(t, err, "the pool has one connection, which is enough")
	})

	t.Run("is_few_rows_read", func(t *testing.T) {
		n := open(t, large)
		plan.Examined(t, n.DB, sent(t, n, 20).Calls()...).Within(t,
			"a page of 20 posts with three tags and ten comments each, of 2,000 such posts, reads at most 2,000 rows", plan.Budget{Rows: 2000})
	})

	t.Run("is_few_rows_for_a_popular_post", func(t *testing.T) {
		n := open(t, large, popular)
		reads := plan.Examined(t, n.DB, sent(t, n, 5).Calls()...)
		if reads.Returned > 100 {
			t.Fatalf("a page of 5 posts, of which one has 5,000 comments, brings at most 100 rows into the program; here %d come.\n%s", reads.Returned, reads.Story())
		}
	})
}
