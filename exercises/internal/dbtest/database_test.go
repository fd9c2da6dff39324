package dbtest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
)

const schema = `
	CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL);
	CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY, line text);
	CREATE FUNCTION deposit(account bigint, amount bigint) RETURNS void LANGUAGE sql AS
		'UPDATE accounts SET balance = balance + amount WHERE id = account';
	CREATE VIEW rich AS SELECT id FROM accounts WHERE balance > 1000;`

func TestNew(t *testing.T) {
	t.Run("gives_each_test_a_database_of_its_own", func(t *testing.T) {
		a, b := dbtest.New(t, schema), dbtest.New(t, schema)
		a.Exec(`INSERT INTO log (line) VALUES ('a')`)
		assert.Equal(t, 1, dbtest.Value[int](a, `SELECT count(*) FROM log`))
		assert.Zero(t, dbtest.Value[int](b, `SELECT count(*) FROM log`))
	})

	t.Run("drops_it_when_the_test_has_passed", func(t *testing.T) {
		watcher := dbtest.New(t)
		var name string
		kittest.Play(t, "TestPasses", func(t testing.TB) { name = dbtest.New(t, schema).Name() })
		assert.NotContains(t, watcher.Databases(), name)
	})

	t.Run("keeps_one_database_of_a_test_that_fails", func(t *testing.T) {
		watcher := dbtest.New(t)
		var kept, psql string
		for i := range 3 {
			r := kittest.Play(t, "TestFails", func(t testing.TB) {
				db := dbtest.New(t, schema)
				kept = db.Kept()
				db.Exec(`INSERT INTO log (line) VALUES ($1)`, fmt.Sprint("run ", i))
				_, err := db.Pool().Exec(limited(t), `SELECT 1`)
				require.NoError(t, err)
				t.Error("wrong")
			})
			lines := strings.Split(strings.TrimSpace(r.Said()), "\n")
			psql = strings.TrimSpace(lines[len(lines)-1])
		}
		same := slices.DeleteFunc(watcher.Databases(), func(name string) bool { return !strings.HasPrefix(name, kept) })
		assert.Equal(t, []string{kept}, same)
		require.Regexp(t, `^psql "postgres://.*`+kept+`.*"$`, psql, "the end of the output")
		conn := connectTo(t, strings.Trim(strings.TrimPrefix(psql, "psql "), `"`))
		var line string
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT line FROM log`).Scan(&line))
		assert.Equal(t, "run 2", line)
		require.NoError(t, conn.Close(t.Context()))

		kittest.Play(t, "TestFails", func(t testing.TB) { dbtest.New(t, schema) })
		assert.NotContains(t, watcher.Databases(), kept, "when the test passes at last, nothing is left of it")
	})

	t.Run("never_uses_a_template_that_was_left_half_built", func(t *testing.T) {
		sql := schema + fmt.Sprintf(`-- %d`, time.Now().UnixNano())
		watcher := dbtest.New(t)
		ready, building := watcher.Template(sql)
		_, err := watcher.Super().Exec(t.Context(), `CREATE DATABASE `+building)
		require.NoError(t, err)

		db := dbtest.New(t, sql)

		assert.Zero(t, dbtest.Value[int](db, `SELECT count(*) FROM accounts`))
		assert.NotContains(t, watcher.Databases(), building)
		_, err = watcher.Super().Exec(t.Context(), `DROP DATABASE `+ready)
		require.NoError(t, err)
	})

	t.Run("says_which_line_of_a_schema_is_refused", func(t *testing.T) {
		r := kittest.Play(t, "TestSchema", func(t testing.TB) { dbtest.New(t, "CREATE TABLE a (id int);\n\nCREATE TABEL b (id int);") })
		assert.Contains(t, r.Said(), `the schema does not load, so nothing can be tested. The server refuses line 3, “CREATE TABEL b (id int);”: syntax error at or near "TABEL"`)
		assert.NotContains(t, r.Said(), "no database")
	})

	t.Run("says_which_statement_of_a_schema_is_refused", func(t *testing.T) {
		for name, c := range map[string]struct{ sql, want string }{
			"a_place":     {"CREATE TABLE a (id int);\nSELECT 1\nFROM nowhere;", `line 3, “FROM nowhere;”: relation "nowhere" does not exist (SQLSTATE 42P01)`},
			"no_place":    {"-- a; b\nSELECT ';', \";\" FROM (SELECT 1 AS \";\") x; /* ; */\nDO $x$ BEGIN PERFORM ';'; END $x$;\n\nCREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a\nVALUES (1), (1);", "the statement that begins in line 6, “INSERT INTO a”: duplicate key"},
			"more_to_say": {"CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1), (1);", "\n\tKey (id)=(1) already exists."},
		} {
			t.Run(name, func(t *testing.T) {
				r := kittest.Play(t, "TestSchema", func(t testing.TB) { dbtest.New(t, c.sql) })
				assert.Contains(t, r.Said(), c.want)
			})
		}
	})

	t.Run("says_which_line_of_a_script_is_refused", func(t *testing.T) {
		db := dbtest.New(t, schema)
		db.Script("good.sql", "SET search_path = nowhere;\nCREATE TABLE public.b (id int);")
		r := kittest.Play(t, "TestScript", func(t testing.TB) { dbtest.New(t).Script("bad.sql", "SELECT 1;\n\nDROP TABLE c;") })
		assert.Contains(t, r.Said(), `bad.sql does not run: the server refuses the statement that begins in line 3, “DROP TABLE c;”: table "c" does not exist (SQLSTATE 42P01)`)
		assert.Zero(t, dbtest.Value[int](db, `SELECT count(*) FROM b`), "the session of the script is gone, with its settings")
	})

	t.Run("does_not_blame_a_schema_for_a_lost_connection", func(t *testing.T) {
		r := kittest.Play(t, "TestSchema", func(t testing.TB) {
			dbtest.New(t, "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END $$;")
		})
		assert.Contains(t, r.Said(), dbtest.NoDatabase)
		r = kittest.Play(t, "TestScript", func(t testing.TB) {
			dbtest.New(t).Script("lost.sql", "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END $$;")
		})
		assert.Contains(t, r.Said(), dbtest.NoDatabase)
	})

	t.Run("has_the_settings_of_the_course", func(t *testing.T) {
		pool := dbtest.New(t).Pool()
		for setting, want := range map[string]string{
			"jit": "off", "timezone": "Asia/Kolkata", "random_page_cost": "1.1", "max_parallel_workers_per_gather": "0",
			"deadlock_timeout": "20ms", "synchronous_commit": "on", "server_encoding": "UTF8",
		} {
			var have string
			require.NoError(t, pool.QueryRow(t.Context(), `SELECT current_setting($1)`, setting).Scan(&have))
			assert.Equal(t, want, have, setting)
		}
	})

	t.Run("works_in_parallel", func(t *testing.T) {
		sql := schema + fmt.Sprintf(`-- %d`, time.Now().UnixNano())
		t.Run("all", func(t *testing.T) {
			for i := range 8 {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					t.Parallel()
					db := dbtest.New(t, sql)
					db.Exec(`INSERT INTO log (line) VALUES ('x')`)
					assert.Equal(t, 1, dbtest.Value[int](db, `SELECT count(*) FROM log`))
				})
			}
		})
		dropTemplate(t, sql)
	})

	t.Run("works_in_several_processes", func(t *testing.T) {
		sql := schema + fmt.Sprintf(`-- %d`, time.Now().UnixNano())
		watcher := dbtest.New(t) // after this the URL is known and can be passed on
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				cmd := exec.Command(os.Args[0], "-test.run=^TestInAnotherProcess$", "-test.v")
				cmd.Env = append(os.Environ(), "DBTEST_SCHEMA="+sql)
				out, err := cmd.CombinedOutput()
				assert.NoError(t, err, string(out))
				assert.Contains(t, string(out), "made a database")
			})
		}
		wg.Wait()
		ready, building := watcher.Template(sql)
		assert.Contains(t, watcher.Databases(), ready)
		assert.NotContains(t, watcher.Databases(), building)
		dropTemplate(t, sql)
	})
}

func TestInAnotherProcess(t *testing.T) {
	sql := os.Getenv("DBTEST_SCHEMA")
	if sql == "" {
		return // only there to be run by TestNew
	}
	for range 3 {
		db := dbtest.New(t, sql)
		db.Exec(`INSERT INTO log (line) VALUES ('x')`)
		require.Equal(t, 1, dbtest.Value[int](db, `SELECT count(*) FROM log`))
	}
	fmt.Println("made a database")
}

func TestRoles(t *testing.T) {
	db := dbtest.New(t, schema, `CREATE SCHEMA extra; CREATE TABLE extra.things (id int)`)
	app := db.Pool()
	code := func(sql string) string {
		_, err := app.Exec(t.Context(), sql)
		if pg, ok := err.(*pgconn.PgError); ok {
			return pg.Code
		}
		require.NoError(t, err)
		return ""
	}
	for _, sql := range []string{
		`INSERT INTO accounts VALUES (1, 10)`, `UPDATE accounts SET balance = 5`, `SELECT * FROM rich`, `SELECT deposit(1, 2)`,
		`DELETE FROM accounts`, `INSERT INTO log (line) VALUES ('x')`, `INSERT INTO extra.things VALUES (1)`, `CREATE TEMP TABLE t (id int)`,
	} {
		assert.Empty(t, code(sql), "the application may: %s", sql)
	}
	for _, sql := range []string{`CREATE TABLE t (id int)`, `DROP TABLE log`, `TRUNCATE log`, `ALTER TABLE log ADD COLUMN c int`, `SET ROLE postgres`} {
		assert.Contains(t, []string{"42501", "22023"}, code(sql), "the application may not: %s", sql)
	}
	db.Exec(`CREATE TABLE later (id serial PRIMARY KEY)`)
	assert.Empty(t, code(`INSERT INTO later DEFAULT VALUES`), "a table that a migration makes later")

	var super, bypass bool
	require.NoError(t, app.QueryRow(t.Context(), `SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&super, &bypass))
	assert.False(t, super)
	assert.False(t, bypass)
	require.NoError(t, db.Super().QueryRow(t.Context(), `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`).Scan(&super))
	assert.True(t, super)
}

func TestNoDatabase(t *testing.T) {
	const words = "workbook: no database:"

	t.Run("nobody_listens", func(t *testing.T) {
		r := kittest.Play(t, "TestX", func(t testing.TB) { dbtest.NewOn(t, "postgres://postgres:x@127.0.0.1:1/postgres?sslmode=disable") })
		assert.True(t, r.Failed())
		assert.True(t, strings.HasPrefix(r.Said(), words), r.Said())
		assert.Contains(t, r.Said(), "127.0.0.1:1")
		assert.NotContains(t, r.Said(), ":x@", "no password in a message")
	})

	t.Run("the_server_never_answers", func(t *testing.T) {
		dbtest.SetConnectLimit(t, 300*time.Millisecond)
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer silent.Close()
		r := kittest.Play(t, "TestX", func(t testing.TB) { dbtest.NewOn(t, "postgres://postgres:x@"+silent.Addr().String()+"/postgres") })
		assert.True(t, strings.HasPrefix(r.Said(), words), r.Said())
	})

	t.Run("the_checkers_command_gives_the_url", func(t *testing.T) {
		dbtest.SetURLCommand(t, os.Args[0], "-test.run=^$", "-test.list=postgres.*") // prints nothing that is a URL
		_, err := dbtest.ServerURL("")
		require.ErrorContains(t, err, "which is no URL")

		dbtest.SetURLCommand(t, "go", "env", "GOFLAGSX") // a command that succeeds with an empty line
		_, err = dbtest.ServerURL("")
		require.ErrorContains(t, err, "which is no URL")

		t.Setenv("GOPRIVATE", "postgres://from/the/command") // go env prints it: a command that prints a URL on every system
		dbtest.SetURLCommand(t, "go", "env", "GOPRIVATE")
		url, err := dbtest.ServerURL("")
		require.NoError(t, err)
		assert.Equal(t, "postgres://from/the/command", url)

		url, err = dbtest.ServerURL("postgres://given")
		require.NoError(t, err)
		assert.Equal(t, "postgres://given", url)
	})

	t.Run("the_checkers_command_fails", func(t *testing.T) {
		dbtest.SetURLCommand(t, "go", "no-such-command")
		_, err := dbtest.ServerURL("")
		require.Error(t, err)
		for _, part := range []string{"make check", "make doctor", "go no-such-command", "unknown command"} {
			assert.Contains(t, err.Error(), part)
		}
	})
}

func dropTemplate(t *testing.T, sql string) {
	t.Helper()
	db := dbtest.New(t)
	ready, _ := db.Template(sql)
	_, err := db.Super().Exec(t.Context(), `DROP DATABASE `+ready)
	require.NoError(t, err)
}
