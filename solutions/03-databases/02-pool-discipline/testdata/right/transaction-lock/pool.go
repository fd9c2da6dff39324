// Right: the limits travel in the options of the start message, which a parameter of the DSN outranks.

package pooldiscipline

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

var poolSize = regexp.MustCompile(`(^|[?&\s])pool_max_conns\s*=`)

// NewPool opens a pool and has connected once when it returns.
func NewPool(ctx context.Context, dsn string) (pool *pgxpool.Pool, err error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the DSN cannot be read")
	}
	if !poolSize.MatchString(dsn) {
		config.MaxConns = 2
	}
	params := config.ConnConfig.RuntimeParams
	params["options"] = strings.TrimSpace("-c statement_timeout=5s -c idle_in_transaction_session_timeout=10s -c application_name=depot " + params["options"])
	pool, err = pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, errors.New("the pool cannot be made")
	}
	defer func() {
		if err != nil {
			pool.Close()
			pool = nil
		}
	}()
	return pool, pool.Ping(ctx)
}
