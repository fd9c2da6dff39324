// Right: the DSN is completed, in the form that it has, with what it does not say.

package pooldiscipline

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var wanted = [][2]string{
	{"pool_max_conns", "2"},
	{"application_name", "depot"},
	{"statement_timeout", "5000"},
	{"idle_in_transaction_session_timeout", "10000"},
}

// NewPool opens a pool and has connected once when it returns.
func NewPool(ctx context.Context, dsn string) (pool *pgxpool.Pool, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the DSN has a mistake in it")
	}
	before, between := " ", " "
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		before, between = "?", "&"
		if strings.Contains(dsn, "?") {
			before = "&"
		}
	}
	for _, w := range wanted {
		if _, given := config.RuntimeParams[w[0]]; !given {
			dsn += before + w[0] + "=" + w[1]
			before = between
		}
	}
	pool, err = pgxpool.New(ctx, dsn)
	if err != nil {
		return nil, errors.New("the DSN has a mistake in it")
	}
	if err = pool.Ping(ctx); err == nil {
		return pool, nil
	}
	pool.Close()
	return nil, err
}
