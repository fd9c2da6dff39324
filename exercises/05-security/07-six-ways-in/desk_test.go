package sixways_test

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	sixways "workbook/exercises/05-security/07-six-ways-in"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

//go:embed functions.sql
var functions string

type item = sixways.Item

var (
	plain = []string{"Ada", "Lin", "Red lamp", "red lamp shade", "Table 2"}
	// hostile are texts that are data like any other.
	hostile = []string{
		"O'Brien", "''", "100%", "10_0", `back\slash`, `ends with \`, `\'`, `"quoted"`, "Ünï 日本", "$$", "$q$", "$1", "$2::text", "{}", "{a,b}", `{"a": 1}`, "?", ":name", "@name", "%s", "%I", "--", "/* x", ";", "NULL",
		"' OR true --", "' OR false --", `\' OR true --`, "x'; DELETE FROM canary; --", "x' || (SELECT code FROM users LIMIT 1) || '", "x'); DELETE FROM canary RETURNING 1; --", "x'), ('y", "x') RETURNING 1 --",
	}
	// conditions are texts that nobody has as data. If they were SQL, they would be a condition,
	// true and false, an error that depends on one, or a second statement.
	conditions = []string{
		"zz' OR true --", "zz' OR false --", "zz'; DELETE FROM canary; --", "zz' OR true OR 'a' = 'b", `zz\' OR true --`, "zz%' OR true --", "zz%' OR false --", "zz$$ OR true --", "zz$q$ OR true --",
		"zz' OR 1 / (CASE WHEN true THEN 0 ELSE 1 END) = 1 --", "zz' OR 1 / (CASE WHEN false THEN 0 ELSE 1 END) = 1 --",
	}
	plainTenants = []string{"acme", "t", "Blue Sky", "blue sky"}
	// tenants have a table each, with one row more than the one before.
	tenants = slices.Concat(plainTenants, []string{
		`t"; DELETE FROM canary; --`, `acme" WHERE false --`, `say "hi"`, `"`, "O'Brien", "users", "pg_class", "tenants.acme", "acme.t", `back\slash`, "100%", "Ünï 日本", "select", "$1", "{}", "' || 1 || '", strings.Repeat("t", 63),
	})
)

func table(tenant string) string { return pgx.Identifier{"tenants", tenant}.Sanitize() }

// desk is a marketplace, with a user of each name, and an item that is called so.
type desk struct {
	*dbtest.DB
	t     *testing.T
	spy   *pgtrace.Spy
	pool  *pgxpool.Pool
	names []string // of the users 1, 2, …
	items []item
}

func open(t *testing.T, names ...string) *desk {
	t.Helper()
	d := &desk{DB: dbtest.New(t, schema, `CREATE TABLE canary AS SELECT 1 AS alive`), t: t, spy: &pgtrace.Spy{}, names: names}
	d.Script("functions.sql", functions)
	var sql strings.Builder
	for i, tenant := range tenants { // who signed up later
		fmt.Fprintf(&sql, "CREATE TABLE %[1]s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL); INSERT INTO %[1]s (body) SELECT 'old' FROM generate_series(1, %[2]d);", table(tenant), i+1)
	}
	d.Exec(sql.String())
	for i, name := range names {
		k := item{int64(i + 1), name, names[(i+3)%len(names)], int64(i * 7 % 5 * 100)}
		d.items = append(d.items, k)
		d.Exec(`WITH u AS (INSERT INTO users VALUES ($1, $2, $3)) INSERT INTO items VALUES ($1, $2, $4, $5, 1000 - $1)`, k.ID, name, d.code(i), k.Owner, k.PriceCents)
	}
	d.pool = d.Pool(dbtest.With(d.spy), dbtest.Name("marketplace"))
	return d
}

func few(t *testing.T) *desk { return open(t, plain...) }

// usual is a desk with names of all kinds.
func usual(t *testing.T) *desk {
	names := slices.Concat(plain, hostile, seed.New(t).AllAwkward())
	slices.Sort(names)
	return open(t, seed.Shuffled(seed.New(t), slices.Compact(names))...)
}

// each runs a test for each of the lists, at a desk of its own.
func each(t *testing.T, open func(*testing.T) *desk, lists map[string][]string, try func(d *desk, text string)) {
	for name, texts := range lists {
		t.Run(name, func(t *testing.T) {
			for d := open(t); len(texts) > 0; texts = texts[1:] {
				try(d, texts[0])
			}
		})
	}
}

func (d *desk) code(user int) string { return d.names[(user+5)%len(d.names)] }

func (d *desk) alive(format string, args ...any) {
	d.t.Helper()
	require.Equalf(d.t, 1, dbtest.Value[int](d.DB, `SELECT count(*)::int FROM canary`), format+": no text does anything but what the contract says. This one has deleted the row of the table canary", args...)
}

// rows counts the rows of each tenant's table.
func (d *desk) rows() map[string]int {
	counts, sql := map[string]int{}, ""
	for _, tenant := range tenants {
		sql += ", (SELECT count(*)::int FROM " + table(tenant) + ")"
	}
	for i, n := range dbtest.Value[[]int](d.DB, `SELECT ARRAY[`+sql[2:]+`]`) {
		counts[tenants[i]] = n
	}
	return counts
}

// logsIn requires that Login returns this id, or 0 and ErrRefused.
func (d *desk) logsIn(name, code string, want int64) {
	d.t.Helper()
	got, err := guard.Call2(d.t, func() (int64, error) { return sixways.Login(d.t.Context(), d.pool, name, code) })
	if want == 0 {
		require.ErrorIsf(d.t, err, sixways.ErrRefused, "Login with name %q and code %q: no user has these, so it returns ErrRefused. It has returned the id %d", name, code, got)
		return
	}
	require.NoErrorf(d.t, err, "Login with name %q and code %q: user %d has these", name, code, want)
	require.Equalf(d.t, want, got, "Login with name %q and code %q returns the id of the user who has these", name, code)
}

// gives requires that a call gives the items that pass, by id.
func (d *desk) gives(promise string, call func() ([]item, error), passes func(item) bool) {
	d.t.Helper()
	got, err := guard.Call2(d.t, call)
	require.NoErrorf(d.t, err, "%s, and there is no error", promise)
	rowset.Equal(d.t, promise, rowset.Of(slices.DeleteFunc(slices.Clone(d.items), func(k item) bool { return !passes(k) })), rowset.Of(got), rowset.InOrder)
}

func (d *desk) finds(text string) {
	d.t.Helper()
	d.gives(fmt.Sprintf("Search(%q) gives the items whose title contains the text, letter for letter, by id", text), func() ([]item, error) { return sixways.Search(d.t.Context(), d.pool, text) },
		func(k item) bool { return strings.Contains(k.Title, text) })
}

func (d *desk) report(user int) {
	d.t.Helper()
	name := append(d.names, "\x00")[user-1]
	d.gives(fmt.Sprintf("Report of user %d, whose name is %q, gives the items whose owner is this name, by id", user, name), func() ([]item, error) { return sixways.Report(d.t.Context(), d.pool, int64(user)) },
		func(k item) bool { return k.Owner == name })
}

// sameSQL calls with each value, whatever comes of it, and requires that the server is
// sent the same text each time, without the mark that these values have in them.
func sameSQL(d *desk, mark string, values []string, call func(i int, value string) error) {
	d.t.Helper()
	var first []string
	for i, value := range values {
		d.spy.Reset()
		_ = guard.Call(d.t, func() error { return call(i, value) })
		if i == 0 {
			first = d.spy.SQL()
		}
		require.Equalf(d.t, first, d.spy.SQL(), "the SQL text does not depend on values. It was the first one with %q, and the second one with %q", values[0], value)
		rows, _ := d.Super().Query(d.t.Context(), `SELECT query FROM pg_stat_activity WHERE datname = $1 AND application_name = 'marketplace'`, d.Name())
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(d.t, err)
		require.NotContainsf(d.t, strings.Join(texts, "\n"), mark, "values travel apart from the statements. With %q this is the SQL text that has reached the server", value)
	}
}

// marked is a desk where each name has a mark in it, and so has each user's id: the first is base.
func marked(t *testing.T) (d *desk, mark string, base int64) {
	base = seed.New(t).Between(10_000_000, 99_999_999)
	mark = fmt.Sprint(base)
	d = open(t, strings.Split(strings.Join(slices.Concat(plain, hostile, conditions), mark+"\n")+mark, "\n")...)
	d.Exec(`UPDATE users SET id = $1::bigint * 100 + id - 1`, base)
	return d, mark, base * 100
}
