// Wrong: tags come in the order in which they are in the table.
//checker:fails TestFeed/has_each_post_with_its_own_tags
//checker:hint 5

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
			WHERE p.author_id IN (SELECT followee_id FROM follows WHERE follower_id = $1)
			ORDER BY p.posted_at DESC, p.id DESC
			LIMIT $2)
		SELECT page.*,
		       ARRAY (SELECT tag FROM post_tags WHERE post_id = page.id ORDER BY lower(tag), tag),
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
