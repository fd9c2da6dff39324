package field

import (
	"fmt"
	"strings"
)

// A Challenge is one way to authenticate that a server offers (§11.3).
type Challenge struct {
	Scheme string            // in lower case, such as "bearer"
	Params map[string]string // by name in lower case; nil when there are none
	Token  string            // the one token68 that some schemes have instead of parameters
}

// Challenges reads WWW-Authenticate: several challenges may share a line, and
// commas separate both challenges and their parameters (§11.6.1).
func Challenges(lines []string) ([]Challenge, error) {
	s := &scanner{strings.Join(lines, ", ")}
	challenges := []Challenge{}
	for s.comma(); s.rest != ""; s.comma() {
		c, err := s.challenge()
		if err != nil {
			return nil, err
		}
		challenges = append(challenges, c)
	}
	return challenges, nil
}

func (s *scanner) challenge() (c Challenge, err error) {
	scheme, err := s.token()
	if err != nil {
		return c, err
	}
	c.Scheme = strings.ToLower(scheme)
	before := s.rest
	s.space()
	switch {
	case s.rest == "" || s.rest[0] == ',':
		return c, nil
	case before == s.rest:
		return c, fmt.Errorf("a scheme, then a space, is expected in %q", scheme+before)
	}
	if c.Token = s.token68(); c.Token != "" {
		return c, nil
	}
	return c, s.authParams(&c)
}

// token68 takes a lone token up to the next comma, or nothing (§11.2).
func (s *scanner) token68() string {
	before := s.rest
	token := s.run(func(c byte) bool { return isLetterOrDigit(c) || strings.IndexByte("-._~+/", c) >= 0 })
	if token != "" {
		token += s.run(func(c byte) bool { return c == '=' })
	}
	if s.space(); s.rest == "" || s.rest[0] == ',' {
		return token
	}
	s.rest = before
	return ""
}

// authParams reads parameters until the next challenge begins.
func (s *scanner) authParams(c *Challenge) error {
	c.Params = map[string]string{}
	for {
		name, value, err := s.parameter()
		if err != nil {
			return err
		}
		if _, twice := c.Params[name]; twice {
			return fmt.Errorf("the parameter %s comes twice for %s", name, c.Scheme)
		}
		c.Params[name] = value
		s.space()
		if s.rest != "" && s.rest[0] != ',' {
			return fmt.Errorf("a comma is expected before %q", s.rest)
		}
		if next := *s; !next.comma() || !next.atParameter() {
			return nil
		}
		s.comma()
	}
}

// atParameter tells a parameter from the scheme of another challenge.
func (s scanner) atParameter() bool {
	_, err := s.token()
	s.space()
	return err == nil && s.take('=')
}
