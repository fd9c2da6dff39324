// Wrong: what is SET once, right after the start, holds for the pool.
//checker:fails TestNewPool/sets_limits_on_every_connection
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

var settings = map[string]string{
	"application_name":                    "depot",
	"statement_timeout":                   "5s",
	"idle_in_transaction_session_timeout": "10s",
}

// NewPool opens a pool and has connected once when it returns. The DSN is a URL
// or keywords and values; what it says goes before the limits that are set here.
func NewPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := poolConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the dsn: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the pool: %w", err)
	}
	for name, value := range settings {
		if _, ok := config.ConnConfig.RuntimeParams[name]; ok {
			continue
		}
		if _, err := pool.Exec(ctx, `SELECT set_config($1, $2, false)`, name, value); err != nil {
			pool.Close()
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
	}
	return pool, pool.Ping(ctx)
}

func poolConfig(dsn string) (*pgxpool.Config, error) {
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
	return config, nil
}
