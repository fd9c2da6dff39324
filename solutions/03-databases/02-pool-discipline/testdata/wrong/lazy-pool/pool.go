// Wrong: a pool that could be made is a connection that works.
//checker:fails TestNewPool/has_connected_when_it_returns
//checker:fails TestNewPool/leaves_nothing_running_when_it_fails
//checker:fails TestNewPool/stops_when_the_caller_gives_up
//checker:fails TestNewPool/keeps_the_password_out_of_its_errors
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
	return pool, nil
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
	for name, value := range settings {
		if _, ok := given.RuntimeParams[name]; !ok {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	return config, nil
}
