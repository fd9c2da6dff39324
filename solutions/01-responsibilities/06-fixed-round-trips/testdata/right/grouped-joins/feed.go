// Right: joins of things that were grouped before; each of them is limited to the page.

// Package feed reads the start page of a social network.
package feed

import (
	"context"
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
	rows, err := s.pool.Query(ctx, `
		WITH page AS MATERIALIZED (
			SELECT posts.* FROM posts JOIN follows ON followee_id = author_id
			WHERE follower_id = $1 ORDER BY posted_at DESC, id DESC FETCH FIRST $2 ROWS ONLY),
		tags AS (SELECT post_id, array_agg(tag ORDER BY tag) AS tags FROM post_tags WHERE post_id IN (SELECT id FROM page) GROUP BY post_id),
		counts AS (SELECT post_id, count(*) AS n FROM comments WHERE post_id IN (SELECT id FROM page) GROUP BY post_id)
		SELECT page.id, author.name, page.body, page.posted_at, tags.tags, coalesce(counts.n, 0), c.id, commenter.name, c.body
		FROM page
		JOIN users author ON author.id = page.author_id
		LEFT JOIN tags ON tags.post_id = page.id
		LEFT JOIN counts ON counts.post_id = page.id
		LEFT JOIN LATERAL (SELECT * FROM comments WHERE post_id = page.id ORDER BY posted_at DESC, id DESC LIMIT 2) c ON true
		LEFT JOIN users commenter ON commenter.id = c.author_id
		ORDER BY page.posted_at DESC, page.id DESC, c.posted_at DESC, c.id DESC`, viewer, limit)
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	defer rows.Close()
	var posts []PostView
	for rows.Next() {
		var p PostView
		var id *int64
		var author, body *string
		if err := rows.Scan(&p.ID, &p.Author, &p.Body, &p.PostedAt, &p.Tags, &p.Comments, &id, &author, &body); err != nil {
			return nil, fmt.Errorf("read feed: %w", err)
		}
		if len(posts) == 0 || posts[len(posts)-1].ID != p.ID {
			posts = append(posts, p)
		}
		if id != nil {
			last := &posts[len(posts)-1]
			last.LastComments = append(last.LastComments, CommentView{*id, *author, *body})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	return posts, nil
}
