package dbtest

import (
	"slices"
	"strings"
)

var controlWords = []string{"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"}

// isControl says whether a statement begins or ends a transaction or savepoint.
func isControl(sql string) bool {
	for word := range words(sql) {
		return slices.Contains(controlWords, word)
	}
	return false
}

// mentions says whether a statement names one of the given things. It looks
// into dollar-quoted bodies but not into comments and strings.
func mentions(sql string, names map[string]bool) bool {
	for word := range words(sql) {
		if names[word] {
			return true
		}
	}
	return false
}

// words yields the identifiers and keywords of a statement the way the server
// reads them: unquoted ones in lower case, quoted ones as they are.
func words(sql string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(sql) > 0 {
			var word string
			word, sql = nextWord(sql)
			if word != "" && !yield(word) {
				return
			}
		}
	}
}

// nextWord cuts one token off. The word is empty where the token is none.
func nextWord(sql string) (word, rest string) {
	switch c := sql[0]; {
	case strings.HasPrefix(sql, "--"):
		_, rest, _ = strings.Cut(sql, "\n")
		return "", rest
	case strings.HasPrefix(sql, "/*"):
		return "", sql[blockComment(sql):]
	case c == '\'':
		n := quoted(sql, '\'', false)
		return "", sql[n:]
	case (c == 'e' || c == 'E') && strings.HasPrefix(sql[1:], "'"):
		n := 1 + quoted(sql[1:], '\'', true)
		return "", sql[n:]
	case c == '"':
		n := quoted(sql, '"', false)
		return strings.ReplaceAll(strings.Trim(sql[:n], `"`), `""`, `"`), sql[n:]
	case letter(c):
		n := 1
		for n < len(sql) && (letter(sql[n]) || sql[n] >= '0' && sql[n] <= '9' || sql[n] == '$') {
			n++
		}
		return strings.ToLower(sql[:n]), sql[n:]
	default:
		return "", sql[1:]
	}
}

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// quoted is the length of the quoted token at the start of sql.
func quoted(sql string, quote byte, backslash bool) int {
	for i := 1; i < len(sql); i++ {
		switch {
		case backslash && sql[i] == '\\':
			i++
		case sql[i] == quote && i+1 < len(sql) && sql[i+1] == quote:
			i++
		case sql[i] == quote:
			return i + 1
		}
	}
	return len(sql)
}

// blockComment is the length of the comment at the start of sql; comments nest.
func blockComment(sql string) int {
	depth := 0
	for i := 0; i+1 < len(sql); i++ {
		switch sql[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(sql)
}

// leadingTo adds to the tables the views, functions and triggered tables that
// mention them, and those that mention these, and so on.
func (db *DB) leadingTo(tables []string) map[string]bool {
	db.t.Helper()
	type source struct{ Name, Body string }
	sources := Structs[source](db, `
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
			if !names[s.Name] && mentions(s.Body, names) {
				names[s.Name], grown = true, true
			}
		}
	}
	return names
}
