// Package pooldiscipline keeps the books of a parcel depot on a small pool of connections.
package pooldiscipline

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
)

// NewPool opens a pool and has connected once when it returns. The DSN is a URL
// or keywords and values; what it says goes before the limits that are set here.
func NewPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	// TODO: open the pool.
	return nil, errors.New("NewPool is not written yet")
}
