package field

import (
	"fmt"
	"strings"
)

// A Link is one element of a Link field (RFC 8288).
type Link struct {
	Target string
	Params map[string]string // by name in lower case; the first value of each
}

// Links reads Link.
func Links(lines []string) ([]Link, error) {
	links := []Link{}
	err := each(lines, func(s *scanner) error {
		link, err := s.link()
		links = append(links, link)
		return err
	})
	return links, err
}

func (s *scanner) link() (Link, error) {
	target, rest, closed := strings.Cut(s.rest, ">")
	if !strings.HasPrefix(target, "<") || !closed {
		return Link{}, fmt.Errorf("a URL between < and > is expected in %q", s.rest)
	}
	s.rest = rest
	link := Link{Target: target[1:], Params: map[string]string{}}
	for s.space(); s.take(';'); s.space() {
		s.space()
		if s.rest == "" || s.rest[0] == ';' || s.rest[0] == ',' {
			continue // a parameter may be missing between two semicolons
		}
		name, value, err := s.parameter()
		if err != nil {
			return Link{}, err
		}
		if _, twice := link.Params[name]; !twice {
			link.Params[name] = value
		}
	}
	return link, nil
}
