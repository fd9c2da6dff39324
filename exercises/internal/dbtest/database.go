package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is a database that one test has for itself.
type DB struct {
	t      testing.TB
	server *server
	name   string
	kept   string // the name under which it stays when the test has failed

	mu    sync.Mutex
	pools []*openPool
	own   map[string]*pgxpool.Pool // dbtest's own pools, by role
}

// New makes a database from the given SQL, which runs as the owner. It is
// dropped when the test has passed. When the test has failed it stays, and the
// test's output ends with the command that opens it.
//
//kit:proves what code leaves in the tables; each test has rows of its own
func New(t testing.TB, schema ...string) *DB {
	t.Helper()
	return Load(t, "the schema", schema...)
}

// Load is New for SQL that the learner has written. A failure names the file,
// and the line that the server refused.
func Load(t testing.TB, file string, schema ...string) *DB {
	t.Helper()
	s, err := theServer()
	return newOn(t, s, err, file, schema)
}

func newOn(t testing.TB, s *server, err error, file string, schema []string) *DB {
	t.Helper()
	if err != nil {
		t.Fatalf("%s %v", NoDatabase, err)
	}
	ctx, cancel := bounded()
	defer cancel()
	id := testID(t)
	db := &DB{
		t:      t,
		server: s,
		name:   fmt.Sprintf("wb_%s_t_%s_%s", s.tag, id, unique()),
		kept:   fmt.Sprintf("wb_%s_kept_%s", s.tag, id),
		own:    map[string]*pgxpool.Pool{},
	}
	tpl, err := s.templateFor(ctx, schema)
	if err == nil {
		t.Cleanup(db.end)
		err = s.clone(ctx, tpl, db.name)
	}
	if bad, ok := errors.AsType[*SchemaError](err); ok {
		t.Fatalf("%s does not load, so nothing can be tested. The server refuses %v", file, bad)
	}
	if err != nil {
		t.Fatalf("%s make a database for this test: %v", NoDatabase, err)
	}
	return db
}

// Name returns the database's name.
func (db *DB) Name() string { return db.name }

// URL returns the connection string of the application's role, for code that
// opens its own connections.
func (db *DB) URL() string { return db.server.url(db.server.app(), db.name) }

func (s *server) url(role, database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword(role, s.password(role)),
		Host:   fmt.Sprintf("%s:%d", s.config.Host, s.config.Port),
		Path:   "/" + database,
	}
	if s.config.TLSConfig == nil {
		u.RawQuery = "sslmode=disable"
	}
	return u.String()
}

// end drops the database, or keeps it under the test's own name for whoever
// has to find out why the test failed.
func (db *DB) end() {
	for _, pool := range db.own {
		closeWithin(pool, connectLimit)
	}
	ctx, cancel := bounded()
	defer cancel()
	if !db.t.Failed() {
		db.awaitEmpty(ctx)
		if err := db.server.do(ctx,
			fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, db.name),
			fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, db.kept), // of an earlier run
		); err != nil {
			db.t.Errorf("%s drop the database of a test that passed: %v", NoDatabase, err)
		}
		return
	}
	name := db.kept
	if err := db.keep(ctx); err != nil {
		db.t.Logf("(the database kept the name %s: %v)", db.name, err)
		name = db.name
	}
	db.t.Logf("look at this test's database:\n\n\tpsql %q\n", db.server.url(db.server.owner(), name))
}

// awaitEmpty waits until the sessions of pools that were closed a moment ago
// are gone. DROP DATABASE would wait for them too, but it looks only every
// 100 ms, and would make up most of a test's time.
func (db *DB) awaitEmpty(ctx context.Context) {
	for range 100 {
		var left int
		err := db.server.admin.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = $1`, db.name).Scan(&left)
		time.Sleep(time.Millisecond) // a session leaves this list slightly before it is gone
		if err != nil || left == 0 {
			return
		}
	}
}

// keep gives the database its lasting name, in place of the one that an
// earlier run of the same test left.
func (db *DB) keep(ctx context.Context) error {
	return db.server.locked(ctx, db.kept, func() error {
		_, err := db.server.admin.Exec(ctx, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1`, db.name)
		if err != nil {
			return fmt.Errorf("end connections: %w", err)
		}
		return db.server.do(ctx,
			fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, db.kept),
			fmt.Sprintf(`ALTER DATABASE %s RENAME TO %s`, db.name, db.kept))
	})
}

// testID names a test the same way in every run: by its package, its name,
// and, where it has several databases, the number of this one.
func testID(t testing.TB) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", testBinary(), t.Name(), ordinal(t)))
	return hex.EncodeToString(sum[:5])
}

// testBinary stands for the package: `go test` runs every test binary in the
// package's folder and names it after its last element.
func testBinary() string {
	dir, _ := os.Getwd()
	if root := moduleRoot(); root != "" {
		if rel, err := filepath.Rel(root, dir); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.Base(os.Args[0])
}

var ordinals = struct {
	sync.Mutex
	of map[string]int
}{of: map[string]int{}}

func ordinal(t testing.TB) int {
	ordinals.Lock()
	defer ordinals.Unlock()
	name := t.Name()
	ordinals.of[name]++
	t.Cleanup(func() {
		ordinals.Lock()
		defer ordinals.Unlock()
		ordinals.of[name]--
	})
	return ordinals.of[name]
}

func unique() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// closeWithin closes a pool, which blocks for ever while one of its
// connections is out. It says whether the pool was closed in time.
func closeWithin(pool *pgxpool.Pool, limit time.Duration) bool {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		pool.Close()
	}()
	select {
	case <-closed:
		return true
	case <-time.After(limit):
		return false
	}
}

// connConfig is the configuration for a role in this database.
func (db *DB) connConfig(role string) *pgx.ConnConfig {
	config := db.server.config.Copy()
	config.Database = db.name
	if role != "" {
		config.User, config.Password = role, db.server.password(role)
	}
	return config
}
