package htmlexec

import (
	"fmt"
	"slices"
)

// A Kind says in which way something would run.
type Kind string

// The kinds of findings.
const (
	Script     Kind = "script"        // a <script> element
	Handler    Kind = "event handler" // an on… attribute
	URL        Kind = "script URL"    // a link, form or frame that leads to a program or to a document with scripts
	Refresh    Kind = "refresh"       // the same, in <meta http-equiv=refresh>
	Animation  Kind = "animation"     // the same, set by an SVG animation
	Base       Kind = "base address"  // <base href>, which decides where scripts come from
	Unreadable Kind = "unreadable"    // the page nests too deep to be parsed, so nothing can be said of it
)

// A Finding is a place from which a browser would run something.
type Finding struct {
	Kind      Kind
	Element   string // its name in lower case, as "img"; empty for Unreadable
	Attribute string // its name, as "onerror"; empty for the text of a <script>
	Value     string // the program or URL, entities decoded, shortened, control characters made visible
	Framed    bool   // it is in the document of an <iframe srcdoc>
}

// runs tells, for each kind, what a browser does with the value.
var runs = map[Kind]string{
	Script:     "a script, %s, runs: %s",
	Handler:    "an event handler, %s, runs: %s",
	URL:        "a link to a program, %s, leads to: %s",
	Refresh:    "a refresh, %s, leads to: %s",
	Animation:  "an animation, %s, changes a link to: %s",
	Base:       "a base address, %s, moves the scripts after it to: %s",
	Unreadable: "elements nested more than 500 deep%s: what a browser would run cannot be told%s",
}

// String describes the finding in one line.
func (f Finding) String() string {
	place := f.Element
	if place != "" {
		place = "<" + place + ">"
	}
	if f.Attribute != "" {
		place = f.Attribute + " of " + place
	}
	if f.Framed {
		place += " in the srcdoc of a frame"
	}
	return fmt.Sprintf(runs[f.Kind], place, f.Value)
}

// An Option tells what may run on a page.
type Option func(*options)

type options struct {
	nonces   []string
	harmless *string
}

// Nonce allows the scripts with one of these nonces: those of the response's
// Content-Security-Policy header, not those that the page happens to contain. It
// trusts what these scripts hold and where they come from, and a program that puts
// the nonce on every script of its output; add [Harmless] to look at that, too.
func Nonce(values ...string) Option {
	return func(o *options) { o.nonces = append(o.nonces, values...) }
}

// Harmless gives the same page for a harmless input. What runs there is the
// page's own, and what differs is reported, allowed by a nonce or not: one script
// more, another src, a program in which more than the content of strings and
// comments has changed.
//
// The harmless input must be one that the program treats alike; see [Payload].
func Harmless(page string) Option {
	return func(o *options) { o.harmless = &page }
}

func chosen(opts []Option) options {
	o := options{}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Find returns what a browser would run, in the order of the page. The package
// documentation says what counts.
func Find(page string, opts ...Option) []Finding {
	o := chosen(opts)
	var own []place
	if o.harmless != nil {
		own = search(*o.harmless, nil)
	}
	return o.judge(search(page, o.nonces), own)
}

// judge picks what is to be reported. Each of the page's own programs may run
// as often as on the harmless page.
func (o options) judge(places, own []place) []Finding {
	times := counted(own)
	var found []Finding
	for _, p := range places {
		if id := p.identity(); times[id] > 0 {
			times[id]--
			continue
		}
		if o.harmless != nil || !p.allowed {
			found = append(found, p.Finding)
		}
	}
	return found
}

func counted(places []place) map[string]int {
	count := map[string]int{}
	for _, p := range places {
		count[p.identity()]++
	}
	return count
}

// A place is where something runs, allowed or not.
type place struct {
	Finding
	allowed bool   // by its nonce
	whole   string // the value, uncut
	data    bool   // the value is read as data: every letter of it counts
}

// identity is equal for a place and the same place for another input. Nonces
// have no part in it: they differ from response to response.
func (p place) identity() string {
	value := p.whole
	if !p.data {
		value = program(value)
	}
	return fmt.Sprintf("%s|%s|%s|%t|%s", p.Kind, p.Element, p.Attribute, p.Framed, value)
}

// allows reports whether a nonce is one of those that the caller gave. The
// empty one never is.
func allows(nonces []string, nonce string) bool {
	return nonce != "" && slices.Contains(nonces, nonce)
}
