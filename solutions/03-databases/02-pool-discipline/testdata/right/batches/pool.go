// Right: a hook completes the configuration of each connection just before it is made.

package pooldiscipline

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// NewPool opens a pool and has connected once when it returns.
func NewPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	plain, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if _, given := plain.RuntimeParams["pool_max_conns"]; !given {
		config.MaxConns = 2
	}
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		defaultTo(c, "application_name", "depot")
		defaultTo(c, "statement_timeout", "5s")
		defaultTo(c, "idle_in_transaction_session_timeout", "10s")
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("make: %w", err)
	}
	err = pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error { return conn.Ping(ctx) })
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect: %w", err)
	}
	return pool, nil
}

func defaultTo(c *pgx.ConnConfig, name, value string) {
	if _, given := c.RuntimeParams[name]; !given {
		c.RuntimeParams[name] = value
	}
}
