package feed_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	feed "workbook/exercises/01-responsibilities/06-fixed-round-trips"
	"workbook/exercises/internal/guard"
)

func TestFeed(t *testing.T) {
	t.Run("has_posts_of_the_people_followed", func(t *testing.T) {
		n := openNetwork(t, 4, 2, 3)
		n.follows[[2]int64{4, me}] = true
		for minute, author := range []int64{1, 2, 3, 4, 3, 2, 1} {
			n.post(author, minute)
		}
		n.fill()
		n.requireFeed("the viewer follows persons 2 and 3, so the feed has their posts and no others, the latest first", me, 10)
		n.requireFeed("person 4 follows the viewer, who has two posts", 4, 10)
	})

	t.Run("ends_at_the_limit", func(t *testing.T) {
		n := openNetwork(t, 3, 2)
		for minute := range 6 {
			p := n.post(2, minute, "b", "a", "c")
			n.comment(p, 3, minute)
			n.comment(p, 2, minute+1)
		}
		n.fill()
		n.requireFeed("of six posts, with three tags and two comments each, a feed of four has the latest four", me, 4)
		n.requireFeed("a feed of one has the latest", me, 1)
		n.requireFeed("of six posts a feed of seven has all", me, 7)
	})

	t.Run("has_the_higher_id_first_at_one_instant", func(t *testing.T) {
		n := openNetwork(t, 3, 2, 3)
		for i := range 12 {
			n.post(int64(2+i%2), i/6)
		}
		n.fill()
		n.requireFeed("of posts at the same instant the one with the higher id is first, also where the page ends among them", me, 9)
	})

	t.Run("has_posts_without_tags_and_comments", func(t *testing.T) {
		n := openNetwork(t, 3, 2)
		n.post(2, 1)
		n.post(2, 2, "tagged")
		n.comment(n.post(2, 3), 3, 4)
		n.fill()
		n.requireFeed("a post comes also when it has no tags, no comments, or neither", me, 10)
	})

	t.Run("has_each_post_with_its_own_tags", func(t *testing.T) {
		n := openNetwork(t, 3, 2)
		n.post(2, 1, "go", "databases", "Go", "a, b", "c++", "")
		n.post(2, 2, "go")
		n.post(3, 3, "not followed")
		n.post(2, 4, `{"x"}`, "zebra", "été", "null")
		n.fill()
		n.requireFeed("each post has its own tags in the order of the alphabet; a tag is any text, also the empty one, and one with a comma", me, 10)
	})

	t.Run("counts_comments_once", func(t *testing.T) {
		n := openNetwork(t, 3, 2)
		for comments := range 5 {
			p := n.post(2, comments, "a", "b", "c")
			for minute := range comments {
				n.comment(p, 3, minute)
			}
		}
		n.fill()
		n.requireFeed("posts with three tags have 0 to 4 comments; tags do not make more of them", me, 10)
	})

	t.Run("has_the_latest_two_comments", func(t *testing.T) {
		n := openNetwork(t, 4, 2)
		p := n.post(2, 0)
		for _, minute := range []int{5, 9, 7, 1, 8} {
			n.comment(p, 3, minute)
		}
		q := n.post(2, 1)
		for range 6 {
			n.comment(q, 4, 3)
		}
		n.fill()
		n.requireFeed("the latest two comments come, the latest first; of those at the same instant the one with the higher id is later", me, 10)
	})

	t.Run("names_the_author_of_each_comment", func(t *testing.T) {
		n := openNetwork(t, 5, 2)
		n.names[3], n.names[4], n.names[5] = "Kim", "Kim", n.names[2]
		p := n.post(2, 0)
		n.comment(p, 3, 1)
		n.comment(p, 4, 2)
		n.comment(n.post(2, 1), 5, 3)
		n.comment(n.post(2, 2), 1, 3)
		n.fill()
		n.requireFeed("each comment has the name of who wrote it; two people are called Kim, and one is called as the author of the post", me, 10)
	})

	t.Run("is_right_for_any_network", func(t *testing.T) {
		n := openNetwork(t, 8, 2, 3, 4, 1)
		for range 60 {
			p := n.post(n.random.Between(1, 8), int(n.random.Between(0, 20)), someTags(n)...)
			for range n.random.Between(0, 7) {
				n.comment(p, n.random.Between(1, 8), int(n.random.Between(0, 5)))
			}
		}
		n.fill()
		n.requireFeed("a feed of ten, in a network of 60 posts", me, 10)
		n.requireFeed("a feed of all, in a network of 60 posts", me, 100)
	})

	t.Run("is_empty_when_there_is_nothing", func(t *testing.T) {
		n := openNetwork(t, 3, 2)
		n.post(3, 1, "a")
		n.fill()
		for viewer, who := range map[int64]string{me: "The viewer follows somebody who has written nothing.", 2: "The viewer follows nobody.", 99: "There is no such viewer."} {
			got, err := n.feed(viewer, 10)
			require.NoError(t, err, "%s No posts is an empty list, not an error", who)
			require.Empty(t, got, who)
		}
	})
}

// someTags is up to three tags.
func someTags(n *network) (tags []string) {
	for _, tag := range []string{"go", "sql", "http"} {
		if n.random.Chance(0.5) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func TestFailure(t *testing.T) {
	for _, table := range []string{"users", "follows", "posts", "post_tags", "comments"} {
		t.Run("of_reading_"+table+"_is_reported", func(t *testing.T) {
			n := openNetwork(t, 3, 2)
			n.comment(n.post(2, 1, "a"), 3, 2)
			n.fill()
			n.Exec(`ALTER TABLE ` + table + ` RENAME TO elsewhere`)

			got, err := n.feed(me, 10)

			require.Errorf(t, err, "table %s cannot be read, so there is an error", table)
			assert.Empty(t, got, "an error means no posts")
		})
	}

	for _, table := range []string{"posts", "post_tags", "comments"} {
		t.Run("half_way_through_"+table+"_is_reported", func(t *testing.T) {
			n := openNetwork(t, 3, 2)
			for minute := range 4 {
				p := n.post(2, minute, "a", "b")
				n.comment(p, 3, minute)
			}
			n.fill()
			// The third row that is read of the table makes the server give up, such as a damaged page would.
			n.Exec(`CREATE SEQUENCE reads`)
			n.Exec(`CREATE FUNCTION damaged() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
				IF nextval('reads') = 3 THEN RAISE EXCEPTION 'could not read block' USING ERRCODE = 'data_corrupted'; END IF;
				RETURN true;
			END $$`)
			n.Exec(`ALTER TABLE ` + table + ` ENABLE ROW LEVEL SECURITY`)
			n.Exec(`CREATE POLICY damaged ON ` + table + ` USING (damaged())`)

			got, err := n.feed(me, 10)

			require.Errorf(t, err, "the database has failed after two rows of %s, so there is an error; these posts came without one: %+v", table, got)
			assert.Empty(t, got, "an error means no posts")
		})
	}

	t.Run("to_wait_is_reported", func(t *testing.T) {
		n := openNetwork(t, 3, 2)
		n.post(2, 1)
		n.fill()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		store := feed.NewStore(n.Pool())

		_, err := guard.Call2(t, func() ([]feed.PostView, error) { return store.Feed(ctx, me, 10) })

		require.ErrorIs(t, err, context.Canceled, "the caller had given up before Feed began")
	})
}
