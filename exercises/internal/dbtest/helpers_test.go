package dbtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func connectTo(t testing.TB, url string) *pgx.Conn {
	conn, err := pgx.Connect(limited(t), url)
	require.NoError(t, err)
	return conn
}
