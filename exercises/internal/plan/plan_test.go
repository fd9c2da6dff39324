package plan_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
)

// Four events of each second, so that a page must break ties by the id.
const schema = `
	CREATE TABLE events (id bigint PRIMARY KEY, at bigint NOT NULL, kind int NOT NULL, note text NOT NULL, shard int NOT NULL);
	INSERT INTO events SELECT n, n / 4, n % 100, repeat('x', 60), n % 100 FROM generate_series(1, 4000) n;
	CREATE INDEX events_at_id ON events (at, id);
	CREATE INDEX events_at_kind ON events (at, kind);
	CREATE INDEX events_shard_at ON events (shard, at);
	CREATE TABLE notes (id bigint PRIMARY KEY, event bigint REFERENCES events);
	INSERT INTO notes SELECT n, n FROM generate_series(1, 400) n;
	CREATE FUNCTION newest(before bigint) RETURNS bigint LANGUAGE plpgsql AS
		'BEGIN RETURN (SELECT max(id) FROM events WHERE note || kind <> '''' AND at < before); END'`

// list is code under test: it reads a page of 20 events before (at, id) = (500, 2000).
type list func(ctx context.Context, pool *pgxpool.Pool) error

func sends(sql string, args ...any) list {
	return func(ctx context.Context, pool *pgxpool.Pool) error {
		rows, err := pool.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		rows.Close()
		return rows.Err()
	}
}

// withCursor asks for everything and fetches a page of it.
func withCursor(order string) list {
	return func(ctx context.Context, pool *pgxpool.Pool) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `DECLARE page CURSOR FOR SELECT id, note FROM events `+order); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `FETCH 20 FROM page`)
			return err
		})
	}
}

// inLittleMemory sorts more than fits.
func inLittleMemory(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL work_mem = '64kB'`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT id, note FROM events ORDER BY note, id`)
		return err
	})
}

const newestFirst = ` ORDER BY at DESC, id DESC LIMIT 20`

func TestExamined(t *testing.T) {
	db := dbtest.New(t, schema)
	plan.Settle(t, db)
	page := func(l list, budget plan.Budget) kittest.Program {
		spy := &pgtrace.Spy{}
		pool := db.Pool(dbtest.With(spy))
		return func(t testing.TB) {
			spy.Reset()
			require.NoError(t, l(t.Context(), pool))
			plan.Examined(t, db, spy.Calls()...).Within(t, "a page of 20 reads little more than 20 rows, wherever it is", budget)
		}
	}
	rows, pages := plan.Budget{Rows: 60}, plan.Budget{Rows: 60, Pages: 40}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"offset":               page(sends(`SELECT id, note FROM events`+newestFirst+` OFFSET $1`, 2000), rows),
			"or_of_two":            page(sends(`SELECT id, note FROM events WHERE at < $1 OR (at = $1 AND id < $2)`+newestFirst, 500, 2000), rows),
			"hidden_in_a_function": page(sends(`SELECT newest(500)`), rows),
			"hidden_in_a_cursor":   page(withCursor(`ORDER BY kind, id`), rows),
			"range_before_equal":   page(sends(`SELECT count(*) FROM events WHERE at > $1 AND kind = $2`, 0, 7), plan.Budget{Pages: 10}),
			"sort_on_disk":         page(inLittleMemory, plan.Budget{Temp: -1}),
		},
		Right: map[string]kittest.Program{
			"row_comparison": page(sends(`SELECT id, note FROM events WHERE (at, id) < ($1, $2)`+newestFirst, 500, 2000), pages),
			"and_of_or":      page(sends(`SELECT id, note FROM events WHERE at <= $1 AND (at < $1 OR id < $2)`+newestFirst, 500, 2000), pages),
			"named_and_lateral": page(sends(`SELECT e.id, note FROM (SELECT id FROM events WHERE (at, id) < (@at, @id)`+newestFirst+`) p
				JOIN LATERAL (SELECT * FROM events WHERE id = p.id) e ON true`, pgx.NamedArgs{"at": 500, "id": 2000}), plan.Budget{Rows: 60, Pages: 120}),
			"settings_in_one_text": page(func(ctx context.Context, pool *pgxpool.Pool) error {
				return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
					_, err := tx.Exec(ctx, `SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off`)
					if err == nil {
						_, err = tx.Exec(ctx, `SELECT id, note FROM events WHERE (at, id) < ($1, $2)`+newestFirst, 500, 2000)
					}
					return err
				})
			}, rows),
			"cursor_by_index":    page(withCursor(`ORDER BY at DESC, id DESC`), rows),
			"equal_before_range": page(sends(`SELECT count(*) FROM events WHERE at > $1 AND shard = $2`, 0, 7), plan.Budget{Pages: 10}),
			"index_only":         page(sends(`SELECT at, id FROM events WHERE (at, id) < ($1, $2)`+newestFirst, 500, 2000), pages),
		},
	})
}

func TestReads(t *testing.T) {
	db := dbtest.New(t, schema)
	plan.Settle(t, db)
	examined := func(sql string, args ...any) plan.Reads {
		return plan.Examined(t, db, pgtrace.Statement{SQL: sql, Args: args})
	}

	t.Run("counts_each_way_once", func(t *testing.T) {
		for sql, want := range map[string]int64{
			`SELECT * FROM events`:                             4000,
			`SELECT count(*) FROM events`:                      4000, // index only
			`SELECT note FROM events WHERE id = 7`:             1,
			`SELECT id FROM events WHERE id = 7`:               1,
			`SELECT note FROM events WHERE id < 101`:           100,
			`SELECT note FROM events WHERE id IN (1, 2, 3999)`: 3,
			`SELECT 1`: 0,
			`SELECT * FROM events, generate_series(1, 2) g WHERE id = g`:                          2,
			`WITH gone AS (DELETE FROM notes WHERE id = 1 RETURNING *) SELECT * FROM gone`:        1,
			`(SELECT id FROM events WHERE id = 1) UNION ALL (SELECT id FROM events WHERE id = 2)`: 2,
		} {
			assert.Equal(t, want, examined(sql).Rows, sql)
		}
	})

	t.Run("counts_a_bitmap_by_what_it_leads_to", func(t *testing.T) {
		statements := func(sql string) []pgtrace.Statement {
			return []pgtrace.Statement{{SQL: `SET LOCAL enable_seqscan = off`}, {SQL: `SET LOCAL enable_indexscan = off`}, {SQL: `SET LOCAL enable_indexonlyscan = off`}, {SQL: sql}}
		}
		assert.Equal(t, int64(40), plan.Examined(t, db, statements(`SELECT note FROM events WHERE shard = 7`)...).Rows, "each entry leads to one row")
		db.Exec(`CREATE TABLE readings (id bigint); INSERT INTO readings SELECT generate_series(1, 20000);
			CREATE INDEX ON readings USING brin (id) WITH (pages_per_range = 8)`)
		plan.Settle(t, db)
		perPage := dbtest.Value[int64](db, `SELECT 20000 / relpages FROM pg_class WHERE relname = 'readings'`)
		rows := plan.Examined(t, db, statements(`SELECT * FROM readings WHERE id = 7`)...).Rows
		assert.Greater(t, rows, 7*perPage, "the index leads to a range of pages, and all rows of these are read")
		assert.LessOrEqual(t, rows, 8*perPage+perPage)
	})

	t.Run("sees_what_a_foreign_key_reads", func(t *testing.T) {
		assert.Greater(t, examined(`DELETE FROM events WHERE id = 4000`).Rows, int64(400), "notes has no index on event")
	})

	t.Run("changes_nothing", func(t *testing.T) {
		assert.Equal(t, int64(0), examined(`DELETE FROM notes`).Returned)
		assert.Equal(t, 400, dbtest.Value[int](db, `SELECT count(*) FROM notes`))
	})

	t.Run("counts_what_is_returned_and_all_statements", func(t *testing.T) {
		reads := plan.Examined(t, db,
			pgtrace.Statement{SQL: `SELECT * FROM events WHERE id <= $1`, Args: []any{3}},
			pgtrace.Statement{SQL: `SET LOCAL enable_seqscan = on`},
			pgtrace.Statement{SQL: `SELECT * FROM events WHERE id = $1`, Args: []any{5}})
		assert.Equal(t, int64(4), reads.Rows)
		assert.Equal(t, int64(4), reads.Returned)
	})

	t.Run("bad_use", func(t *testing.T) {
		r := kittest.Play(t, "TestX", func(t testing.TB) { plan.Examined(t, db, pgtrace.Statement{SQL: `SELECT nothing`}) })
		assert.Contains(t, r.Said(), "the test is at fault: examine what the code has sent: SELECT nothing: ")
		r = kittest.Play(t, "TestX", func(t testing.TB) { plan.Examined(t, db) })
		assert.Contains(t, r.Said(), "the code has sent no statement")
	})
}

func TestSettle(t *testing.T) {
	open := func(t *testing.T) *dbtest.DB {
		db := dbtest.New(t, schema)
		db.Exec(`CREATE TABLE "Odd name" (id int)`)
		db.Exec(`INSERT INTO "Odd name" VALUES (1)`)
		return db
	}

	t.Run("cleans_up", func(t *testing.T) {
		db := open(t)
		plan.Settle(t, db)
		assert.Zero(t, dbtest.Value[int](db, `SELECT count(*) FROM pg_class WHERE relname IN ('events', 'Odd name') AND relallvisible < relpages`))
	})

	t.Run("says_when_it_cannot", func(t *testing.T) {
		db := open(t)
		plan.Settle(t, db)
		held := lock.Hold(t, db, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`, `SELECT count(*) FROM events`)
		db.Exec(`UPDATE events SET kind = kind`)
		r := kittest.Play(t, "TestX", func(t testing.TB) { plan.Settle(t, db) })
		assert.Contains(t, r.Said(), "the test is at fault: settle the database: a transaction that is still open keeps old rows of events alive")
		held.Release()
		plan.Settle(t, db)
	})

	t.Run("waits_for_somebody_who_looks_at_a_page", func(t *testing.T) {
		db := open(t)
		reader := lock.Hold(t, db, `DECLARE one CURSOR FOR SELECT * FROM "Odd name"`, `FETCH one`) // pins the page
		call := lock.Go(t, func() error { plan.Settle(t, db); return nil })
		vacuums := func() int {
			return dbtest.Value[int](db, `SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'Odd name'`)
		}
		for vacuums() < 3 {
			time.Sleep(time.Millisecond)
		}
		reader.Release()
		require.NoError(t, call.Wait("Settle returns when the page is free"))
	})
}
