package guard

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	frame    = regexp.MustCompile(`^\t(.+\.go:\d+)`)
	ofTheKit = regexp.MustCompile(`/exercises/internal/[a-z]+/[a-z]+\.go|/src/(runtime|testing|reflect)/`)
)

// Place makes a stack from debug.Stack short: where the code was, innermost first, without the
// runtime's own frames and without anything that differs from run to run.
func Place(stack []byte) string {
	var b strings.Builder
	var function string
	for line := range bytes.Lines(stack) {
		text := strings.TrimRight(string(line), "\n")
		m := frame.FindStringSubmatch(text)
		switch {
		case m == nil:
			function = text
		case ofTheKit.MatchString(m[1]) || strings.HasPrefix(function, "panic(") || strings.HasPrefix(function, "created by"):
		default:
			b.WriteString("\tin " + called(function) + "\n\t   " + m[1] + "\n")
		}
	}
	return b.String()
}

// called is a function's name without its arguments, which are addresses.
func called(function string) string {
	if i := strings.LastIndex(function, "("); i > 0 && strings.HasSuffix(function, ")") {
		return function[:i]
	}
	return function
}
