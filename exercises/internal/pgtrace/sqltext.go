package pgtrace

import (
	"slices"
	"strings"
)

var controlWords = []string{"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"}

// Short is a statement on one line, of n characters at most, for a message.
func Short(sql string, n int) string {
	line := []rune(strings.Join(strings.Fields(sql), " "))
	if len(line) > n {
		return string(line[:n-1]) + "…"
	}
	return string(line)
}

// FirstWord returns the first keyword or identifier of a statement, in lower
// case; comments and parentheses before it do not count.
func FirstWord(sql string) string {
	for word := range words(sql) {
		return word
	}
	return ""
}

// IsControl says whether a statement begins or ends a transaction or savepoint.
func IsControl(sql string) bool {
	return slices.Contains(controlWords, FirstWord(sql))
}

// Mentions says whether a statement names one of the given things. It looks
// into dollar-quoted bodies but not into comments and strings.
func Mentions(sql string, names map[string]bool) bool {
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
