// Package sqlstate explains PostgreSQL's error codes in plain words.
//
// The names are those of PostgreSQL's own list of conditions, and the pages
// those of its manual, looked up in the versions 15 and 18. No chapter has a
// number here: numbers move from version to version, titles and pages hardly do.
package sqlstate

import "slices"

// An Explanation tells what one code means.
type Explanation struct {
	Code      string // "40P01"
	Condition string // its name: "deadlock_detected"; "" when only its class is known
	Words     string // what the server noticed, and what that usually means; one line, no full stop
	Title     string // of the part of the manual that explains the subject: "Deadlocks"
	URL       string // where that part is
}

const manual = "https://www.postgresql.org/docs/current/"

// Explain tells what a code means. One that has no entry of its own is
// explained by its class, the first two characters. It reports false for a code
// of no class that PostgreSQL has, and for what is no code.
func Explain(code string) (Explanation, bool) {
	if !isCode(code) {
		return Explanation{}, false
	}
	if e := entry(code); e != nil {
		return Explanation{Code: code, Condition: e.condition, Words: e.words, Title: e.title, URL: manual + e.page}, true
	}
	class := classes[code[:2]]
	if class == "" {
		return Explanation{}, false
	}
	return Explanation{
		Code:  code,
		Words: "an error of class " + code[:2] + ", " + class + "; the list of all codes has its name",
		Title: "PostgreSQL Error Codes",
		URL:   manual + "errcodes-appendix.html",
	}, true
}

// Codes returns the codes that have an entry of their own, sorted.
func Codes() []string {
	all := make([]string, 0, len(entries))
	for _, e := range entries {
		all = append(all, e.code)
	}
	return all
}

// entry finds a code in the sorted table.
func entry(code string) *explained {
	i, found := slices.BinarySearchFunc(entries, code, func(e explained, code string) int {
		switch {
		case e.code < code:
			return -1
		case e.code > code:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return &entries[i]
}

// isCode reports whether a text has a code's shape: five capital letters and digits. PostgreSQL's have at least one digit
// each, which keeps words written in capitals out.
func isCode(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r < 'A' || 'Z' < r:
			return false
		}
	}
	return len(text) == 5 && digits > 0
}
