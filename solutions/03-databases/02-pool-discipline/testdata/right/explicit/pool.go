// Right: each connection gets its settings when it is opened, where the DSN has not given them.

package pooldiscipline

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// NewPool opens a pool and has connected once when it returns.
func NewPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	raw, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	given := func(name string) bool { _, ok := raw.RuntimeParams[name]; return ok }
	if !given("pool_max_conns") {
		config.MaxConns = 2
	}
	if !given("application_name") {
		config.ConnConfig.RuntimeParams["application_name"] = "depot"
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if !given("statement_timeout") {
			if _, err := conn.Exec(ctx, `SET statement_timeout = 5000`); err != nil {
				return err
			}
		}
		if !given("idle_in_transaction_session_timeout") {
			if _, err := conn.Exec(ctx, `SET idle_in_transaction_session_timeout = '10s'`); err != nil {
				return err
			}
		}
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	var one int
	if err := pool.QueryRow(ctx, `SELECT 1`).Scan(&one); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}
