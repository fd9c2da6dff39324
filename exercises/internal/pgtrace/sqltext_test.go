package pgtrace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/pgtrace"
)

func TestMentions(t *testing.T) {
	for _, sql := range []string{
		`SELECT * FROM accounts`, `select * from ACCOUNTS`, `SELECT * FROM public.accounts`, `SELECT * FROM "accounts"`,
		`SELECT*FROM"public"."accounts"WHERE 1=1`, "-- name: Get :one\nSELECT 1 FROM accounts", `/* a /* nested */ one */ UPDATE accounts SET x = 1`,
		`DO $$ BEGIN UPDATE accounts SET x = 1; END $$`, `SELECT 'it''s', id FROM accounts`, `SELECT e'\'', id FROM accounts`, `copy "accounts" ("id") from stdin`,
	} {
		assert.True(t, pgtrace.Mentions(sql, map[string]bool{"accounts": true}), sql)
	}
	for _, sql := range []string{
		``, `SELECT 1`, `SELECT 'accounts'`, `SELECT e'\'accounts'`, `-- accounts`, `SELECT 1 -- accounts`, `/* accounts /* accounts */ accounts */ SELECT 1`,
		`SELECT * FROM accounts_old`, `SELECT * FROM "Accounts"`, `SELECT * FROM old$accounts`, `/* accounts`, `SELECT 'accounts`, `"`,
	} {
		assert.False(t, pgtrace.Mentions(sql, map[string]bool{"accounts": true}), sql)
	}
}

func TestIsControl(t *testing.T) {
	for _, sql := range []string{`begin`, `BEGIN ISOLATION LEVEL SERIALIZABLE`, ` commit;`, `/* x */ ROLLBACK TO SAVEPOINT sp_1`, `savepoint sp_1`, `release savepoint sp_1`, `START TRANSACTION`, `END`} {
		assert.True(t, pgtrace.IsControl(sql), sql)
	}
	for _, sql := range []string{``, `SELECT 1`, `UPDATE begin SET x = 1`, `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`} {
		assert.False(t, pgtrace.IsControl(sql), sql)
	}
}

func TestShort(t *testing.T) {
	assert.Equal(t, "SELECT 1", pgtrace.Short("SELECT\n\t1 ", 8))
	assert.Equal(t, "SELECT…", pgtrace.Short("SELECT 'é'", 7))
	assert.Equal(t, "", pgtrace.Short("", 7))
}

func TestFirstWord(t *testing.T) {
	assert.Equal(t, "select", pgtrace.FirstWord(" -- a comment\n((SELECT 1)"))
	assert.Equal(t, "", pgtrace.FirstWord(" 1 "))
}
