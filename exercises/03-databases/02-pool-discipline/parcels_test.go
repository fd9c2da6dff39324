package pooldiscipline_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pooldiscipline "workbook/exercises/03-databases/02-pool-discipline"
	"workbook/exercises/internal/dbtest"
)

func TestReceive(t *testing.T) {
	receive := func(p program, parcels []Parcel) (added int, err error) {
		p.t.Helper()
		err = p.do(func(ctx context.Context, s *Store) (err error) { added, err = s.Receive(ctx, parcels); return err })
		return added, err
	}
	stored := func(d *depot) []Parcel {
		return dbtest.Structs[Parcel](d.DB, `SELECT code, grams FROM parcels WHERE van_id IS NULL ORDER BY id`)
	}

	t.Run("adds_parcels_in_their_order", func(t *testing.T) {
		d := openDepot(t)
		var parcels []Parcel
		for _, code := range d.rand.AllAwkward() { // any text is a code
			parcels = append(parcels, Parcel{code, d.rand.Between(1, 100_000)})
		}

		added, err := receive(d.program(), parcels)

		require.NoError(t, err)
		assert.Equal(t, len(parcels), added, "none of them was known, so this many were added")
		require.Equal(t, parcels, stored(d), "parcels in the order of their ids")
	})

	t.Run("skips_those_that_are_known", func(t *testing.T) {
		d := openDepot(t)
		p := d.program()
		known, a, b := d.parcels(10)[0], Parcel{d.code(), 20}, Parcel{d.code(), 30}

		added, err := receive(p, []Parcel{a, known, {a.Code, 99}, b, known})

		require.NoErrorf(t, err, "received: A, one that is in the depot already, A again, B, and the known one again. Those that are known are skipped.")
		require.Equal(t, []Parcel{known, a, b}, stored(d), "received: A, one that is in the depot already, A again, B, and the known one again")
		assert.Equal(t, 2, added, "how many of the five were not known")
		p.returned("Some of the parcels were known")
	})

	t.Run("adds_nothing_when_one_is_refused", func(t *testing.T) {
		d := openDepot(t)
		p := d.program()

		added, err := receive(p, []Parcel{{d.code(), 10}, {d.code(), 0}, {d.code(), 20}})

		require.Empty(t, stored(d), "The second of three parcels weighs 0 grams, which the table refuses. All of them are added or none.")
		require.Errorf(t, err, "The second of three parcels weighs 0 grams, which the table refuses, and no parcel was added. The caller was told that %d were, and no error.", added)
		p.returned("The database refused a parcel")
	})

	t.Run("has_nothing_to_do", func(t *testing.T) {
		d := openDepot(t)

		added, err := receive(d.program(), nil)

		require.NoError(t, err, "there is nothing to add, and nothing wrong with that")
		assert.Zero(t, added)
	})
}

func TestPick(t *testing.T) {
	pick := func(p program, limit int64) (picked []Parcel, err error) {
		p.t.Helper()
		err = p.do(func(ctx context.Context, s *Store) (err error) { picked, err = s.Pick(ctx, limit); return err })
		return picked, err
	}

	t.Run("takes_all_that_wait", func(t *testing.T) {
		d := openDepot(t)
		parcels := d.parcels(10, 20, 30, 40)
		d.Exec(`UPDATE parcels SET van_id = $1 WHERE code = $2`, d.van("North"), parcels[1].Code)
		d.Exec(`UPDATE parcels SET grams = 50 WHERE code = $1`, parcels[0].Code) // now it is the last one on disk
		parcels[0].Grams = 50

		for _, limit := range []int64{120, math.MaxInt64} {
			picked, err := pick(d.program(), limit)

			require.NoError(t, err)
			require.Equalf(t, []Parcel{parcels[0], parcels[2], parcels[3]}, picked, "50, 20, 30 and 40 grams have arrived, the second one is in a van, and the limit is %d", limit)
		}
	})

	t.Run("stops_at_the_first_that_is_too_much", func(t *testing.T) {
		d := openDepot(t)
		p, parcels := d.program(), d.parcels(10, 20, 30, 5, 5, 5)

		picked, err := pick(p, 40)

		require.NoError(t, err)
		require.Equal(t, parcels[:2], picked, "10, 20, 30, 5, 5 and 5 grams wait, and the limit is 40: the third one would be too much")
		p.returned("Pick stopped at the third of six parcels")
	})

	t.Run("takes_none_when_the_first_is_too_much", func(t *testing.T) {
		d := openDepot(t)
		p := d.program()
		d.parcels(10, 1)

		for _, limit := range []int64{9, 0, -1, math.MinInt64} {
			picked, err := pick(p, limit)

			require.NoError(t, err)
			require.Emptyf(t, picked, "10 and 1 grams wait, and the limit is %d: the first one is too much", limit)
			if !p.returned("Pick stopped at the first of two parcels") {
				return
			}
		}
	})

	t.Run("tells_when_the_connection_dies_on_the_way", func(t *testing.T) {
		d := openDepot(t)
		p, parcels := d.program(), d.parcels(1, 2, 3, 4, 5, 6)
		d.Exec(`CREATE FUNCTION pass(grams bigint) RETURNS boolean LANGUAGE plpgsql AS
				$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()) WHERE grams = 4; RETURN true; END $$;
			ALTER TABLE parcels ENABLE ROW LEVEL SECURITY;
			CREATE POLICY pass ON parcels USING (pass(grams))`)

		picked, err := pick(p, math.MaxInt64)

		require.Errorf(t, err, "%d parcels wait. The database's session ended when it read the fourth of them, and Pick returned %d parcels and no error: the caller must think that there are no more.", len(parcels), len(picked))
		p.returned("The connection died while Pick read its rows")
		d.Exec(`ALTER TABLE parcels DISABLE ROW LEVEL SECURITY`)
		picked, err = pick(p, math.MaxInt64)
		require.NoError(t, err, "the next call gets another connection")
		require.Equal(t, parcels, picked)
	})
}

func TestLoad(t *testing.T) {
	type loading struct{ VanID, Parcels int64 }
	inVan := func(d *depot, van int64) []string {
		return dbtest.Column[string](d.DB, `SELECT code FROM parcels WHERE van_id = $1 ORDER BY id`, van)
	}
	loadings := func(d *depot) []loading {
		return dbtest.Structs[loading](d.DB, `SELECT van_id, parcels FROM loadings ORDER BY id`)
	}
	load := func(p program, van int64, codes ...string) error {
		p.t.Helper()
		return p.do(func(ctx context.Context, s *Store) error { return s.Load(ctx, van, codes) })
	}

	t.Run("puts_parcels_into_a_van", func(t *testing.T) {
		d := openDepot(t)
		van, other, parcels := d.van("North"), d.van("South"), d.parcels(10, 20, 30, 40)
		p := d.program()

		require.NoError(t, load(p, van, parcels[2].Code, parcels[0].Code))
		require.NoError(t, load(p, other, parcels[3].Code))

		assert.Equal(t, []string{parcels[0].Code, parcels[2].Code}, inVan(d, van), "the first and the third of four parcels were loaded into this van")
		assert.Equal(t, []string{parcels[3].Code}, inVan(d, other), "the fourth of four parcels was loaded into the other van")
		assert.Equal(t, []loading{{van, 2}, {other, 1}}, loadings(d), "each call writes one row of loadings")
	})

	refused := func(t *testing.T, d *depot, p program, what string, err error) {
		t.Helper()
		assert.Emptyf(t, loadings(d), "%s, so nothing may have changed, but there is a row of loadings", what)
		assert.Zerof(t, dbtest.Value[int64](d.DB, `SELECT count(*) FROM parcels WHERE van_id = (SELECT max(id) FROM vans)`),
			"%s, so nothing may have changed, but this many parcels were loaded", what)
		require.Errorf(t, err, "%s", what)
		p.returned("%s", what)
	}

	t.Run("changes_nothing_when_a_parcel_is_not_known", func(t *testing.T) {
		d := openDepot(t)
		p, van, parcels := d.program(), d.van("North"), d.parcels(10, 20)

		err := load(p, van, parcels[0].Code, d.code(), parcels[1].Code)

		refused(t, d, p, "The second of three parcels is not known", err)
		require.ErrorIs(t, err, pooldiscipline.ErrNotWaiting, "the second of three parcels is not known")
	})

	t.Run("changes_nothing_when_a_parcel_is_in_a_van", func(t *testing.T) {
		d := openDepot(t)
		p, other, van, parcels := d.program(), d.van("South"), d.van("North"), d.parcels(10, 20, 30)
		d.Exec(`UPDATE parcels SET van_id = $1 WHERE code = $2`, other, parcels[2].Code)

		err := load(p, van, parcels[0].Code, parcels[1].Code, parcels[2].Code)

		refused(t, d, p, "The last of three parcels is in another van", err)
		require.ErrorIs(t, err, pooldiscipline.ErrNotWaiting, "the last of three parcels is in another van")
		require.Equal(t, []string{parcels[2].Code}, inVan(d, other), "this parcel was in another van before")
	})

	t.Run("changes_nothing_when_the_van_is_not_known", func(t *testing.T) {
		d := openDepot(t)
		p, van, parcels := d.program(), d.van("North"), d.parcels(10)

		err := load(p, van+1, parcels[0].Code)

		refused(t, d, p, "There is no such van", err)
		require.NotErrorIs(t, err, pooldiscipline.ErrNotWaiting, "the parcel waits; it is the van that is not known")
		require.EqualValues(t, 1, dbtest.Value[int64](d.DB, `SELECT count(*) FROM parcels WHERE van_id IS NULL`), "parcels that wait, as before")
	})
}
