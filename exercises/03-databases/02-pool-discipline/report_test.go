package pooldiscipline_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
)

func TestReport(t *testing.T) {
	report := func(p program) (vans []VanLoad, err error) {
		p.t.Helper()
		err = p.do(func(ctx context.Context, s *Store) (err error) { vans, err = s.Report(ctx); return err })
		return vans, err
	}
	// slow makes every query of parcels one that takes nearly a minute: where the
	// limit is another one, the server stops it, as it would in earnest.
	slow := func(d *depot) {
		d.Exec(`CREATE FUNCTION nearly_a_minute() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
				IF current_setting('statement_timeout') <> '1min' THEN
					RAISE EXCEPTION 'canceling statement: statement_timeout is %', current_setting('statement_timeout') USING ERRCODE = 'query_canceled';
				END IF;
				RETURN true;
			END $$;
			ALTER TABLE parcels ENABLE ROW LEVEL SECURITY;
			CREATE POLICY slow ON parcels USING (nearly_a_minute())`)
	}

	t.Run("adds_up_what_is_in_each_van", func(t *testing.T) {
		d := openDepot(t)
		b, _, a, parcels := d.van("B"), d.van("empty"), d.van("A"), d.parcels(10, 20, 30, 40)
		for i, van := range []int64{a, b, a} {
			d.Exec(`UPDATE parcels SET van_id = $1 WHERE code = $2`, van, parcels[i].Code)
		}
		d.Exec(`UPDATE vans SET name = 'B.' WHERE id = $1`, b) // now it is the last one on disk

		vans, err := report(d.program())

		require.NoError(t, err)
		require.Equal(t, []VanLoad{{"B.", 1, 20}, {"empty", 0, 0}, {"A", 2, 40}}, vans, "B. has a parcel of 20 grams, A has 10 and 30, and 40 wait in the depot; the vans come in the order of their ids")
	})

	t.Run("may_take_a_minute", func(t *testing.T) {
		d := openDepot(t)
		slow(d)
		d.Exec(`UPDATE parcels SET van_id = $1 WHERE code = $2`, d.van("A"), d.parcels(10)[0].Code)

		vans, err := report(d.program())

		require.NoError(t, err, "the report reads for nearly a minute, and is allowed one; for all else the limit is 5s")
		require.Equal(t, []VanLoad{{"A", 1, 10}}, vans)
	})

	t.Run("leaves_the_limit_of_others_as_it_was", func(t *testing.T) {
		d := openDepot(t)
		p := d.program(dbtest.MaxConns(1), dbtest.Config(func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["statement_timeout"] = "7s" }))
		before := p.settings()

		_, err := report(p)

		require.NoError(t, err)
		require.Empty(t, p.changed(before), "Report has returned, and its connection, the only one, goes to the next caller, who knows nothing of these settings")
	})

	t.Run("leaves_the_limit_as_it_was_when_it_fails", func(t *testing.T) {
		d := openDepot(t)
		p := d.program(dbtest.MaxConns(1))
		before := p.settings()
		d.Exec(`ALTER TABLE parcels RENAME TO elsewhere`)

		_, err := report(p)

		require.Error(t, err, "there is no table parcels")
		p.returned("A query of Report failed")
		require.Empty(t, p.changed(before), "Report has failed, and its connection, the only one, goes to the next caller, who knows nothing of these settings")
	})
}
