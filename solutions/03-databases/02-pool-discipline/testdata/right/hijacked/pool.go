// Right: one connection is tried before there is a pool, and defaults are added to the map that pgx has read.

package pooldiscipline

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// NewPool opens a pool and has connected once when it returns.
func NewPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	single, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("dsn: %w", err)
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("dsn: %w", err)
	}
	if single.RuntimeParams["pool_max_conns"] == "" {
		config.MaxConns = 2
	}
	for name, value := range map[string]string{
		"application_name": "depot", "statement_timeout": "5000", "idle_in_transaction_session_timeout": "10000",
	} {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := conn.Close(ctx); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
}
