package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// settings are those of the course's own server. They are set on every
// database too, so that they hold on a server that was given by URL.
var settings = []string{
	`jit = off`,
	`timezone = 'Asia/Kolkata'`, // not UTC, and half an hour off: finds mistakes about local time
	`random_page_cost = 1.1`,
	`max_parallel_workers_per_gather = 0`,
	`deadlock_timeout = '20ms'`,
	`synchronous_commit = on`, // off would break tests of index-only scans
}

// A template is a database with a schema in it, from which tests get copies.
type template struct {
	name string
	once sync.Once
	err  error
}

// templateFor returns the template that holds the given schema, building it
// unless this process or another one has done so already.
func (s *server) templateFor(ctx context.Context, schema []string) (*template, error) {
	s.mu.Lock()
	if err := s.prepare(ctx); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	name := s.templateName(schema)
	tpl := s.templates[name]
	if tpl == nil {
		tpl = &template{name: name}
		s.templates[name] = tpl
	}
	s.mu.Unlock()
	tpl.once.Do(func() { tpl.err = s.ensureTemplate(ctx, tpl.name, schema) })
	return tpl, tpl.err
}

func (s *server) templateName(schema []string) string {
	h := sha256.New()
	for _, part := range append([]string{"1", s.locale}, schema...) {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return "wb_" + s.tag + "_tpl_" + hex.EncodeToString(h.Sum(nil)[:8])
}

func (s *server) ensureTemplate(ctx context.Context, name string, schema []string) error {
	exists := func() (ok bool, err error) {
		err = s.admin.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&ok)
		return ok, err
	}
	if ok, err := exists(); ok || err != nil {
		return err
	}
	return s.locked(ctx, name, func() error {
		if ok, err := exists(); ok || err != nil {
			return err
		}
		return s.buildTemplate(ctx, name, schema)
	})
}

// buildTemplate builds under another name: a process that dies on the way
// leaves nothing that could be taken for a template.
func (s *server) buildTemplate(ctx context.Context, name string, schema []string) error {
	building := buildingName(name)
	if err := s.do(ctx,
		fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, building),
		fmt.Sprintf(`CREATE DATABASE %s OWNER %s TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE '%s'`, building, s.owner(), s.locale),
	); err != nil {
		return err
	}
	if err := s.fillTemplate(ctx, building, schema); err != nil {
		return err
	}
	return s.do(ctx,
		fmt.Sprintf(`ALTER DATABASE %s ALLOW_CONNECTIONS false`, building), // a connected template cannot be copied
		fmt.Sprintf(`ALTER DATABASE %s RENAME TO %s`, building, name))
}

func buildingName(template string) string {
	return strings.Replace(template, "_tpl_", "_building_", 1)
}

// fillTemplate runs the schema as the owner. The application's rights are
// defaults that hold for whatever the owner makes, now or in a migration
// later on; so a schema may take some of them away again.
func (s *server) fillTemplate(ctx context.Context, database string, schema []string) error {
	config := s.config.Copy()
	config.Database, config.User, config.Password = database, s.owner(), s.password(s.owner())
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", database, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rights := strings.NewReplacer("$app", s.app()).Replace(`
		ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO $app;
		ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO $app;
		ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO $app;
		ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO $app;`)
	for _, sql := range append([]string{rights}, schema...) {
		if err := runSchema(ctx, conn, sql); err != nil {
			return err
		}
	}
	return nil
}

// clone copies the template. Copying files is the faster of the two strategies
// for a small database on a server without fsync (see BenchmarkNew).
func (s *server) clone(ctx context.Context, tpl *template, name string) error {
	if err := s.do(ctx, fmt.Sprintf(`CREATE DATABASE %s OWNER %s TEMPLATE %s STRATEGY file_copy`, name, s.owner(), tpl.name)); err != nil {
		return err
	}
	var set strings.Builder
	for _, setting := range settings {
		fmt.Fprintf(&set, "ALTER DATABASE %s SET %s; ", name, setting)
	}
	return s.do(ctx, set.String())
}
