package livemigration_test

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	livemigration "workbook/exercises/03-databases/11-live-migration"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

// connect opens a connection of the tables' owner for Migrate.
func connect(t *testing.T, db *dbtest.DB, name string, instruments ...pgtrace.Instrument) *pgx.Conn {
	t.Helper()
	config := db.Owner().Config().ConnConfig
	config.RuntimeParams["application_name"] = name
	delete(config.RuntimeParams, "lock_timeout") // of dbtest; a migrator sets its own
	config.Tracer = pgtrace.Tracer(instruments...)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { hangUp(conn) })
	return conn
}

// hangUp ends a session, also under the hands of code that still uses it.
func hangUp(conn *pgx.Conn) { _ = conn.PgConn().Conn().Close() }

func migrate(t *testing.T, ctx context.Context, conn *pgx.Conn, steps fs.FS) (err error) {
	t.Helper()
	guard.Run(t, func() { err = livemigration.Migrate(ctx, conn, steps) })
	return err
}

type files = fstest.MapFS

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// growing returns the steps as they grow: those with the first name, with the
// first two names, and so on. Names from `from` up to `to` count as growth.
func growing(t *testing.T, from, to string) (folders []files) {
	t.Helper()
	names, err := fs.Glob(livemigration.Steps(), "*.sql")
	require.NoError(t, err)
	all := files{}
	for _, name := range names {
		text, err := fs.ReadFile(livemigration.Steps(), name)
		require.NoError(t, err)
		all[name] = &fstest.MapFile{Data: text}
		if name >= from && name < to {
			folder := files{}
			for _, n := range names[:slices.Index(names, name)+1] {
				folder[n] = all[n]
			}
			folders = append(folders, folder)
		}
	}
	require.NotEmpty(t, folders, "the folder steps must have a file with a name from %q up to %q", from, to)
	return folders
}

// last names the step with which a folder grew.
func last(folder files) string {
	names, _ := fs.Glob(folder, "*.sql")
	return names[len(names)-1]
}

// expand is what runs while version 1 is in use, contract what runs when it is gone.
func expand(t *testing.T) []files   { return growing(t, "", "9") }
func contract(t *testing.T) []files { return growing(t, "9", "\xff") }

type customer struct {
	Email, Name string
	Points      int64
}

// shop is a database with customers, and what the test knows of them.
type shop struct {
	*dbtest.DB
	t     *testing.T
	r     *seed.Rand
	pool  *pgxpool.Pool // of both versions
	ids   []int64
	known map[int64]customer
}

func openShop(t *testing.T, customers int) *shop {
	s := &shop{DB: dbtest.New(t, schema), t: t, r: seed.New(t), known: map[int64]customer{}}
	s.pool = s.Pool(dbtest.Config(func(c *pgxpool.Config) {
		c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec // prepares nothing
		c.ConnConfig.RuntimeParams["lock_timeout"] = "3s"
	}))
	var all []customer
	for n := range customers {
		all = append(all, customer{fmt.Sprintf("%d.%s", n, s.r.Email()), s.name(), s.r.Between(-5, 1<<31-1000)})
	}
	for chunk := range slices.Chunk(all, 100) { // no transaction of the test itself writes more than 100 rows
		var emails, names []string
		var points []int64
		for _, c := range chunk {
			emails, names, points = append(emails, c.Email), append(names, c.Name), append(points, c.Points)
		}
		ids := dbtest.Column[int64](s.DB, `INSERT INTO customers (email, name, points) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) RETURNING id`, emails, names, points)
		for n, id := range ids {
			s.ids, s.known[id] = append(s.ids, id), chunk[n]
		}
	}
	return s
}

func (s *shop) name() string {
	if s.r.Chance(0.2) {
		return s.r.Awkward()
	}
	return s.r.Name()
}

// use does what people do in a shop of this version, and says what went wrong:
// somebody registers, an old customer and a new one change names and earn points.
func (s *shop) use(v livemigration.Queries) error {
	ctx := context.Background()
	fresh := customer{Email: fmt.Sprintf("%d.%s", len(s.ids), s.r.Email()), Name: s.name()}
	var id int64
	if err := s.pool.QueryRow(ctx, v.Register, fresh.Email, fresh.Name).Scan(&id); err != nil {
		return fmt.Errorf("%s: %w", v.Register, err)
	}
	old := seed.Pick(s.r, s.ids...)
	s.ids, s.known[id] = append(s.ids, id), fresh
	for _, id := range []int64{id, old} {
		c := s.known[id]
		c.Name, c.Points = s.name(), c.Points+1
		for _, call := range []struct {
			sql string
			arg any
		}{{v.Rename, c.Name}, {v.Earn, 1}} {
			if tag, err := s.pool.Exec(ctx, call.sql, id, call.arg); err != nil || tag.RowsAffected() != 1 {
				return fmt.Errorf("%s, with %d and %v: it changed %d rows, with the error %w", call.sql, id, call.arg, tag.RowsAffected(), err)
			}
		}
		s.known[id] = c
		if err := s.finds(v, id); err != nil {
			return err
		}
	}
	return nil
}

// finds says whether this version finds a customer as last changed, by whichever version.
func (s *shop) finds(v livemigration.Queries, id int64) error {
	var c customer
	if err := s.pool.QueryRow(context.Background(), v.Find, id).Scan(&c.Email, &c.Name, &c.Points); err != nil {
		return fmt.Errorf("%s, with %d: %w", v.Find, id, err)
	}
	if c != s.known[id] {
		return fmt.Errorf("%s, with %d: it found %+v, and the customer is %+v", v.Find, id, c, s.known[id])
	}
	return nil
}

// requireAll fails unless this version finds every customer as last changed, and nobody else.
func (s *shop) requireAll(v livemigration.Queries, when string) {
	s.t.Helper()
	all := strings.TrimSuffix(v.Find, " WHERE id = $1")
	rows, err := s.pool.Query(s.t.Context(), all)
	require.NoError(s.t, err, "%s This query failed: %s", when, all)
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[customer])
	require.NoError(s.t, err, "%s This query failed: %s", when, all)
	rowset.Equal(s.t, "no customer may be lost or changed. "+when+" This query finds something else:\n\n\t"+all+"\n",
		rowset.Of(slices.Collect(maps.Values(s.known))), rowset.Of(got), rowset.AnyOrder, "Email")
}

// maxUses bounds how often people come during one step, so that batches get through with all that there is.
const maxUses = 100

// between is an instrument that lets people use the shop after each statement
// of the migrator that leaves no transaction open.
type between struct {
	use    func() error
	uses   int
	failed string
}

func (*between) Start(context.Context, *pgx.Conn, *pgtrace.Trip) {}

func (b *between) End(_ context.Context, conn *pgx.Conn, trip *pgtrace.Trip, _ error) {
	if b.failed != "" || conn.PgConn().TxStatus() != 'I' || b.uses == maxUses {
		return
	}
	b.uses++
	if err := b.use(); err != nil {
		b.failed = fmt.Sprintf("After the migrator had sent\n\n\t%s\n\nthis query failed: %v\n", pgtrace.Short(trip.String(), 400), err)
	}
}

// grow runs the steps one at a time, while people use a version of the shop.
func (s *shop) grow(folders []files, version string, v livemigration.Queries) {
	s.t.Helper()
	b := &between{use: func() error { return s.use(v) }}
	conn := connect(s.t, s.DB, "migrator", b)
	defer s.leave(conn)
	for _, folder := range folders {
		b.uses = 0
		err := migrate(s.t, s.t.Context(), conn, folder)
		if b.failed != "" {
			s.t.Fatalf("Version %s must work before, between and after the statements of each step. The step was %s. %s", version, last(folder), b.failed)
		}
		require.NoError(s.t, err, "While people register, change names and earn points with version %s, the step %s must run.", version, last(folder))
	}
}

// quietly runs the steps while nobody uses the shop.
func (s *shop) quietly(folder files) {
	s.t.Helper()
	conn := connect(s.t, s.DB, "migrator")
	require.NoError(s.t, migrate(s.t, s.t.Context(), conn, folder), "The steps up to %s must run.", last(folder))
	s.leave(conn)
}

// leave closes a migrator's connection, and returns when the server has ended
// its session and counted what it has read.
func (s *shop) leave(conn *pgx.Conn) {
	s.t.Helper()
	pid := conn.PgConn().PID()
	hangUp(conn)
	waitUntil(s.t, "the session of a migrator has ended", func() bool {
		return dbtest.Value[int](s.DB, `SELECT count(*) FROM pg_stat_activity WHERE pid = $1`, pid) == 0
	})
}

// waitUntil asks again and again. Only a test that fails waits to the end.
func waitUntil(t *testing.T, promise string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s; in five seconds that has not come true", promise)
		}
	}
}
