package sqlstate

import (
	"regexp"
	"slices"
)

// A form is a way in which programs write a code down. Each begins with the same letters always, which makes it quick to
// look for in a long text.
type form struct {
	pattern *regexp.Regexp
	known   bool // the form says too little: only a code with an entry of its own counts
}

// dumped is how a field of a struct ends up in a text: Code:"40P01" of %#v, Code:40P01 of %+v, Code: (string) (len=5)
// "40P01" of testify's differences.
const dumped = `Code: ?(?:\(string\) \(len=5\) )?"?([0-9A-Z]{5})\b`

var forms = func() []form {
	all := []form{
		{pattern: regexp.MustCompile(`SeverityUnlocalized:[^\n]{0,60}?\s[-+\s]*` + dumped)}, // a pgconn.PgError
		{pattern: regexp.MustCompile(dumped), known: true},                                  // a part of one
	}
	for _, word := range []string{"SQLSTATE", "sqlstate", "SQLState"} { // (SQLSTATE 40P01), as pgx has it
		all = append(all, form{pattern: regexp.MustCompile(word + `\W{0,4}([0-9A-Z]{5})\b`)})
	}
	for _, severity := range []string{"ERROR: ", "FATAL: ", "PANIC: "} {
		all = append(all,
			form{pattern: regexp.MustCompile(severity + ` *([0-9A-Z]{5}): `)},                     // psql with VERBOSITY verbose
			form{pattern: regexp.MustCompile(severity + `[^\n]*?\(([0-9A-Z]{5})\)`), known: true}, // ERROR: … (40P01)
		)
	}
	return all
}()

// In finds the codes in the output of a test, in the order in which they
// appear, each once. Five characters alone are no code: something must say so,
// as in (SQLSTATE 40P01) or in a dump of a pgconn.PgError.
func In(text string) []string {
	type found struct {
		at   int
		code string
	}
	var all []found
	for _, f := range forms {
		for _, m := range f.pattern.FindAllStringSubmatchIndex(text, -1) {
			code := text[m[2]:m[3]]
			if isCode(code) && !insideWord(text, m[0]) && (!f.known || entry(code) != nil) {
				all = append(all, found{m[2], code})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return a.at - b.at })
	var codes []string
	for _, f := range all {
		if !slices.Contains(codes, f.code) {
			codes = append(codes, f.code)
		}
	}
	return codes
}

// insideWord reports whether a word goes on at a place, as in ZipCode.
func insideWord(text string, at int) bool {
	if at == 0 {
		return false
	}
	b := text[at-1]
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_'
}
