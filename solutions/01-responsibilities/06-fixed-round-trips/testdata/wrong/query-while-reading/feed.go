// Wrong: while the rows of the page are open, other queries can be sent.
//checker:fails TestCost/is_as_many_round_trips_for_a_long_page
//checker:fails TestCost/is_one_connection
//checker:hint 1

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
		SELECT p.id, u.name, p.body, p.posted_at
		FROM posts p
		JOIN follows f ON f.followee_id = p.author_id AND f.follower_id = $1
		JOIN users u ON u.id = p.author_id
		ORDER BY p.posted_at DESC, p.id DESC
		LIMIT $2`, viewer, limit)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	defer rows.Close()
	var posts []PostView
	for rows.Next() {
		var p PostView
		if err := rows.Scan(&p.ID, &p.Author, &p.Body, &p.PostedAt); err != nil {
			return nil, fmt.Errorf("read posts: %w", err)
		}
		if err := s.pool.QueryRow(ctx, `SELECT array(SELECT tag FROM post_tags WHERE post_id = $1 ORDER BY tag), (SELECT count(*) FROM comments WHERE post_id = $1)`, p.ID).Scan(&p.Tags, &p.Comments); err != nil {
			return nil, fmt.Errorf("read post %d: %w", p.ID, err)
		}
		comments, err := s.pool.Query(ctx, `SELECT c.id, u.name, c.body FROM comments c JOIN users u ON u.id = c.author_id
			WHERE c.post_id = $1 ORDER BY c.posted_at DESC, c.id DESC LIMIT 2`, p.ID)
		if err != nil {
			return nil, fmt.Errorf("read comments: %w", err)
		}
		if p.LastComments, err = pgx.CollectRows(comments, pgx.RowToStructByPos[CommentView]); err != nil {
			return nil, fmt.Errorf("read comments: %w", err)
		}
		posts = append(posts, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	return posts, nil
}
