// Wrong: the defaults of pgxpool and of the server are made for production.
//checker:fails TestNewPool/sets_limits_on_every_connection
//checker:fails TestNewPool/keeps_what_the_dsn_says
//checker:fails TestNewPool/takes_a_dsn_of_keywords_and_values
//checker:hint 2

package pooldiscipline

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// NewPool opens a pool and has connected once when it returns.
func NewPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("open the pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	return pool, nil
}
