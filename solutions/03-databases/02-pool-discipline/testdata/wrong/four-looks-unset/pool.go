// Wrong: when the pool has as many connections as pgxpool gives it by default, nobody has asked for a number.
//checker:fails TestNewPool/keeps_what_the_dsn_says
//checker:sign pool_max_conns
//checker:hint 3

// Package pooldiscipline keeps the books of a parcel depot on a small pool of connections.
package pooldiscipline

import (
	"context"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5/pgxpool"
)

const maxConns = 2

// settings are sent when a connection is opened, so that each one has them, and
// so that RESET leads back to them.
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
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	return pool, nil
}

func poolConfig(dsn string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if config.MaxConns == max(4, int32(runtime.NumCPU())) {
		config.MaxConns = maxConns
	}
	for name, value := range settings {
		if _, ok := config.ConnConfig.RuntimeParams[name]; !ok {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	return config, nil
}
