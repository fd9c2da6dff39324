// Wrong: follower_id is the person whose posts are in the feed.
//checker:fails TestCost/is_as_many_round_trips_for_a_long_page
//checker:fails TestCost/is_few_rows_for_a_popular_post
//checker:fails TestCost/is_few_rows_read
//checker:fails TestFailure/half_way_through_comments_is_reported
//checker:fails TestFailure/half_way_through_post_tags_is_reported
//checker:fails TestFailure/half_way_through_posts_is_reported
//checker:fails TestFeed/counts_comments_once
//checker:fails TestFeed/ends_at_the_limit
//checker:fails TestFeed/has_each_post_with_its_own_tags
//checker:fails TestFeed/has_posts_of_the_people_followed
//checker:fails TestFeed/has_posts_without_tags_and_comments
//checker:fails TestFeed/has_the_higher_id_first_at_one_instant
//checker:fails TestFeed/has_the_latest_two_comments
//checker:fails TestFeed/is_right_for_any_network
//checker:fails TestFeed/names_the_author_of_each_comment
//checker:hint 6

// Package feed reads the start page of a social network.
package feed

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PostView is a post as the start page shows it.
type PostView struct {
	ID           int64
	Author       string // the name of who wrote it
	Body         string
	PostedAt     time.Time
	Tags         []string      // in the order of the alphabet (that of the database, or of package slices: they agree)
	Comments     int           // how many there are
	LastComments []CommentView // the latest two, the latest first
}

// CommentView is a comment as the start page shows it.
type CommentView struct {
	ID     int64
	Author string
	Body   string
}

// Store reads posts from the database.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns a store on the database of pool.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool}
}

// Feed returns the latest posts of the people whom the viewer follows, the
// latest first: as many as limit says, or all when there are fewer. limit is at
// least 1.
func (s *Store) Feed(ctx context.Context, viewer int64, limit int) ([]PostView, error) {
	rows, err := s.pool.Query(ctx, `
		WITH page AS (
			SELECT p.id, u.name, p.body, p.posted_at
			FROM posts p JOIN users u ON u.id = p.author_id
			WHERE p.author_id IN (SELECT follower_id FROM follows WHERE followee_id = $1)
			ORDER BY p.posted_at DESC, p.id DESC
			LIMIT $2)
		SELECT page.*,
		       ARRAY (SELECT tag FROM post_tags WHERE post_id = page.id ORDER BY tag),
		       (SELECT count(*) FROM comments WHERE post_id = page.id),
		       (SELECT coalesce(json_agg(json_build_object('ID', id, 'Author', name, 'Body', body) ORDER BY posted_at DESC, id DESC), '[]')
		        FROM (SELECT c.id, u.name, c.body, c.posted_at
		              FROM comments c JOIN users u ON u.id = c.author_id
		              WHERE c.post_id = page.id
		              ORDER BY c.posted_at DESC, c.id DESC
		              LIMIT 2) latest)
		FROM page
		ORDER BY page.posted_at DESC, page.id DESC`, viewer, limit)
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	posts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[PostView])
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	return posts, nil
}
