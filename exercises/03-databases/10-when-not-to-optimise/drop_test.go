package whennottooptimise_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	tuning "workbook/exercises/03-databases/10-when-not-to-optimise"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
	"workbook/exercises/internal/seed"
)

func TestWorkload(t *testing.T) {
	db, random := dropped(t), seed.New(t)
	args := map[string][]any{
		"a listing by its slug":      {fmt.Sprintf("thing-%d", random.Between(1, 20_000))},
		"the cheapest of a category": {random.Between(1, 50)},
		"the newest of a seller":     {1}, // has 2,000
		"an import goes":             {random.Between(101, 120)},
		"a seller goes":              {random.Between(201, 220)},
	}
	for _, s := range tuning.Workload {
		if s.Rows > 0 {
			t.Run(strings.ReplaceAll(s.Name, " ", "_"), func(t *testing.T) {
				plan.Examined(t, db, pgtrace.Statement{SQL: s.SQL, Args: args[s.Name]}).Within(t,
					fmt.Sprintf("%s, %s, reads at most %d rows and %d pages", s.Name, s.Often, s.Rows, s.Pages), plan.Budget{Rows: s.Rows, Pages: s.Pages})
			})
		}
	}
	t.Run("a_view_writes_into_no_index", func(t *testing.T) {
		tx, err := db.Pool().Begin(t.Context())
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(t.Context()) }()
		hot := func() (n int) {
			require.NoError(t, tx.QueryRow(t.Context(), `SELECT n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'listings'`).Scan(&n))
			return n
		}
		before, first := hot(), random.Between(1, 200)
		for i := range int64(100) { // each on a page of its own
			_, err := tx.Exec(t.Context(), tuning.Workload[0].SQL, first+200*i)
			require.NoError(t, err)
		}
		if n := hot() - before; n != 100 {
			t.Fatalf("%s, %s, writes a row and no index (a HOT update, as the server counts them). Of 100 views %d were such updates:\n\n\t%s\n\nThe indexes are:\n\n%s",
				tuning.Workload[0].Name, tuning.Workload[0].Often, n, tuning.Workload[0].SQL, indexes(db))
		}
	})
}

// indexes lists those of listings, for a message.
func indexes(db *dbtest.DB) string {
	return "\t" + strings.Join(dbtest.Column[string](db, `
		SELECT pg_get_indexdef(indexrelid) || '; -- ' || pg_relation_size(indexrelid) / 1000 || ' kB'
		FROM pg_index WHERE indrelid = 'listings'::regclass ORDER BY indexrelid`), "\n\t") + "\n"
}

func TestIndexes(t *testing.T) {
	db := dropped(t)
	t.Run("are_few", func(t *testing.T) {
		if n := dbtest.Value[int](db, `SELECT count(*) FROM pg_index WHERE indrelid = 'listings'::regclass`); n > 7 {
			t.Fatalf("listings has at most 7 indexes, that of the primary key included. It has %d:\n\n%s", n, indexes(db))
		}
	})
	t.Run("are_small", func(t *testing.T) {
		if n := dbtest.Value[int](db, `SELECT sum(pg_relation_size(indexrelid)) FROM pg_index WHERE indrelid = 'listings'::regclass`); n > 6_000_000 {
			t.Fatalf("the indexes of listings have at most 6,000,000 bytes together. They have %d:\n\n%s", n, indexes(db))
		}
	})
	t.Run("do_not_repeat_each_other", func(t *testing.T) {
		pairs := dbtest.Column[string](db, `
			WITH i AS (
				SELECT indexrelid, indisunique, indnatts, indnkeyatts, string_to_array(indclass::text, ' ') AS classes, coalesce(pg_get_expr(indpred, indrelid), '') AS kept,
				       ARRAY(SELECT pg_get_indexdef(indexrelid, n, false) FROM generate_series(1, indnkeyatts) n) AS keys
				FROM pg_index WHERE indrelid = 'listings'::regclass)
			SELECT pg_get_indexdef(short.indexrelid) || E'\n\t' || pg_get_indexdef(long.indexrelid)
			FROM i short JOIN i long ON long.indexrelid <> short.indexrelid AND long.kept = short.kept
			 AND long.keys[:short.indnkeyatts] = short.keys AND long.classes[:short.indnkeyatts] = short.classes
			WHERE NOT short.indisunique AND short.indnatts = short.indnkeyatts ORDER BY 1`)
		if len(pairs) > 0 {
			t.Fatalf("No index that is not unique has the same columns as another, or only its first ones. The first of these has:\n\n\t%s\n", strings.Join(pairs, "\n\n\t"))
		}
	})
}

func TestRules(t *testing.T) {
	db := dropped(t)
	// Listing 23 of seller 25 was removed, listing 24 of seller 26 is for sale.
	const insert = `
		INSERT INTO listings (id, seller_id, category_id, sku, slug, title, description, price_cents, status, created_at, removed_at)
		SELECT 20001, $1, category_id, $2, $3, title, description, price_cents, status, created_at,
		       CASE WHEN $3 = 'gone' THEN (SELECT removed_at FROM listings WHERE id = 23) END
		FROM listings WHERE id = 24`
	for _, c := range []struct {
		name, promise string
		seller        int
		sku, slug     string
		refused       bool
	}{
		{"a_slug_comes_once", "no two listings have one slug", 25, "new", "thing-24", true},
		{"the_slug_of_a_removed_listing_is_not_given_again", "no two listings have one slug, also when one of them was removed", 25, "new", "thing-23", true},
		{"a_seller_has_a_sku_once", "no two listings of one seller that are for sale have one sku", 26, "sku-24", "new", true},
		{"a_sku_can_be_that_of_a_removed_listing", "a sku can be that of a removed listing of the same seller", 25, "sku-23", "new", false},
		{"a_sku_can_be_that_of_another_seller", "a sku can be that of another seller's listing", 25, "sku-24", "new", false},
		{"two_removed_listings_may_share_a_sku", "removed listings of one seller may have one sku", 25, "sku-23", "gone", false},
		{"all_else_may_be_equal", "two listings of one seller can have all but the slug and the sku in common", 26, "new", "new", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			db.Exec(`DELETE FROM listings WHERE id > 20000`)
			err := db.Try(insert, c.seller, c.sku, c.slug)
			refused, _ := errors.AsType[*pgconn.PgError](err)
			if c.refused && (refused == nil || refused.Code != "23505") || !c.refused && err != nil {
				must := map[bool]string{true: "must be refused with SQLSTATE 23505", false: "must be accepted"}[c.refused]
				t.Fatalf("%s, as before. A new listing with seller_id = %d, sku = '%s', slug = '%s', and all else like listing 24 (but removed with listing 23 when its slug is gone), %s. Error: %v (nil: it was accepted)",
					c.promise, c.seller, c.sku, c.slug, must, err)
			}
		})
	}
}

// allElse has what is not an index of listings, one thing a line.
const allElse = `
	SELECT 'table: ' || relname || ' ' || relkind::text || coalesce(' ' || array_to_string(reloptions, ' '), '') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'
	UNION ALL SELECT 'index: ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'listings'
	UNION ALL SELECT concat('column: ', table_name, ' ', column_name, ' ', data_type, ', NULL: ', is_nullable, ', default: ', column_default) FROM information_schema.columns WHERE table_schema = 'public'
	UNION ALL SELECT 'constraint: ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
	UNION ALL SELECT 'rows: ' || name || ' ' || count(*) || ', sum ' || sum(hashtext(line)) FROM (
		SELECT 'sellers' AS name, s::text AS line FROM sellers s UNION ALL SELECT 'categories', c::text FROM categories c
		UNION ALL SELECT 'imports', i::text FROM imports i UNION ALL SELECT 'listings', l::text FROM listings l) r GROUP BY name
	ORDER BY 1`

func TestAllElseStays(t *testing.T) {
	before, after := dbtest.Column[string](given(t), allElse), dbtest.Column[string](dropped(t), allElse)
	without := func(list, other []string) string {
		left := slices.DeleteFunc(slices.Clone(list), func(line string) bool { return slices.Contains(other, line) })
		return "\n\t" + strings.Join(append(left, ""), "\n\t")
	}
	if !slices.Equal(before, after) {
		t.Fatalf("drop.sql changes indexes of listings and nothing else. Gone:\n%s\nNew:\n%s", without(before, after), without(after, before))
	}
}
