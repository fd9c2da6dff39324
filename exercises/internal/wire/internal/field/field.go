// Package field reads the values of HTTP header fields.
//
// Each function takes the lines of one field, in the order in which they came,
// and returns an error where they do not follow the field's grammar. Section
// numbers are those of RFC 9110 unless another document is named.
package field

import (
	"fmt"
	"strings"
)

// Tokens reads a comma-separated list of tokens, such as Allow or Vary. Empty
// elements count for nothing (§5.6.1.2).
func Tokens(lines []string) ([]string, error) {
	tokens := []string{}
	err := each(lines, func(s *scanner) error {
		token, err := s.token()
		tokens = append(tokens, token)
		return err
	})
	return tokens, err
}

// Directives reads a comma-separated list of name or name=value, such as
// Cache-Control. Names are in lower case, values without their quotes; of a
// name that comes twice, the first value is kept.
func Directives(lines []string) (map[string]string, error) {
	directives := map[string]string{}
	err := each(lines, func(s *scanner) error {
		name, value, err := s.parameter()
		if _, twice := directives[name]; !twice && err == nil {
			directives[name] = value
		}
		return err
	})
	return directives, err
}

// each calls read at the beginning of every element of a list. What read
// leaves must be a comma or the end.
func each(lines []string, read func(*scanner) error) error {
	s := &scanner{strings.Join(lines, ", ")} // the same list (§5.3)
	for s.comma(); s.rest != ""; {
		if err := read(s); err != nil {
			return err
		}
		s.space()
		if s.rest != "" && !s.comma() {
			return fmt.Errorf("a comma is expected before %q", s.rest)
		}
	}
	return nil
}

// A scanner goes through a value from left to right.
type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// comma skips commas with the space around them, and reports whether there was one.
func (s *scanner) comma() bool {
	before := s.rest
	s.rest = strings.TrimLeft(s.rest, " \t,")
	return strings.Contains(before[:len(before)-len(s.rest)], ",")
}

func (s *scanner) take(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// run takes the longest run of bytes that belong.
func (s *scanner) run(belongs func(byte) bool) string {
	n := 0
	for n < len(s.rest) && belongs(s.rest[n]) {
		n++
	}
	run := s.rest[:n]
	s.rest = s.rest[n:]
	return run
}

func (s *scanner) token() (string, error) {
	token := s.run(isTokenByte)
	if token == "" {
		return "", fmt.Errorf("a word is expected before %q", s.rest)
	}
	return token, nil
}

// parameter reads name, or name=value, with bad white space around the equals
// sign (§5.6.6, §11.2). The name comes back in lower case.
func (s *scanner) parameter() (name, value string, err error) {
	name, err = s.token()
	if err != nil {
		return "", "", err
	}
	after := s.rest
	s.space()
	if !s.take('=') {
		s.rest = after
		return strings.ToLower(name), "", nil
	}
	s.space()
	if strings.HasPrefix(s.rest, `"`) {
		value, err = s.quoted()
	} else {
		value, err = s.token()
	}
	return strings.ToLower(name), value, err
}

// quoted reads a quoted string (§5.6.4) and undoes its backslashes.
func (s *scanner) quoted() (string, error) {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), nil
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("the quote is not closed in %s", s.rest)
}

func isTokenByte(c byte) bool {
	return isLetterOrDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isLetterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
