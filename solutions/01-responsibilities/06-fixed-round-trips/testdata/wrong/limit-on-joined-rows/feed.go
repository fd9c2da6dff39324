// Wrong: LIMIT counts posts.
//checker:fails TestCost/is_as_many_round_trips_for_a_long_page
//checker:fails TestCost/is_few_rows_for_a_popular_post
//checker:fails TestCost/is_few_rows_read
//checker:fails TestFeed/counts_comments_once
//checker:fails TestFeed/ends_at_the_limit
//checker:fails TestFeed/has_each_post_with_its_own_tags
//checker:fails TestFeed/is_right_for_any_network
//checker:hint 2

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
		SELECT p.id, u.name, p.body, p.posted_at, t.tag
		FROM posts p
		JOIN follows f ON f.followee_id = p.author_id AND f.follower_id = $1
		JOIN users u ON u.id = p.author_id
		LEFT JOIN post_tags t ON t.post_id = p.id
		ORDER BY p.posted_at DESC, p.id DESC, t.tag
		LIMIT $2`, viewer, limit)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	var posts []PostView
	var p PostView
	var tag *string
	if _, err := pgx.ForEachRow(rows, []any{&p.ID, &p.Author, &p.Body, &p.PostedAt, &tag}, func() error {
		if len(posts) == 0 || posts[len(posts)-1].ID != p.ID {
			posts = append(posts, p)
		}
		if last := &posts[len(posts)-1]; tag != nil {
			last.Tags = append(last.Tags, *tag)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	ids, at := make([]int64, len(posts)), map[int64]*PostView{}
	for i := range posts {
		ids[i] = posts[i].ID
		at[posts[i].ID] = &posts[i]
	}
	var id int64
	rows, err = s.pool.Query(ctx, `SELECT post_id, count(*) FROM comments WHERE post_id = ANY ($1) GROUP BY post_id`, ids)
	if err != nil {
		return nil, fmt.Errorf("count comments: %w", err)
	}
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		at[id].Comments = n
		return nil
	}); err != nil {
		return nil, fmt.Errorf("count comments: %w", err)
	}
	rows, err = s.pool.Query(ctx, `
		SELECT c.post_id, c.id, u.name, c.body
		FROM unnest($1::bigint[]) AS page (id)
		CROSS JOIN LATERAL (SELECT * FROM comments WHERE post_id = page.id ORDER BY posted_at DESC, id DESC LIMIT 2) c
		JOIN users u ON u.id = c.author_id
		ORDER BY c.posted_at DESC, c.id DESC`, ids)
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	var c CommentView
	if _, err := pgx.ForEachRow(rows, []any{&id, &c.ID, &c.Author, &c.Body}, func() error {
		at[id].LastComments = append(at[id].LastComments, c)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	return posts, nil
}
