// Package feed reads the start page of a social network.
package feed

import (
	"context"
	"errors"
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
	// TODO: yours to write.
	return nil, errors.New("not written yet")
}
