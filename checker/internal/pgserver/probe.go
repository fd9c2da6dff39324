package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// oldest is the first major version of PostgreSQL that the exercises work on.
const oldest = 15

// vitals is what a server says about itself.
type vitals struct {
	version   string // "15.18"
	number    int    // 150018
	begun     string // when the postmaster started, in microseconds since 1970
	superuser bool
}

// connect opens one connection. Statements go by the simple protocol, one round trip each.
func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "workbook"
	}
	return pgx.ConnectConfig(ctx, cfg)
}

// closeConn ends conn without waiting long for a server that is gone.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing depends on a clean goodbye
}

// probe asks the server at url for its vitals, on a connection of its own.
func probe(ctx context.Context, url string) (vitals, error) {
	conn, err := connect(ctx, url)
	if err != nil {
		return vitals{}, err
	}
	defer closeConn(ctx, conn)
	return ask(ctx, conn)
}

func ask(ctx context.Context, conn *pgx.Conn) (v vitals, err error) {
	err = conn.QueryRow(ctx, `
		SELECT split_part(current_setting('server_version'), ' ', 1),
		       current_setting('server_version_num')::int,
		       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text,
		       current_setting('is_superuser') = 'on'`).
		Scan(&v.version, &v.number, &v.begun, &v.superuser)
	if err != nil {
		return v, fmt.Errorf("ask the server for its version: %w", err)
	}
	return v, nil
}

// started is when the postmaster did.
func (v vitals) started() time.Time {
	us, _ := strconv.ParseInt(v.begun, 10, 64)
	return time.UnixMicro(us)
}

// suitable refuses servers that are too old.
func (v vitals) suitable() error {
	if v.number/10000 < oldest {
		return fmt.Errorf("PostgreSQL %s is too old: version %d or newer is needed", v.version, oldest)
	}
	return nil
}

// awaitReady connects until the server at one of the urls answers a query, and returns that url.
// It prefers the first url. gone, when not nil, is closed once waiting is pointless.
func awaitReady(ctx context.Context, gone <-chan struct{}, urls ...string) (string, error) {
	const pause = 4 * time.Millisecond
	var last error
	for {
		for i, u := range urls {
			patience := 2 * time.Second
			if i > 0 {
				patience = 300 * time.Millisecond // it may lead nowhere
			}
			if last = answers(ctx, u, patience); last == nil {
				if i > 0 && answers(ctx, urls[0], patience) == nil {
					u = urls[0] // it came up between the two attempts
				}
				return u, nil
			}
			if pgErr, ok := errors.AsType[*pgconn.PgError](last); ok && pgErr.Code == "28P01" {
				return "", fmt.Errorf("log in: %w", last)
			}
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("wait for the server to answer: %w (last: %w)", context.Cause(ctx), last)
		case <-gone:
			return "", errors.New("wait for the server to answer: it ended")
		case <-time.After(pause):
		}
	}
}

func answers(ctx context.Context, url string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer closeConn(ctx, conn)
	return conn.Ping(ctx)
}

// newPassword returns 130 random bits as text.
func newPassword() string { return rand.Text() }

// superuser is the role that our own servers are made with.
const superuser = "postgres"

// serverURL builds the URL of a server that we started.
func serverURL(hostport, password string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, password),
		Host:     hostport,
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}
	return u.String()
}
