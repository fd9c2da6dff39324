// Right: a pgx.Batch sends three questions at once, each of which works out the page for itself, in a transaction that sees one state of the database.

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
	const page = `SELECT id, author_id, body, posted_at FROM posts
		WHERE author_id IN (SELECT followee_id FROM follows WHERE follower_id = $1)
		ORDER BY posted_at DESC, id DESC LIMIT $2`
	var posts []PostView
	at := map[int64]*PostView{}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT p.id, u.name, p.body, p.posted_at, (SELECT count(*) FROM comments WHERE post_id = p.id)
		FROM (`+page+`) p JOIN users u ON u.id = p.author_id ORDER BY p.posted_at DESC, p.id DESC`, viewer, limit).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var p PostView
			if err := rows.Scan(&p.ID, &p.Author, &p.Body, &p.PostedAt, &p.Comments); err != nil {
				return err
			}
			posts = append(posts, p)
		}
		for i := range posts {
			at[posts[i].ID] = &posts[i]
		}
		return rows.Err()
	})
	batch.Queue(`SELECT post_id, tag FROM post_tags WHERE post_id IN (SELECT id FROM (`+page+`) p) ORDER BY post_id, tag`, viewer, limit).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id int64
			var tag string
			if err := rows.Scan(&id, &tag); err != nil {
				return err
			}
			at[id].Tags = append(at[id].Tags, tag)
		}
		return rows.Err()
	})
	batch.Queue(`SELECT p.id, c.id, u.name, c.body
		FROM (`+page+`) p, LATERAL (SELECT * FROM comments WHERE post_id = p.id ORDER BY posted_at DESC, id DESC LIMIT 2) c, users u
		WHERE u.id = c.author_id ORDER BY p.id, c.posted_at DESC, c.id DESC`, viewer, limit).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id int64
			var c CommentView
			if err := rows.Scan(&id, &c.ID, &c.Author, &c.Body); err != nil {
				return err
			}
			at[id].LastComments = append(at[id].LastComments, c)
		}
		return rows.Err()
	})
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	return posts, nil
}
