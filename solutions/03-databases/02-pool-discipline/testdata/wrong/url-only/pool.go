// Wrong: a DSN is a URL.
//checker:fails TestNewPool/takes_a_dsn_of_keywords_and_values
//checker:hint 3

// Package pooldiscipline keeps the books of a parcel depot on a small pool of connections.
package pooldiscipline

import (
	"context"
	"errors"
	"fmt"
	"net/url"

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
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errors.New("not a URL") // the error of package url would show the password
	}
	given := u.Query()
	if !given.Has("pool_max_conns") {
		config.MaxConns = maxConns
	}
	for name, value := range settings {
		if !given.Has(name) {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	return config, nil
}
