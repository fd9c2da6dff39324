package main

import (
	"fmt"

	"github.com/jackc/pgx/v5"
)

const (
	parents = "CREATE TABLE p (id int PRIMARY KEY, n int); INSERT INTO p VALUES (1), (2);"
	family  = parents + "CREATE TABLE c (p int REFERENCES p ON DELETE RESTRICT); INSERT INTO c VALUES (1)"
	looping = "CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN f(n + 1); END'"
)

// provocations show for each code how it is met.
var provocations = map[string]provocation{
	"08P01": func(s *sqlSessions) error { // pgx counts the arguments itself, below it nobody does
		return s.conn.PgConn().ExecParams(s.ctx, "SELECT $1::int", nil, nil, nil, nil).Read().Err
	},
	"0A000": after(parents, "SELECT count(*) FROM p FOR UPDATE"),
	"21000": after(parents, "INSERT INTO p VALUES (3), (3) ON CONFLICT (id) DO UPDATE SET n = 1"),
	"22001": after("CREATE TABLE a (t varchar(2))", "INSERT INTO a VALUES ('abc')"),
	"22003": on("SELECT 2147483648::int"),
	"22004": on("SELECT format('%I', NULL)"),
	"22007": on("SELECT 'tomorrow-ish'::date"),
	"22008": on("SELECT '2040-02-30'::date"),
	"22012": on("SELECT 1 / 0"),
	"2201B": on("SELECT 'a' ~ '['"),
	"2201W": on("SELECT 1 LIMIT -1"),
	"2201X": on("SELECT 1 OFFSET -1"),
	"22021": on("SELECT $1::text", "a\x00b"),
	"22023": on("SELECT pg_notify('c', repeat('x', 8000))"),
	"22025": on(`SELECT 'ab' LIKE 'a\'`),
	"22P02": on("SELECT ''::int"),
	"22P04": after(parents, "COPY p FROM PROGRAM 'echo 3'"),
	"22P05": on(`SELECT '"\u0000"'::jsonb`),
	"23001": after(family, "DELETE FROM p WHERE id = 1"),
	"23502": after(parents, "INSERT INTO p (n) VALUES (1)"),
	"23503": after(family, "INSERT INTO c VALUES (7)"),
	"23505": after(parents, "INSERT INTO p VALUES (1)"),
	"23514": after("CREATE TABLE a (n int CHECK (n > 0))", "INSERT INTO a VALUES (0)"),
	"23P01": after("CREATE TABLE a (r int4range, EXCLUDE USING gist (r WITH &&)); INSERT INTO a VALUES ('[1,5)')", "INSERT INTO a VALUES ('[4,6)')"),
	"25001": after(parents+"BEGIN", "CREATE INDEX CONCURRENTLY ON p (n)"),
	"25006": after(parents+"COMMIT; BEGIN READ ONLY", "DELETE FROM p"),
	"25P01": on("SAVEPOINT a"),
	"25P02": func(s *sqlSessions) error {
		s.do(s.conn, "BEGIN")
		if _, err := s.conn.Exec(s.ctx, "SELECT 1 / 0"); err == nil {
			return nil
		}
		return on("SELECT 1")(s)
	},
	"25P03": func(s *sqlSessions) error {
		s.do(s.conn, "SET idle_in_transaction_session_timeout = '1ms'; BEGIN")
		return s.ended(s.conn)
	},
	"25P04": func(s *sqlSessions) error {
		s.do(s.conn, "SET transaction_timeout = '1ms'; BEGIN")
		return s.ended(s.conn)
	},
	"26000": on("EXECUTE nowhere"),
	"28000": func(s *sqlSessions) error { return s.login("NOLOGIN", "right") },
	"28P01": func(s *sqlSessions) error { return s.login("LOGIN", "wrong") },
	"2BP01": after(family, "DROP TABLE p"),
	"2F005": after("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN END'", "SELECT f()"),
	"34000": on("FETCH nowhere"),
	"3B001": after("BEGIN", "ROLLBACK TO nowhere"),
	"3D000": func(s *sqlSessions) error {
		_, err := s.connect(func(c *pgx.ConnConfig) { c.Database = "nowhere" })
		return err
	},
	"3F000": on("CREATE TABLE nowhere.a (n int)"),
	"40001": func(s *sqlSessions) error {
		s.do(s.conn, parents+"COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM p")
		s.do(s.other, "UPDATE p SET n = 1")
		return on("UPDATE p SET n = 2")(s)
	},
	"40P01": func(s *sqlSessions) error {
		s.do(s.conn, parents+"COMMIT; BEGIN; UPDATE p SET n = 1 WHERE id = 1")
		s.do(s.other, "BEGIN; UPDATE p SET n = 1 WHERE id = 2")
		return s.both("UPDATE p SET n = 2 WHERE id = 2", "UPDATE p SET n = 2 WHERE id = 1")
	},
	"42501": func(s *sqlSessions) error {
		s.do(s.conn, parents+"CREATE ROLE nobody_here")
		s.t.Cleanup(func() { s.do(s.other, "DROP ROLE nobody_here") })
		s.do(s.conn, "GRANT USAGE ON SCHEMA "+s.schema+" TO nobody_here")
		s.t.Cleanup(func() { s.do(s.other, "REVOKE USAGE ON SCHEMA "+s.schema+" FROM nobody_here") })
		return after("SET ROLE nobody_here", "SELECT * FROM p")(s)
	},
	"42601": after(parents, "SELECT * FROM p WHERE id IN ()"),
	"42701": after(parents, "ALTER TABLE p ADD n int"),
	"42702": after(parents, "SELECT id FROM p a JOIN p b ON true"),
	"42703": after(parents, `SELECT "x" FROM p`),
	"42704": on("SELECT current_setting('app.never_set')"),
	"42710": after(parents+"ALTER TABLE p ADD CONSTRAINT k CHECK (true)", "ALTER TABLE p ADD CONSTRAINT k CHECK (true)"),
	"42712": after(parents, "SELECT 1 FROM p JOIN p ON true"),
	"42723": after(looping, looping),
	"42725": on("SELECT '1' + '2'"),
	"42803": after(parents, "SELECT n, count(*) FROM p"),
	"42804": after(parents, "SELECT 1 FROM p WHERE n"),
	"42830": after(parents, "CREATE TABLE c (n int REFERENCES p (n))"),
	"42846": on("SELECT true::date"),
	"42883": on("SELECT 1 = 'a'::text"),
	"428C9": after("CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY)", "INSERT INTO a VALUES (1)"),
	"42P01": on("SELECT * FROM nowhere"),
	"42P02": func(s *sqlSessions) error {
		_, err := s.conn.PgConn().Exec(s.ctx, "SELECT $1").ReadAll()
		return err
	},
	"42P05": after("PREPARE a AS SELECT 1", "PREPARE a AS SELECT 1"),
	"42P06": func(s *sqlSessions) error { return on("CREATE SCHEMA " + s.schema)(s) },
	"42P07": after(parents, "CREATE TABLE p (n int)"),
	"42P08": after("CREATE TABLE a (i int, t text)", "INSERT INTO a VALUES ($1, $1)", 1),
	"42P10": after(parents, "INSERT INTO p VALUES (1, 1) ON CONFLICT (n) DO NOTHING"),
	"42P16": after(parents, "ALTER TABLE p ADD PRIMARY KEY (n)"),
	"42P17": after(parents, "CREATE INDEX ON p (n) WHERE now() > '2040-05-01'"),
	"42P18": on("SELECT $1 IS NULL", 1),
	"42P20": after(parents, "SELECT 1 FROM p WHERE row_number() OVER () = 1"),
	"44000": after(parents+"CREATE VIEW v AS SELECT * FROM p WHERE id < 10 WITH CHECK OPTION", "INSERT INTO v VALUES (10)"),
	"53200": func(s *sqlSessions) error {
		defer s.do(s.conn, "SELECT pg_advisory_unlock_all()") // the other cases need locks, too
		return on("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 10000000) n")(s)
	},
	"53300": func(s *sqlSessions) error { return s.login("LOGIN CONNECTION LIMIT 0", "right") },
	"54000": after("CREATE TABLE a (t text); CREATE INDEX ON a (t)",
		"INSERT INTO a SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) n"),
	"54001": after(looping, "SELECT f(1)"),
	"55000": after("CREATE SEQUENCE a", "SELECT currval('a')"),
	"55006": on("DROP DATABASE sqlstates"),
	"55P03": func(s *sqlSessions) error {
		s.do(s.other, parents+"COMMIT; BEGIN; SELECT * FROM p FOR UPDATE")
		return on("SELECT * FROM p FOR UPDATE NOWAIT")(s)
	},
	"55P04": after("CREATE TYPE e AS ENUM ('a')", "DO $$ BEGIN ALTER TYPE e ADD VALUE 'b'; PERFORM 'b'::e; END $$"),
	"57014": after("SET statement_timeout = '1ms'", "SELECT pg_sleep(20)"),
	"57P01": func(s *sqlSessions) error {
		s.do(s.other, fmt.Sprintf("SELECT pg_terminate_backend(%d)", s.conn.PgConn().PID()))
		return s.ended(s.conn)
	},
	"P0001": on("DO $$ BEGIN RAISE 'no'; END $$"),
	"P0002": after(parents, "DO $$ DECLARE i int; BEGIN SELECT id INTO STRICT i FROM p WHERE id = 3; END $$"),
	"P0003": after(parents, "DO $$ DECLARE i int; BEGIN SELECT id INTO STRICT i FROM p; END $$"),
	"XX000": func(s *sqlSessions) error { // two sessions change what a role is set to
		name := "role_" + s.schema
		s.do(s.conn, "CREATE ROLE "+name+"; ALTER ROLE "+name+" SET work_mem = '1MB'")
		s.t.Cleanup(func() { s.do(s.other, "DROP ROLE "+name) })
		s.do(s.other, "BEGIN; ALTER ROLE "+name+" SET work_mem = '2MB'")
		return s.whileBlocked("ALTER ROLE "+name+" SET work_mem = '3MB'", "COMMIT")
	},
}
