package gate

import (
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
)

// leadingTo adds to the tables the views, functions and triggered tables that
// mention them, and those that mention these, and so on.
func leadingTo(db *dbtest.DB, tables []string) map[string]bool {
	type source struct{ Name, Body string }
	sources := dbtest.Structs[source](db, `
		SELECT proname::text AS name, prosrc AS body FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
			WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND prokind IN ('f', 'p')
		UNION ALL
		SELECT relname::text, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
			WHERE relkind IN ('v', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema')
		UNION ALL
		SELECT relname::text, proname::text FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid
			WHERE NOT tgisinternal`)
	names := map[string]bool{}
	for _, table := range tables {
		names[table] = true
	}
	for grown := true; grown; {
		grown = false
		for _, s := range sources {
			if !names[s.Name] && pgtrace.Mentions(s.Body, names) {
				names[s.Name], grown = true, true
			}
		}
	}
	return names
}
