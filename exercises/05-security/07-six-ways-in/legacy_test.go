package sixways_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sixways "workbook/exercises/05-security/07-six-ways-in"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

func TestLogin(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *desk{"name_and_code": few, "every_text_is_a_name_or_a_code": usual} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			for i, name := range d.names {
				d.logsIn(name, d.code(i), int64(i+1))
				d.logsIn(name, d.code(i+1), 0)
			}
			d.logsIn("Ada", "another code", 0)
			d.logsIn("ada", d.code(slices.Index(d.names, "Ada")), 0)
		})
	}
	each(t, usual, map[string][]string{"SQL_inside_does_nothing": conditions}, func(d *desk, text string) {
		d.logsIn(text, d.code(0), 0)
		d.logsIn(d.names[0], text, 0)
	})
	t.Run("values_are_not_in_the_SQL", func(t *testing.T) {
		d, mark, _ := marked(t)
		sameSQL(d, mark, d.names, func(i int, name string) error {
			_, err := sixways.Login(t.Context(), d.pool, name, d.code(i))
			return err
		})
	})
}

func TestSearch(t *testing.T) {
	each(t, usual, map[string][]string{
		"words":                   {"lamp", "Lamp", "red lamp", "e", "nothing like this", ""},
		"every_text":              slices.Concat(hostile, seed.New(t).AllAwkward()),
		"wildcards_are_text":      {"%", "_", `\`, "R%p", "Re_ lamp", `\%`, "100%", `%\`, `h\`, "10_"},
		"SQL_inside_does_nothing": conditions,
	}, (*desk).finds)
	t.Run("values_are_not_in_the_SQL", func(t *testing.T) {
		d, mark, _ := marked(t)
		sameSQL(d, mark, d.names, func(_ int, text string) error { _, err := sixways.Search(t.Context(), d.pool, text); return err })
	})
}

func TestSorted(t *testing.T) {
	sorted := func(d *desk, by string) ([]item, error) {
		return guard.Call2(d.t, func() ([]item, error) { return sixways.Sorted(d.t.Context(), d.pool, by) })
	}
	each(t, usual, map[string][]string{"each_order": {"title", "owner", "price_cents", "-title", "-owner", "-price_cents"}}, func(d *desk, by string) {
		want := dbtest.Structs[item](d.DB, `SELECT id, title, owner, price_cents FROM items ORDER BY `+map[string]string{
			"title": "title, id", "owner": "owner, id", "price_cents": "price_cents, id", "-title": "title DESC, id", "-owner": "owner DESC, id", "-price_cents": "price_cents DESC, id",
		}[by])
		got, err := sorted(d, by)
		require.NoErrorf(d.t, err, "Sorted(%q) gives all items", by)
		rowset.Equal(d.t, fmt.Sprintf("Sorted(%q) gives all items in this order, and equal ones by id, smallest first", by), rowset.Of(want), rowset.Of(got), rowset.InOrder)
	})
	each(t, usual, map[string][]string{
		"no_other_order": {"", "-", "id", "-id", "cost_cents", "-cost_cents", "code", "Title", " title", "title ", "--title", "+title", "1", "price", "-price_cents-"},
		"SQL_inside_does_nothing": {"title DESC", "title DESC --", "title, owner", `"title"`, "items.title", "title; DELETE FROM canary; --", "random()", "(CASE WHEN true THEN title ELSE owner END)",
			"(CASE WHEN false THEN title ELSE owner END)", "1 / (CASE WHEN true THEN 0 ELSE 1 END)", "1 / (CASE WHEN false THEN 0 ELSE 1 END)", "(SELECT code FROM users LIMIT 1)", "-(CASE WHEN true THEN id ELSE -id END)"},
	}, func(d *desk, by string) {
		got, err := sorted(d, by)
		require.Errorf(d.t, err, "Sorted(%q): this is none of the orders, so there is an error. It has returned %d items", by, len(got))
	})
}

func TestByIDs(t *testing.T) {
	finds := func(d *desk, what string, ids ...string) {
		d.t.Helper()
		d.gives("ByIDs of "+what+" gives the items with these ids, each once, by id", func() ([]item, error) { return sixways.ByIDs(d.t.Context(), d.pool, ids) },
			func(k item) bool { return slices.Contains(ids, fmt.Sprint(k.ID)) })
	}
	t.Run("some_ids", func(t *testing.T) {
		d := usual(t)
		for _, ids := range [][]string{{"1"}, {"3", "1", "2"}, {"2", "2"}, {"4", "999999999999999999"}, {"123456789"}} {
			finds(d, fmt.Sprintf("%q", ids), ids...)
		}
	})
	t.Run("an_empty_list", func(t *testing.T) {
		d := usual(t)
		finds(d, "nil")
		finds(d, "an empty list", []string{}...)
	})
	t.Run("a_long_list", func(t *testing.T) {
		d := usual(t)
		var ids []string
		for id := range 100_000 {
			ids = append(ids, fmt.Sprint(100_000-id))
		}
		finds(d, "1,001 ids", ids[98_999:]...)
		finds(d, "100,000 ids", ids...)
	})
	each(t, usual, map[string][]string{
		"no_other_text": {"", "x", "1,2", "1, 2", "0", "01", "-1", "+1", " 1", "1\n", "1.0", "1e0", "0x1", "1_0", "１", "1000000000000000000", "99999999999999999999", "NULL", "title"},
		"SQL_inside_does_nothing": {"1) OR true --", "1) OR false --", "1 OR true", "1) OR (true", "id", "CASE WHEN true THEN 1 ELSE 2 END", "1 / (CASE WHEN true THEN 0 ELSE 1 END)", "1 / (CASE WHEN false THEN 0 ELSE 1 END)",
			"(SELECT max(cost_cents) FROM items)", "1); DELETE FROM canary; --", "1' OR true --", "1}'; DELETE FROM canary; --", "{1,2}", "1)--", "1/**/", "$1", "'1'", "NULL) OR true --"},
	}, func(d *desk, text string) {
		for _, ids := range [][]string{{text}, {"1", text}, {text, "2"}} {
			got, err := guard.Call2(d.t, func() ([]item, error) { return sixways.ByIDs(d.t.Context(), d.pool, ids) })
			require.Errorf(d.t, err, "ByIDs(%q): %q is no id, so there is an error. It has returned %d items", ids, text, len(got))
			require.Emptyf(d.t, got, "ByIDs(%q): %q is no id, so there are no items", ids, text)
		}
	})
	t.Run("values_are_not_in_the_SQL", func(t *testing.T) {
		d, mark := usual(t), fmt.Sprint(seed.New(t).Between(10_000_000, 99_999_999))
		sameSQL(d, mark, []string{mark + "1", mark + "2", mark + "30", "4" + mark}, func(_ int, id string) error {
			_, err := sixways.ByIDs(t.Context(), d.pool, []string{id, "1", mark})
			return err
		})
	})
}

func TestClear(t *testing.T) {
	clear := func(d *desk, tenant string) (int64, error) {
		d.t.Helper()
		n, err := guard.Call2(d.t, func() (int64, error) { return sixways.Clear(d.t.Context(), d.pool, tenant) })
		d.alive("Clear(%q)", tenant)
		return n, err
	}
	each(t, few, map[string][]string{"a_tenant": append(slices.Clone(plainTenants), "acme"), "every_text_is_a_name": tenants}, func(d *desk, tenant string) {
		want := d.rows()
		n, err := clear(d, tenant)
		require.NoErrorf(d.t, err, "Clear(%q): there is a tenant of this name", tenant)
		require.Equalf(d.t, int64(want[tenant]), n, "Clear(%q) returns how many rows the table of this tenant had", tenant)
		want[tenant] = 0
		require.Equalf(d.t, want, d.rows(), "Clear(%q) empties the table of this tenant, and leaves the others alone", tenant)
	})
	each(t, few, map[string][]string{
		"nobody": {"nobody", "ACME", "Acme", "blue", "items", "canary", "public.canary"},
		"SQL_inside_does_nothing": {`acme"; DELETE FROM canary; --`, `acme" WHERE true --`, `acme" WHERE 1 / (CASE WHEN true THEN 0 ELSE 1 END) = 1 --`, `acme" WHERE 1 / (CASE WHEN false THEN 0 ELSE 1 END) = 0 --`,
			`acme" --`, `"acme"`, `acme\"; DELETE FROM canary; --`, "acme; DELETE FROM canary; --", "acme --", "t' --", `tenants"."acme`, `t" USING tenants."acme`},
	}, func(d *desk, tenant string) {
		want := d.rows()
		n, err := clear(d, tenant)
		require.Equalf(d.t, want, d.rows(), "Clear(%q): no tenant has this name, so all tables keep their rows", tenant)
		require.Errorf(d.t, err, "Clear(%q): no tenant has this name, so there is an error. It has returned %d", tenant, n)
	})
}

func TestReport(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *desk{
		"of_a_user": few, "every_text_is_a_name": usual,
		"SQL_in_a_stored_name_does_nothing": func(t *testing.T) *desk {
			d := open(t, slices.Concat([]string{"Ada"}, conditions)...)
			d.Exec(`UPDATE items SET owner = 'Ada'`)
			for i := range d.items {
				d.items[i].Owner = "Ada"
			}
			return d
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			for i := range len(d.names) + 1 { // the last one is nobody
				d.report(i + 1)
			}
		})
	}
	t.Run("values_are_not_in_the_SQL", func(t *testing.T) {
		d, mark, base := marked(t)
		sameSQL(d, mark, d.names, func(i int, _ string) error { _, err := sixways.Report(t.Context(), d.pool, base+int64(i)); return err })
	})
}

func TestAddNote(t *testing.T) {
	add := func(d *desk, tenant, body string) (id int64, err error) {
		d.t.Helper()
		ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
		defer cancel()
		err = d.pool.QueryRow(ctx, `SELECT coalesce(add_note($1, $2), 0)`, tenant, body).Scan(&id)
		d.alive("add_note(%q, %q)", tenant, body)
		return id, err
	}
	adds := func(d *desk, tenant, body string) {
		d.t.Helper()
		want := d.rows()
		id, err := add(d, tenant, body)
		require.NoErrorf(d.t, err, "add_note(%q, %q): the tenant is there, and any text is a body, so a row is added", tenant, body)
		require.Equalf(d.t, []string{body}, dbtest.Column[string](d.DB, `SELECT body FROM `+table(tenant)+` WHERE id = $1`, id), "add_note(%q, %q) has returned %d: the row with this id has the body, letter for letter", tenant, body, id)
		want[tenant]++
		require.Equalf(d.t, want, d.rows(), "add_note(%q, %q) adds one row to the table of this tenant, and none to others", tenant, body)
	}
	each(t, few, map[string][]string{"a_note": plainTenants, "every_text_is_a_tenant": tenants}, func(d *desk, tenant string) { adds(d, tenant, "new") })
	each(t, few, map[string][]string{"every_text_is_a_body": slices.Concat(hostile, seed.New(t).AllAwkward(), conditions)}, func(d *desk, body string) { adds(d, "acme", body) })
	each(t, few, map[string][]string{
		"SQL_inside_does_nothing": {"nobody", "ACME", `acme" (body) VALUES ('x'); DELETE FROM canary RETURNING 1; --`, `acme" (body) VALUES ('x') RETURNING 1 --`, `acme" AS "x`, `"acme"`, "acme (body) VALUES ('x') RETURNING 1 --"},
	}, func(d *desk, tenant string) {
		want := d.rows()
		_, err := add(d, tenant, "x")
		require.Equalf(d.t, want, d.rows(), "add_note(%q, 'x'): no tenant has this name, so all tables stay as they are", tenant)
		require.Errorf(d.t, err, "add_note(%q, 'x'): no tenant has this name, so there is an error", tenant)
	})
}

func TestFailures(t *testing.T) {
	fails := func(d *desk, ctx context.Context, situation string) {
		for name, call := range map[string]func() error{
			"Login":  func() error { _, err := sixways.Login(ctx, d.pool, d.names[0], d.code(0)); return err },
			"Search": func() error { _, err := sixways.Search(ctx, d.pool, ""); return err },
			"Sorted": func() error { _, err := sixways.Sorted(ctx, d.pool, "title"); return err },
			"ByIDs":  func() error { _, err := sixways.ByIDs(ctx, d.pool, []string{"1", "2", "3", "4"}); return err },
			"Clear":  func() error { _, err := sixways.Clear(ctx, d.pool, "acme"); return err },
			"Report": func() error { _, err := sixways.Report(ctx, d.pool, 1); return err },
		} {
			err := guard.Call(d.t, call)
			require.Errorf(d.t, err, "%s: %s, so there is an error", name, situation)
			require.NotErrorIsf(d.t, err, sixways.ErrRefused, "%s: %s, so nobody knows whether there is such a user", name, situation)
		}
	}
	t.Run("the_context_has_ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		fails(few(t), ctx, "the context has ended")
	})
	t.Run("the_database_fails", func(t *testing.T) {
		d := few(t)
		d.Exec(`ALTER TABLE items RENAME TO stored; ALTER TABLE users RENAME TO people; DROP TABLE tenants.acme;
			CREATE VIEW items AS SELECT id, title, 'Ada' AS owner, 6 / (4 - id) AS price_cents, cost_cents FROM stored;
			CREATE VIEW users AS SELECT 1 / (id / id - 1) AS id, name, code FROM people`)
		fails(d, t.Context(), "the database has failed while it answered")
	})
}
