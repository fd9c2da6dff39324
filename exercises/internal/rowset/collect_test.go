package rowset_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/rowset"
)

func TestCollect(t *testing.T) {
	pool := dbtest.New(t, `CREATE TYPE mood AS ENUM ('glad')`).Pool(dbtest.MaxConns(1))
	table := rowset.Query(t, pool, `
		SELECT 1::int2 AS i, 30.00::numeric AS n, NULL::text AS t, '{"n": 12345678901234567890, "x": 1.50}'::jsonb AS b, '[null]'::json AS j,
			'null'::jsonb AS jn, NULL::jsonb AS nj, 'glad'::mood AS m, '2024-03-31'::date AS d, '2024-03-31 23:30:00.000005Z'::timestamptz AS tz,
			'2024-03-31 23:30:00.000005'::timestamp AS ts, 'infinity'::date AS inf, '1 mon 1 day'::interval AS iv, '10:00'::time AS c,
			'{1,null}'::int[] AS l, '\x00ff'::bytea AS raw, '00000000-0000-0000-0000-000000000001'::uuid AS u, row(1, 'a') AS r, 'NaN'::float8 AS nan
		WHERE $1`, true)
	require.Len(t, table.Rows, 1)
	assert.Equal(t, []string{"int2", "numeric", "text", "jsonb", "json", "jsonb", "jsonb", "", "date", "timestamptz", "timestamp", "date",
		"interval", "time", "_int4", "bytea", "uuid", "record", "float8"}, table.Types)
	assert.Equal(t, []string{"i", "n", "t", "b", "j", "jn", "nj", "m", "d", "tz", "ts", "inf", "iv", "c", "l", "raw", "u", "r", "nan"}, table.Columns)
	var shown []string
	for _, value := range table.Rows[0] {
		_, s, err := rowset.Read(value)
		require.NoError(t, err)
		shown = append(shown, s)
	}
	assert.Equal(t, []string{"1", "30.00", "NULL", `{"n": 12345678901234567890, "x": 1.50}`, "[NULL]", "JSON null", "NULL", `"glad"`,
		"2024-03-31T00:00:00Z", "2024-03-31T23:30:00.000005Z", "2024-03-31T23:30:00.000005Z", "infinity", "1 month 1 day", "10:00:00",
		"[1, NULL]", `\x00ff`, "00000000-0000-0000-0000-000000000001", `[1, "a"]`, "NaN"}, shown)
	days := rowset.Query(t, pool, `SELECT '2024-03-31'::date AS d, '2024-03-31 23:30:00.000005'::timestamp AS ts`)
	said, err := rowset.Compare(days, rowset.Table{Columns: days.Columns, Types: days.Types}, rowset.AnyOrder, nil)
	require.NoError(t, err)
	assert.Contains(t, said, "\tmissing  2024-03-31  2024-03-31T23:30:00.000005\n", "a date has no time of day, a timestamp no zone")

	for _, mode := range []any{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec, pgx.QueryExecModeDescribeExec, pgx.QueryResultFormats{pgx.BinaryFormatCode}} {
		again := rowset.Query(t, pool, `SELECT '{"a": 1}'::jsonb AS b, 1::int8 AS i, NULL::json AS n`, mode)
		assert.Equal(t, []string{"jsonb", "int8", "json"}, again.Types)
		said, err := rowset.Compare(rowset.Of([][]any{{map[string]any{"a": 1}, 1, nil}}), again, rowset.InOrder, nil)
		require.NoError(t, err)
		assert.Empty(t, said)
	}
	for i, row := range rowset.Query(t, pool, `SELECT jsonb_build_object('n', n, 'pad', repeat('x', 100)) FROM generate_series(0, 999) n`).Rows {
		_, shown, err := rowset.Read(row[0])
		require.NoError(t, err)
		require.Contains(t, shown, fmt.Sprintf(`{"n": %d, "pad"`, i), "the buffer of one row is not that of the next")
	}
	assert.Equal(t, rowset.Table{Types: []string{}}, rowset.Query(t, pool, `SET lock_timeout = 0`))
	rows, err := pool.Query(t.Context(), `SELECT 1 / (2 - n) FROM generate_series(1, 3) n`)
	require.NoError(t, err)
	_, err = rowset.Collect(rows)
	assert.ErrorContains(t, err, "division by zero", "an error after the first row")
	assert.Zero(t, pool.Stat().AcquiredConns())
}

func TestQueryThatFails(t *testing.T) {
	db := dbtest.New(t, `CREATE TABLE things (id int)`)
	said := func(q rowset.Querier, sql string, args ...any) string {
		r := kittest.Play(t, "TestX", func(t testing.TB) {
			rowset.Query(t, q, sql, args...)
			t.Log("went on")
		})
		assert.True(t, r.Failed())
		return r.Said()
	}
	pool := db.Pool()
	assert.Equal(t, "this query failed: ERROR: relation \"thing\" does not exist (SQLSTATE 42P01)\n\n\tSELECT * FROM thing\n\n", said(pool, `SELECT * FROM thing`))
	assert.Contains(t, said(pool, `SELECT $1::int`), "this query failed: expected 1 arguments, got 0")
	assert.Contains(t, said(pool, `SELECT 1/0`), "division by zero")
	rowset.Limit(t, 100*time.Millisecond)
	assert.Equal(t, "this query had no end within 100ms:\n\n\tSELECT pg_sleep(600)\n\n", said(pool, `SELECT pg_sleep(600)`))
	rowset.Limit(t, 10*time.Second)

	config, err := pgxpool.ParseConfig("postgres://nobody@127.0.0.1:1/nothing")
	require.NoError(t, err)
	nowhere, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	defer nowhere.Close()
	assert.Regexp(t, `^workbook: no database: `, said(nowhere, `SELECT 1`))
	assert.Equal(t, dbtest.NoDatabase, rowset.NoDatabase)

	conn, err := pgx.Connect(t.Context(), db.URL())
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	assert.Contains(t, said(conn, `SELECT 1`), "this query failed: conn closed", "a closed connection is no lost server")
}
