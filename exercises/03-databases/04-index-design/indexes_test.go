package indexdesign_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/seed"
)

// maxKB is what all indexes together may occupy, without those of the primary keys, in kB of 1,024 bytes.
const maxKB = 3400

func TestCost(t *testing.T) {
	db := desk(t)
	db.Script("002_indexes.sql", indexes)
	made := dbtest.Structs[struct {
		Name string
		KB   int64
	}](db, `
		SELECT i.indexrelid::regclass::text AS name, pg_relation_size(i.indexrelid) / 1024 AS kb
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.oid >= 16384 AND c.relkind <> 't' AND NOT i.indisprimary
		ORDER BY kb DESC, name`)
	kB, list := int64(0), "\n"
	for _, index := range made {
		kB += index.KB
		list += fmt.Sprintf("\n\t%5d kB  %s", index.KB, index.Name)
	}

	t.Run("at_most_three_indexes", func(t *testing.T) {
		if len(made) > 3 {
			t.Errorf("There are at most three indexes besides those of the primary keys. After 002_indexes.sql there are %d:%s", len(made), list)
		}
	})
	t.Run("at_most_3400_kB", func(t *testing.T) {
		if kB > maxKB {
			t.Errorf("With 40,000 tickets all indexes together, without those of the primary keys, have at most %d kB. After 002_indexes.sql they have %d:%s", maxKB, kB, list)
		}
	})
}

func TestNothingElse(t *testing.T) {
	db := desk(t)
	things, tickets, customers := catalog(db), rows(db, "tickets"), rows(db, "customers")
	db.Script("002_indexes.sql", indexes)

	t.Run("the_database_has_new_indexes_alone", func(t *testing.T) {
		if changes := compare(things, catalog(db)); len(changes) > 0 {
			t.Errorf("002_indexes.sql creates indexes, and changes nothing else in the database. This is different after it:\n\n\t%s", strings.Join(changes, "\n\t"))
		}
	})
	for _, c := range []struct {
		table  string
		before map[string]string
	}{{"tickets", tickets}, {"customers", customers}} {
		t.Run("the_rows_of_"+c.table+"_stay", func(t *testing.T) {
			if changes := compare(c.before, rows(db, c.table)); len(changes) > 0 {
				t.Errorf("002_indexes.sql leaves every row as it is and where it is. After it %d rows of %s are gone, new, changed or moved; for example:\n\n\t%s",
					len(changes), c.table, strings.Join(changes[:min(3, len(changes))], "\n\t"))
			}
		})
	}

	random := seed.New(t)
	takes := func(name, what, sql string, args ...any) {
		t.Run(name, func(t *testing.T) {
			if _, err := db.Pool().Exec(t.Context(), sql, args...); err != nil {
				t.Errorf("What the tables took before 002_indexes.sql, they take after it. Now they refuse %s:\n\n\t%s\n\n\t%v", what, strings.TrimSpace(sql), err)
			}
		})
	}
	takes("accounts_may_share_an_address", "a second customer with an address that is there in other letters",
		`INSERT INTO customers VALUES (10001, 'somebody', $1)`, fmt.Sprintf("CUSTOMER%d@example.com", random.Between(1, 10000)))
	takes("a_subject_may_be_long", "a waiting ticket with a subject of 10,000 characters",
		`INSERT INTO tickets VALUES (40001, 1, 1, '2026-12-31 12:00+00', 'waiting', 3, 0, $1)`, paragraph(random))
}

// paragraph is a text of 10,000 letters that the database cannot make much shorter.
func paragraph(random *seed.Rand) string {
	letters := make([]byte, 10_000)
	for i := range letters {
		letters[i] = byte('a' + random.IntN(26))
	}
	return string(letters)
}

// rows is every row of a table, and where it is.
func rows(db *dbtest.DB, table string) map[string]string {
	columns := map[string]string{
		"customers": "id, name, email",
		"tickets":   "id, customer_id, team_id, opened_at, status, priority, minutes, subject",
	}[table]
	return pairs(db, `SELECT 'the row with id ' || id AS name, md5(ROW(ctid, `+columns+`)::text) AS detail FROM `+table)
}

// catalog is what is in the database, but for indexes: by name, with a digest of what the system's catalogs say about it. What the
// server itself updates when there is a new index is left out.
func catalog(db *dbtest.DB) map[string]string {
	parts := []string{`
		SELECT 'pg_class'::regclass, oid, 0, to_jsonb(c) - '{relpages,reltuples,relallvisible,relallfrozen,relhasindex,relfilenode,relfrozenxid,relminmxid}'::text[]
		FROM pg_class c WHERE relkind NOT IN ('i', 'I', 't')`, `
		SELECT 'pg_class'::regclass, attrelid, attnum, to_jsonb(a)
		FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relkind NOT IN ('i', 'I', 't') AND attnum > 0 AND NOT attisdropped`, `
		SELECT 'pg_type'::regclass, oid, 0, to_jsonb(y) FROM pg_type y WHERE typrelid = 0 AND typelem = 0`}
	for _, name := range []string{
		"pg_constraint", "pg_attrdef", "pg_trigger", "pg_rewrite", "pg_policy", "pg_proc", "pg_namespace", "pg_extension", "pg_statistic_ext", "pg_operator",
	} {
		parts = append(parts, fmt.Sprintf(`SELECT '%s'::regclass, oid, 0, to_jsonb(x) FROM %[1]s x`, name))
	}
	return pairs(db, `
		SELECT pg_describe_object(class, oid, part) AS name, md5(detail::text) AS detail
		FROM (`+strings.Join(parts, " UNION ALL ")+`) AS thing (class, oid, part, detail) WHERE oid >= 16384
		UNION ALL
		SELECT 'a setting of the database', md5(string_agg(setconfig::text, '')) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
		WHERE datname = current_database()`)
}

func pairs(db *dbtest.DB, sql string) map[string]string {
	all := map[string]string{}
	for _, p := range dbtest.Structs[struct{ Name, Detail string }](db, sql) {
		all[p.Name] = p.Detail
	}
	return all
}

// compare lists what is gone, new or different, in words.
func compare(before, after map[string]string) (changes []string) {
	for name, detail := range before {
		if now, there := after[name]; !there {
			changes = append(changes, "gone: "+name)
		} else if now != detail {
			changes = append(changes, "not the same: "+name)
		}
	}
	for name := range after {
		if _, there := before[name]; !there {
			changes = append(changes, "new: "+name)
		}
	}
	slices.Sort(changes)
	return changes
}
