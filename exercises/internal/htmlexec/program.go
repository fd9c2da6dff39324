package htmlexec

import (
	"regexp"
	"strings"
)

// program returns a JavaScript program without the content of its strings and
// comments. Two programs that differ in what they do, and not only in the texts
// that they hold, differ in this, too; so does a string that is not closed on its line.
func program(source string) string {
	l := lexer{rest: source}
	l.code()
	for l.rest != "" { // a closing brace too many
		l.keep(1)
		l.code()
	}
	return l.out.String()
}

type lexer struct {
	rest string
	out  strings.Builder
	tail string // the last letters that were kept, to tell / from /…/
}

// code reads up to a closing brace that was not opened here, or to the end.
func (l *lexer) code() {
	for depth := 0; l.rest != ""; {
		switch c := l.rest[0]; {
		case c == '"' || c == '\'':
			l.quoted(c)
		case c == '`':
			l.template()
		case strings.HasPrefix(l.rest, "//"):
			l.comment("//", lineEnd.FindStringIndex(l.rest))
		case strings.HasPrefix(l.rest, "/*"):
			l.comment("/*", blockEnd.FindStringIndex(l.rest))
		case c == '/' && (!value.MatchString(l.tail) || operator.MatchString(l.tail)):
			l.pattern()
		case c == '}' && depth == 0:
			return
		default:
			depth += strings.Count(l.rest[:1], "{") - strings.Count(l.rest[:1], "}")
			l.keep(1)
		}
	}
}

var (
	lineEnd  = regexp.MustCompile(`\r|\n|\x{2028}|\x{2029}`)
	blockEnd = regexp.MustCompile(`\*/`)
	// After a value, / divides. After anything else it begins a regular expression.
	value    = regexp.MustCompile(`[)\]}"'\x60\w$]\s*$`)
	operator = regexp.MustCompile(`(?:^|[^.\w$])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|instanceof|yield|await)\s*$`)
)

// keep moves n bytes to the output.
func (l *lexer) keep(n int) {
	l.put(l.rest[:n])
	l.rest = l.rest[n:]
}

func (l *lexer) put(s string) {
	l.out.WriteString(s)
	l.tail += s
	if len(l.tail) > 40 {
		l.tail = l.tail[len(l.tail)-20:]
	}
}

// comment keeps its first two letters, and drops it up to the match of its end.
func (l *lexer) comment(open string, end []int) {
	l.out.WriteString(open)
	if end == nil {
		end = []int{len(l.rest)}
	}
	l.rest = l.rest[end[0]:]
	if open == "/*" {
		l.rest = strings.TrimPrefix(l.rest, "*/")
	}
}

// quoted keeps the quotes of a string. A line ends it as well; the line end is
// then kept, and shows that the quote is missing.
func (l *lexer) quoted(quote byte) {
	l.keep(1)
	for l.rest != "" && l.rest[0] != quote && l.rest[0] != '\n' && l.rest[0] != '\r' {
		l.drop()
	}
	if l.rest != "" {
		l.keep(1)
	}
}

// template keeps what a template string computes: ${…} is code.
func (l *lexer) template() {
	l.keep(1)
	for l.rest != "" && l.rest[0] != '`' {
		if !strings.HasPrefix(l.rest, "${") {
			l.drop()
			continue
		}
		l.keep(2)
		l.code()
		l.keep(min(1, len(l.rest))) // the closing brace
	}
	if l.rest != "" {
		l.keep(1)
	}
}

// pattern keeps a regular expression whole, in which quotes mean nothing.
func (l *lexer) pattern() {
	inClass := false
	l.keep(1)
	for l.rest != "" && l.rest[0] != '\n' && (l.rest[0] != '/' || inClass) {
		switch l.rest[0] {
		case '\\':
			l.keep(min(2, len(l.rest)))
			continue
		case '[':
			inClass = true
		case ']':
			inClass = false
		}
		l.keep(1)
	}
	if l.rest != "" {
		l.keep(1)
	}
}

// drop leaves out one letter, or one with a backslash before it.
func (l *lexer) drop() {
	n := 1
	if l.rest[0] == '\\' && len(l.rest) > 1 {
		n = 2
	}
	l.rest = l.rest[n:]
}
