// Wrong: the context of NewPool is the one for everything that the pool does.
//checker:fails TestNewPool/outlives_the_context_that_it_was_made_with
//checker:hint 2

// Package pooldiscipline keeps the books of a parcel depot on a small pool of connections.
package pooldiscipline

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const maxConns = 2

// settings are set on each connection.
var settings = map[string]string{
	"application_name":                    "depot",
	"statement_timeout":                   "5s",
	"idle_in_transaction_session_timeout": "10s",
}

// NewPool opens a pool and has connected once when it returns. The DSN is a URL
// or keywords and values; what it says goes before the limits that are set here.
func NewPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := poolConfig(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("read the dsn: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	return pool, nil
}

func poolConfig(ctx context.Context, dsn string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	// pgxpool takes its own parameters out; pgx leaves them where they can be seen.
	given, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if _, ok := given.RuntimeParams["pool_max_conns"]; !ok {
		config.MaxConns = maxConns
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		for name, value := range settings {
			if _, ok := given.RuntimeParams[name]; ok {
				continue
			}
			if _, err := conn.Exec(ctx, `SELECT set_config($1, $2, false)`, name, value); err != nil {
				return fmt.Errorf("set %s: %w", name, err)
			}
		}
		return nil
	}
	return config, nil
}
