package livemigration_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/pgtrace"
)

// The steps of these tests write into a log, where it can be seen what was run.
const logTable = `
	CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text NOT NULL);
	CREATE TABLE work (id bigint PRIMARY KEY, batch int NOT NULL, done boolean NOT NULL DEFAULT false);
	INSERT INTO work SELECT n, CASE WHEN n <= 5 THEN 1 WHEN n <= 7 THEN 2 ELSE 3 END FROM generate_series(1, 10) n`

func lines(db *dbtest.DB) []string {
	return dbtest.Column[string](db, `SELECT line FROM log ORDER BY id`)
}

func writes(line string) *fstest.MapFile {
	return file(`INSERT INTO log (line) VALUES ('` + line + `');`)
}

// patience bounds what must not be tried for ever. No right program comes near it.
const patience = 5 * time.Second

const inBatches = "-- in batches\nUPDATE work SET done = true WHERE batch = (SELECT min(batch) FROM work WHERE NOT done);\n"

func TestMigrate(t *testing.T) {
	t.Run("runs_the_steps_in_the_order_of_their_names", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		steps := files{
			"2_second.sql":          writes("2"),
			"10_first.sql":          writes("10"),
			"3_it's the third.sql":  file("INSERT INTO log (line)\nVALUES ('3; -- it''s all text')  -- and no semicolon at the end"),
			"4_has_a_function.sql":  file("CREATE FUNCTION note(l text) RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n\n    INSERT INTO log (line) VALUES (l);\n    RETURN;\nEND $$;\n\nSELECT note('4');"),
			"README.md":             file("Not a step."),
			"archive/1_is_here.sql": writes("1"),
		}

		require.NoError(t, migrate(t, t.Context(), connect(t, db, "migrator"), steps))

		assert.Equal(t, []string{"10", "2", "3; -- it's all text", "4"}, lines(db), "The steps are the .sql files at the top, in the order of their names as text. Each of these writes a line; these lines came.")
	})

	t.Run("runs_no_step_twice", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		steps := files{"010_a.sql": writes("010"), "030_it's c.sql": writes("030")}
		require.NoError(t, migrate(t, t.Context(), connect(t, db, "migrator"), steps))
		steps["040_d.sql"] = file("-- no transaction\n" + string(writes("040").Data))
		steps["020_b.sql"] = writes("020") // from a colleague who began earlier
		another := connect(t, db, "migrator")
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()

		require.NoError(t, migrate(t, ctx, another, steps))
		require.NoError(t, migrate(t, ctx, another, steps))

		assert.Equal(t, []string{"010", "030", "020", "040"}, lines(db), "Steps 010 and 030 were run; then there were also 020 and 040, and Migrate was called twice more. Each step must be run once.")
	})

	for name, failing := range map[string]string{
		"undoes_a_step_that_fails":               `SELECT 1 / 0;`,
		"undoes_a_step_that_fails_at_its_commit": `ALTER TABLE log ADD CONSTRAINT late UNIQUE (line) DEFERRABLE INITIALLY DEFERRED; INSERT INTO log (line) VALUES ('020');`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.New(t, logTable)
			conn := connect(t, db, "migrator")
			good := writes("020")
			steps := files{"010_a.sql": writes("010"), "020_b.sql": file(string(good.Data) + failing), "030_c.sql": writes("030")}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()

			err := migrate(t, ctx, conn, steps)

			_, isPg := errors.AsType[*pgconn.PgError](err)
			assert.Truef(t, isPg, "The error of a step that fails must wrap the database's (*pgconn.PgError). Step 020_b.sql was wrong, and this came: %v", err)
			assert.ErrorContains(t, err, "020_b.sql", "The error must name the file of the step.")
			require.Equal(t, []string{"010"}, lines(db), "Step 020 failed: what it had done must be undone, 010 must stay, and 030 must not be run.")
			steps["020_b.sql"] = good
			require.NoError(t, migrate(t, t.Context(), conn, steps), "Step 020 has been mended, and Migrate is called again with the same connection.")
			require.Equal(t, []string{"010", "020", "030"}, lines(db), "Step 020 has been mended. The second call must go on with it.")
		})
	}

	t.Run("runs_statements_without_a_transaction", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		steps := files{"010_a.sql": file("-- no transaction\n\nCREATE INDEX CONCURRENTLY log_line ON log (line);\n\n\n" +
			"DO $$ BEGIN\n    INSERT INTO log (line) VALUES ('a; b');\n    COMMIT;\n    INSERT INTO log (line) VALUES ('c');\nEND $$;\n\nVACUUM log;\n")}

		require.NoError(t, migrate(t, t.Context(), connect(t, db, "migrator"), steps), "The step has three statements, with empty lines between them. There are semicolons in one of them, and none can run in a transaction that somebody else has begun.")

		assert.Equal(t, []string{"a; b", "c"}, lines(db), "The second statement writes two lines.")
		assert.Equal(t, 1, dbtest.Value[int](db, `SELECT count(*) FROM pg_indexes WHERE indexname = 'log_line'`), "The first statement makes this index.")
	})

	t.Run("starts_a_step_without_a_transaction_again_from_its_first_statement", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		conn := connect(t, db, "migrator")
		steps := files{"010_a.sql": file("-- no transaction\nINSERT INTO log (line) VALUES ('first');\n\nINSERT INTO later (line) VALUES ('second');"), "020_b.sql": writes("020")}
		err := migrate(t, t.Context(), conn, steps)
		require.ErrorContains(t, err, "010_a.sql", "Step 010_a.sql writes into a table that is not there yet, so Migrate must fail and name the file.")
		require.Equal(t, []string{"first"}, lines(db), "The first of two statements stays when the second one fails, and step 020 is not run.")
		db.Exec(`CREATE TABLE later (line text)`)

		require.NoError(t, migrate(t, t.Context(), conn, steps))

		assert.Equal(t, []string{"first", "first", "020"}, lines(db), "The second statement has failed. The next call must begin with the first one again, and go on with step 020.")
		assert.Equal(t, 1, dbtest.Value[int](db, `SELECT count(*) FROM later`), "The second statement was mended, and must have been run.")
	})

	t.Run("runs_batches_until_one_changes_no_row", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)

		require.NoError(t, migrate(t, t.Context(), connect(t, db, "migrator"), files{"010_a.sql": file(inBatches)}))

		assert.Zero(t, dbtest.Value[int](db, `SELECT count(*) FROM work WHERE NOT done`), "There are batches of 5, 2 and 3 rows. The statement must be run until it changes no row; so many rows are left.")
		assert.Equal(t, []int{5, 2, 3}, dbtest.Column[int](db, `SELECT count(*) FROM work GROUP BY xmin::text ORDER BY min(id)`), "There are batches of 5, 2 and 3 rows. Each must be a transaction of its own; so many rows were changed by each transaction.")
	})

	t.Run("leaves_the_connection_as_it_was", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		conn := connect(t, db, "migrator")
		_, err := conn.Exec(t.Context(), `SET lock_timeout = '7s'; SET statement_timeout = '8s'`)
		require.NoError(t, err)
		before := settings(t, conn)
		steps := files{"010_a.sql": writes("010"), "020_b.sql": file(inBatches), "030_c.sql": file("-- no transaction\nVACUUM log;")}

		require.NoError(t, migrate(t, t.Context(), conn, steps))
		require.Equal(t, before, settings(t, conn), "The caller has made settings on the connection. After Migrate it has these.")
		requireNothingHeld(t, db, "Migrate has returned nil.")

		steps["040_d.sql"] = file(`SELECT 1 / 0;`)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		err = migrate(t, ctx, conn, steps)
		require.Error(t, err, "Step 040 is wrong.")
		require.NotErrorIs(t, err, context.DeadlineExceeded, "Step 040 is wrong, and stays so: it must end Migrate.")
		require.Equal(t, before, settings(t, conn), "The caller has made settings on the connection. After Migrate has failed, it has these.")
		requireNothingHeld(t, db, "Migrate has returned an error.")
	})
}

// settings lists what was set on a connection.
func settings(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), `SELECT name || ' = ' || setting FROM pg_settings WHERE source = 'session' ORDER BY name`)
	require.NoError(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return list
}

// requireNothingHeld fails when sessions of migrators keep locks, or a
// transaction. A session that is about to end gets the time to do so.
func requireNothingHeld(t *testing.T, db *dbtest.DB, when string) {
	t.Helper()
	var held []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		held = dbtest.Column[string](db, `
			SELECT DISTINCT CASE WHEN locktype IN ('advisory', 'relation') THEN 'a lock: ' || locktype ELSE 'an open transaction' END
			FROM pg_locks JOIN pg_stat_activity USING (pid)
			WHERE datname = current_database() AND application_name LIKE 'migrator%'`) // each transaction has a lock on its own number
		if len(held) == 0 {
			return
		}
	}
	t.Fatalf("%s Nothing may stay behind on a connection that its caller keeps, and this has stayed: %s.", when, strings.Join(held, ", "))
}

// allKinds are steps of each kind. They can be run again where that is needed.
func allKinds() files {
	return files{
		"010_transaction.sql": writes("010"),
		"020_batches.sql":     file(inBatches),
		"030_alone.sql":       file("-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS log_line;\n\nCREATE INDEX CONCURRENTLY log_line ON log (line);"),
		"040_transaction.sql": file("CREATE TABLE more (id int);" + string(writes("040").Data)),
	}
}

// requireAllKinds fails unless every step of allKinds has been run, and those in a transaction once.
func requireAllKinds(t *testing.T, db *dbtest.DB, when string) {
	t.Helper()
	require.Equal(t, []string{"010", "040"}, lines(db), when+" Steps 010 and 040 write a line each, in a transaction; each must be run once.")
	require.Zero(t, dbtest.Value[int](db, `SELECT count(*) FROM work WHERE NOT done`), when+" Step 020 must have changed all rows.")
	require.Equal(t, []bool{true}, dbtest.Column[bool](db, `SELECT indisvalid FROM pg_index WHERE indrelid = 'log'::regclass AND NOT indisprimary`), when+" Step 030 must have built one valid index.")
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	t.Run("killed_after_each_statement", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		when := killed(t, db, allKinds(), regexp.MustCompile(``))
		requireAllKinds(t, db, when)
	})

	t.Run("cancelled_after_each_statement", func(t *testing.T) {
		t.Parallel()
		db, steps := dbtest.New(t, logTable), fault.NewSteps(t)
		when := ""
		for n := 1; ; n++ {
			ctx, cancel := context.WithCancel(t.Context())
			steps.After(n, cancel)
			err := migrate(t, ctx, connect(t, db, "migrator", steps), allKinds())
			cancel()
			if steps.Seen() < n {
				require.NoError(t, err, "%s Now it was not cancelled, and must get through.", when)
			}
			when = fmt.Sprintf("Migrate was called again and again, and its context cancelled after its first statement, then after its second one, and so on; the last time after\n\n\t%s\n\nwhen it returned: %v.", steps.Text(), err)
			requireNothingHeld(t, db, when)
			if err == nil {
				requireAllKinds(t, db, when)
				return
			}
			require.ErrorIs(t, err, context.Canceled, when)
		}
	})
}

// notOneTransaction finds the steps that an interruption can leave half done.
var notOneTransaction = regexp.MustCompile(`^-- (no transaction|in batches)\s`)

// killed migrates step by step. In steps whose text matches, it kills the
// migrator's session after each statement, one a call, until the step gets through.
func killed(t *testing.T, db *dbtest.DB, all files, unsafe *regexp.Regexp) (when string) {
	t.Helper()
	steps, when := fault.NewSteps(t), "Nothing was interrupted."
	call := func(folder files, kill int) error { // after so many statements, or 0 for not at all
		steps.Kill(kill)
		conn := connect(t, db, "migrator", steps)
		defer hangUp(conn)
		return migrate(t, t.Context(), conn, folder)
	}
	folder := files{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		require.NoError(t, call(folder, 0), "Migrate is called again. %s", when)
		require.NoError(t, call(folder, 0), "Migrate is called once more. %s", when)
		first := max(1, steps.Seen()-1) // what comes before the new step was interrupted with the one before it
		folder[name] = all[name]
		for n := first; unsafe.Match(all[name].Data); n++ {
			require.Less(t, n, 200, "Step %s never gets through.", name)
			err := call(folder, n)
			if err == nil {
				break
			}
			pg, isPg := errors.AsType[*pgconn.PgError](err)
			lost := steps.Seen() >= n && (!isPg || pg.Code == "57P01") // admin_shutdown
			if !lost {
				t.Fatalf("Migrate must go on after an interruption. %s\nIn step %s this came then: %v", when, name, err)
			}
			when = fmt.Sprintf("Migrate was called again and again, and its session killed after its first statement, then after its second one, and so on; the last time after\n\n\t%s\n\n", pgtrace.Short(steps.Text(), 200))
		}
	}
	require.NoError(t, call(folder, 0), "Migrate is called again. %s", when)
	return when
}
