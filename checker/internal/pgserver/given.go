package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
)

// givenTimeout bounds the first contact with a server that may be far away.
const givenTimeout = 5 * time.Second

// claimTimeout bounds waiting for somebody who is dropping a tag's databases, and dropping them ourselves.
const claimTimeout = 30 * time.Second

// acquireGiven uses the server that opts.Want names. Nothing of it is changed but our own
// databases and roles, on Release.
func acquireGiven(ctx context.Context, opts Options) (*Server, error) {
	v, err := checkGiven(ctx, opts.Want)
	if err != nil {
		return nil, &UnavailableError{[]Attempt{{Source: "url", Err: err, Help: helpFor(err)}}}
	}
	claim, err := claimTag(ctx, opts.Want, opts.Tag)
	if err != nil {
		return nil, fmt.Errorf("use %s: %w", redacted(opts.Want), err)
	}
	return &Server{
		URL:     opts.Want,
		Source:  "url",
		Version: v.version,
		Detail:  "the server at " + redacted(opts.Want),
		begun:   v.begun,
		release: claim.giveUp,
	}, nil
}

// claim is the use of a tag on a given server: a session that holds a shared advisory lock. Whoever gives up the last
// claim drops what bears the tag; until then others may be using it.
type claim struct {
	conn *pgx.Conn
	tag  string
}

func claimTag(ctx context.Context, url, tag string) (*claim, error) {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	conn, err := connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("claim wb_%s_*: %w", tag, err)
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock_shared(hashtextextended($1, 0))`, claimName(tag)); err != nil {
		closeConn(ctx, conn)
		return nil, fmt.Errorf("claim wb_%s_*: %w", tag, err)
	}
	return &claim{conn: conn, tag: tag}, nil
}

func claimName(tag string) string { return "workbook claim " + tag }

// giveUp drops what bears the tag, unless somebody else has claimed it too.
func (c *claim) giveUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	defer closeConn(ctx, c.conn)
	if c.tag == "" {
		return nil
	}
	var last bool
	_, err := c.conn.Exec(ctx, `SELECT pg_advisory_unlock_shared(hashtextextended($1, 0))`, claimName(c.tag))
	if err == nil {
		err = c.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, claimName(c.tag)).Scan(&last)
	}
	if err != nil {
		return fmt.Errorf("drop databases wb_%s_*: %w", c.tag, err)
	}
	if !last {
		return nil
	}
	return errors.Join(dropDatabases(ctx, c.conn, "wb_"+c.tag+"_"), dropRoles(ctx, c.conn, "wb_"+c.tag+"_"))
}

func checkGiven(ctx context.Context, url string) (vitals, error) {
	ctx, cancel := context.WithTimeout(ctx, givenTimeout)
	defer cancel()
	v, err := probe(ctx, url)
	switch {
	case err != nil:
		return v, withHelp(fmt.Errorf("reach %s: %w", redacted(url), err), "check the URL, and that the server is running")
	case v.suitable() != nil:
		return v, fmt.Errorf("use %s: %w", redacted(url), v.suitable())
	case !v.superuser:
		return v, withHelp(fmt.Errorf("use %s: its user is not a superuser", redacted(url)),
			"the exercises create roles and end connections: give the URL of a superuser on a server that is yours")
	}
	return v, nil
}

func dropDatabases(ctx context.Context, conn *pgx.Conn, prefix string) error {
	names, err := namesOf(ctx, conn, `SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1`, prefix)
	if err != nil {
		return fmt.Errorf("list databases %s*: %w", prefix, err)
	}
	var errs []error
	for _, name := range names {
		quoted := pgx.Identifier{name}.Sanitize()
		_, err := conn.Exec(ctx, `ALTER DATABASE `+quoted+` IS_TEMPLATE false`)
		if err == nil {
			_, err = conn.Exec(ctx, `DROP DATABASE IF EXISTS `+quoted+` WITH (FORCE)`)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("drop database %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func dropRoles(ctx context.Context, conn *pgx.Conn, prefix string) error {
	names, err := namesOf(ctx, conn, `SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1) ORDER BY 1`, prefix)
	if err != nil {
		return fmt.Errorf("list roles %s*: %w", prefix, err)
	}
	var errs []error
	for _, name := range names {
		quoted := pgx.Identifier{name}.Sanitize()
		// A role with rights left somewhere cannot be dropped; DROP OWNED takes those away.
		_, err := conn.Exec(ctx, `DROP OWNED BY `+quoted)
		if err == nil {
			_, err = conn.Exec(ctx, `DROP ROLE IF EXISTS `+quoted)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("drop role %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func namesOf(ctx context.Context, conn *pgx.Conn, sql, prefix string) ([]string, error) {
	rows, err := conn.Query(ctx, sql, prefix)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// redacted is a URL without its password, for people.
func redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the given URL"
	}
	return u.Redacted()
}
