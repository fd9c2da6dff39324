package wire

import (
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"workbook/exercises/internal/wire/internal/field"
)

// one returns the value of a field that must be there once.
func (a Answer) one(t testing.TB, name string) string {
	t.Helper()
	lines := a.Header.Values(name)
	switch len(lines) {
	case 0:
		a.fail(t, "the header "+name, "The answer has none.")
	case 1:
	default:
		a.fail(t, "one header "+name, fmt.Sprintf("The answer has %d of them.", len(lines)))
	}
	return lines[0]
}

// must ends the test when the value of a field could not be read.
func (a Answer) must(t testing.TB, name string, err error) {
	t.Helper()
	if err != nil {
		a.fail(t, "a header "+name+" that clients can read", "This one they cannot: "+strings.TrimPrefix(err.Error(), "mime: ")+".")
	}
}

// ContentType returns the media type in lower case, and its parameters by
// their names in lower case, such as charset (RFC 9110 §8.3).
func (a Answer) ContentType(t testing.TB) (mediaType string, params map[string]string) {
	t.Helper()
	value := a.one(t, "Content-Type")
	mediaType, params, err := mime.ParseMediaType(value)
	if err == nil && !strings.Contains(mediaType, "/") {
		err = fmt.Errorf("%q is no media type", value)
	}
	a.must(t, "Content-Type", err)
	return mediaType, params
}

// RetryAfter returns how long the client is asked to wait: given in seconds, or
// as a date in any of the three forms of HTTP, which is compared with the
// answer's own Date (RFC 9110 §10.2.3). A date that has passed gives zero.
func (a Answer) RetryAfter(t testing.TB) time.Duration {
	t.Helper()
	now, err := field.Date(a.Header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	delay, err := field.Delay(a.one(t, "Retry-After"), now)
	a.must(t, "Retry-After", err)
	return delay
}

// Time returns the date in a field such as Last-Modified or Sunset, in any of
// the three forms of HTTP (RFC 9110 §5.6.7).
func (a Answer) Time(t testing.TB, name string) time.Time {
	t.Helper()
	at, err := field.Date(a.one(t, name))
	a.must(t, name, err)
	return at
}

// Allow returns the methods that the resource allows, sorted, each once (RFC
// 9110 §10.2.1). A header that names none is a header; a missing one fails the test.
func (a Answer) Allow(t testing.TB) []string {
	t.Helper()
	if len(a.Header.Values("Allow")) == 0 {
		a.one(t, "Allow")
	}
	return a.set(t, "Allow")
}

// Vary returns the names of the request headers that the answer depends on, in
// lower case, sorted, each once; or "*" (RFC 9110 §12.5.5). It is empty when
// the header is missing.
func (a Answer) Vary(t testing.TB) []string {
	t.Helper()
	return a.set(t, "Vary", strings.ToLower)
}

// set reads a list of words, each of which each of change is applied to.
func (a Answer) set(t testing.TB, name string, change ...func(string) string) []string {
	t.Helper()
	words, err := field.Tokens(a.Header.Values(name))
	a.must(t, name, err)
	for i := range words {
		for _, f := range change {
			words[i] = f(words[i])
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// CacheControl returns the directives by their names in lower case, with their
// arguments, or empty (RFC 9111 §5.2). It is empty when the header is missing.
func (a Answer) CacheControl(t testing.TB) map[string]string {
	t.Helper()
	directives, err := field.Directives(a.Header.Values("Cache-Control"))
	a.must(t, "Cache-Control", err)
	return directives
}

// A Challenge is one way to authenticate that the server offers.
type Challenge struct {
	Scheme string            // in lower case, such as "bearer"
	Params map[string]string // by name in lower case, such as realm; nil when there are none
	Token  string            // the one token that some schemes have instead of parameters
}

// Challenges returns what WWW-Authenticate offers, by the scheme in lower case,
// such as "bearer". Several may share a line or have lines of their own
// (RFC 9110 §11.6.1). The last one counts when a scheme is offered twice.
func (a Answer) Challenges(t testing.TB) map[string]Challenge {
	t.Helper()
	challenges, err := field.Challenges(a.Header.Values("WWW-Authenticate"))
	a.must(t, "WWW-Authenticate", err)
	if len(challenges) == 0 {
		a.fail(t, "a challenge in the header WWW-Authenticate", "The answer has none.")
	}
	by := map[string]Challenge{}
	for _, c := range challenges {
		by[c.Scheme] = Challenge(c)
	}
	return by
}

// Location returns where the answer points, resolved against the URL that was
// asked for (RFC 9110 §10.2.2). Its String can be the Path of the next Request.
func (a Answer) Location(t testing.TB) *url.URL {
	t.Helper()
	value := a.one(t, "Location")
	if value == "" {
		a.fail(t, "a Location", "It is empty.")
	}
	location, err := a.Resolve(value)
	a.must(t, "Location", err)
	return location
}

// Resolve returns the URL that a reference in a header or in the body stands
// for, seen from the URL that was asked for. It refuses what is no URI
// reference by RFC 3986, such as one with a space, in words fit for a message.
func (a Answer) Resolve(reference string) (*url.URL, error) {
	u, err := field.Reference(reference)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(a.url + a.asked.path)
	if err != nil {
		return u, nil // a request that was malformed on purpose
	}
	return base.ResolveReference(u), nil
}

// An ETag is an entity tag. Its String has the form for If-Match and If-None-Match.
type ETag struct {
	Opaque string // between the quotes
	Weak   bool
}

func (e ETag) String() string {
	if e.Weak {
		return `W/"` + e.Opaque + `"`
	}
	return `"` + e.Opaque + `"`
}

// ETag returns the entity tag of the answer (RFC 9110 §8.8.3).
func (a Answer) ETag(t testing.TB) ETag {
	t.Helper()
	opaque, weak, err := field.Tag(a.one(t, "ETag"))
	a.must(t, "ETag", err)
	return ETag{opaque, weak}
}

// Link returns where the link with the given relation, such as "next", leads,
// resolved against the URL that was asked for (RFC 8288); nil when there is
// none. Several links with that relation fail the test, unless they lead to the
// same place.
func (a Answer) Link(t testing.TB, rel string) *url.URL {
	t.Helper()
	links, err := field.Links(a.Header.Values("Link"))
	a.must(t, "Link", err)
	found := map[string]*url.URL{}
	for _, link := range links {
		_, elsewhere := link.Params["anchor"] // a link from another page than this
		if rels := strings.Fields(strings.ToLower(link.Params["rel"])); elsewhere || !slices.Contains(rels, strings.ToLower(rel)) {
			continue
		}
		target, err := a.Resolve(link.Target)
		a.must(t, "Link", err)
		found[target.String()] = target
	}
	targets := slices.Sorted(maps.Keys(found))
	if len(targets) == 0 {
		return nil
	}
	if len(targets) > 1 {
		a.fail(t, fmt.Sprintf("one link to %q", rel), "The answer has several: "+strings.Join(targets, ", ")+".")
	}
	return found[targets[0]]
}
