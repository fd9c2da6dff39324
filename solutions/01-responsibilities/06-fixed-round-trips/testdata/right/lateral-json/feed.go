// Right: LATERAL joins, and the whole page as JSON.

// Package feed reads the start page of a social network.
package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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
	var page []byte
	err := s.pool.QueryRow(ctx, `
		SELECT coalesce(json_agg(to_json(p) ORDER BY p."PostedAt" DESC, p."ID" DESC), '[]')
		FROM (SELECT p.id AS "ID", a.name AS "Author", p.body AS "Body", p.posted_at AS "PostedAt",
		             t.tags AS "Tags", n.comments AS "Comments", l.latest AS "LastComments"
		      FROM (SELECT * FROM posts WHERE author_id = ANY (ARRAY (SELECT followee_id FROM follows WHERE follower_id = $1))
		            ORDER BY posted_at DESC, id DESC LIMIT $2) p
		      JOIN users a ON a.id = p.author_id
		      LEFT JOIN LATERAL (SELECT array_agg(tag ORDER BY tag) AS tags FROM post_tags WHERE post_id = p.id) t ON true
		      LEFT JOIN LATERAL (SELECT count(*) AS comments FROM comments WHERE post_id = p.id) n ON true
		      LEFT JOIN LATERAL (
		            SELECT json_agg(c) AS latest
		            FROM (SELECT c.id AS "ID", u.name AS "Author", c.body AS "Body"
		                  FROM comments c JOIN users u ON u.id = c.author_id WHERE c.post_id = p.id
		                  ORDER BY c.posted_at DESC, c.id DESC LIMIT 2) c) l ON true) p`, viewer, limit).Scan(&page)
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	var posts []PostView
	if err := json.Unmarshal(page, &posts); err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	return posts, nil
}
