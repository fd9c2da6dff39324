package pooldiscipline_test

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	pooldiscipline "workbook/exercises/03-databases/02-pool-discipline"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

type (
	Store   = pooldiscipline.Store
	Parcel  = pooldiscipline.Parcel
	VanLoad = pooldiscipline.VanLoad
)

// patience is how long the tests wait for what does not come when the code is wrong.
const patience = 3 * time.Second

// depot is a private database, and what the tests put into it.
type depot struct {
	*dbtest.DB
	t    *testing.T
	rand *seed.Rand
	made int
}

// openDepot lets the test run beside others, which have depots of their own.
func openDepot(t *testing.T) *depot {
	t.Parallel()
	return openDepotAlone(t)
}

func openDepotAlone(t *testing.T) *depot {
	return &depot{DB: dbtest.New(t, schema), t: t, rand: seed.New(t)}
}

// code returns a code that no parcel has yet.
func (d *depot) code() string {
	d.made++
	return fmt.Sprintf("%s-%d", d.rand.Word(), d.made)
}

// parcels adds some to the depot and returns them in the order of their arrival.
func (d *depot) parcels(grams ...int64) (added []Parcel) {
	for _, g := range grams {
		added = append(added, Parcel{d.code(), g})
		d.Exec(`INSERT INTO parcels (code, grams) VALUES ($1, $2)`, added[len(added)-1].Code, g)
	}
	return added
}

func (d *depot) van(name string) (id int64) {
	return dbtest.Value[int64](d.DB, `INSERT INTO vans (name) VALUES ($1) RETURNING id`, name)
}

// count returns how many of the parcels with these codes there are.
func (d *depot) count(codes ...string) int64 {
	return dbtest.Value[int64](d.DB, `SELECT count(*) FROM parcels WHERE code = ANY ($1)`, codes)
}

// unlocked waits for the end of every advisory lock; it says whether that has come.
func (d *depot) unlocked() bool {
	return soon(func() bool {
		return dbtest.Value[int64](d.DB, `SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
			WHERE locktype = 'advisory' AND datname = current_database()`) == 0
	})
}

// soon says whether something comes true that happens in the background, such as
// the end of a session. Only a test that is about to fail waits for long.
func soon(is func() bool) bool {
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// program is one copy of the service: a Store with a pool of its own.
type program struct {
	t     *testing.T
	pool  *pgxpool.Pool
	store *Store
}

// program starts a copy with two connections, which have the limits that NewPool should set.
func (d *depot) program(options ...dbtest.Option) program {
	limits := dbtest.Config(func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["statement_timeout"] = "5s" })
	pool := d.Pool(append([]dbtest.Option{dbtest.Name("depot"), dbtest.MaxConns(2), limits}, options...)...)
	return program{d.t, pool, pooldiscipline.NewStore(pool)}
}

// do calls the store, and makes a panic or a hang of it a failure of this test alone.
func (p program) do(f func(ctx context.Context, s *Store) error) (err error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	guard.Run(p.t, func() { err = f(ctx, p.store) })
	return err
}

// returned fails the test when the pool has not got all of its connections back.
func (p program) returned(format string, args ...any) bool {
	p.t.Helper()
	if soon(func() bool { return p.pool.Stat().AcquiredConns() == 0 }) {
		return true
	}
	p.t.Errorf("A call gives its connection back, whichever way it ends. %s, and %d of the pool's %d connections did not come back. When all of them are gone, every later call waits for ever.",
		fmt.Sprintf(format, args...), p.pool.Stat().AcquiredConns(), p.pool.Stat().MaxConns())
	return false
}

// settings are those of the connections that the pool has, and could hand out now.
func (p program) settings() (all []string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	require.NoError(p.t, p.pool.Ping(ctx), "the pool must go on handing out connections that work")
	for _, conn := range p.pool.AcquireAllIdle(ctx) {
		defer conn.Release()
		rows, err := conn.Query(ctx, `SELECT name || ' = ' || current_setting(name) FROM pg_settings WHERE context = 'user' ORDER BY name`)
		require.NoError(p.t, err)
		settings, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(p.t, err)
		all = append(all, settings...)
	}
	return all
}

// changed returns the settings that were others before.
func (p program) changed(before []string) []string {
	p.t.Helper()
	return slices.DeleteFunc(p.settings(), func(s string) bool { return slices.Contains(before, s) })
}
