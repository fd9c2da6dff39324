package wire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/wire"
)

// answering is a handler that sets header lines, then the status.
func answering(status int, lines ...[2]string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range lines {
			w.Header().Add(line[0], line[1])
		}
		w.WriteHeader(status)
	}
}

func TestHeadersThatDoNotHold(t *testing.T) {
	type line = [2]string
	// reads is a test that looks at an answer of h. It came over the wire, once.
	reads := func(h http.HandlerFunc, look func(t testing.TB, a wire.Answer)) kittest.Program {
		a := wire.Serve(t, h).Send(t, wire.Request{Method: "PUT", Path: "/v1/projects/7?full=1"})
		return func(t testing.TB) { look(t, a) }
	}
	location := func(t testing.TB, a wire.Answer) { a.Location(t) }
	retry := func(t testing.TB, a wire.Answer) { a.RetryAfter(t) }
	contentType := func(t testing.TB, a wire.Answer) { a.ContentType(t) }
	challenges := func(t testing.TB, a wire.Answer) { a.Challenges(t) }
	allow := func(t testing.TB, a wire.Answer) { a.Allow(t) }
	etag := func(t testing.TB, a wire.Answer) { a.ETag(t) }
	next := func(t testing.TB, a wire.Answer) { a.Link(t, "next") }
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"location_after_the_status": reads(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(201)
				w.Header().Set("Location", "/v1/projects/7")
			}, location),
			"location_empty":         reads(answering(201, line{"Location", ""}), location),
			"location_not_encoded":   reads(answering(201, line{"Location", "/v1/projects/a b"}), location),
			"location_twice":         reads(answering(201, line{"Location", "/a"}, line{"Location", "/b"}), location),
			"retry_as_duration":      reads(answering(503, line{"Retry-After", "1.5s"}), retry),
			"retry_as_RFC3339":       reads(answering(503, line{"Retry-After", "2026-02-03T04:05:06Z"}), retry),
			"retry_missing":          reads(answering(429), retry),
			"type_missing":           reads(answering(204), contentType),
			"type_without_slash":     reads(answering(200, line{"Content-Type", "json"}), contentType),
			"type_with_bare_charset": reads(answering(200, line{"Content-Type", "application/json; utf-8"}), contentType),
			"no_challenge":           reads(answering(401), challenges),
			"no_scheme":              reads(answering(401, line{"WWW-Authenticate", `realm="notes"`}), challenges),
			"allow_missing":          reads(answering(405), allow),
			"allow_as_go_list":       reads(answering(405, line{"Allow", "[GET HEAD]"}), allow),
			"etag_without_quotes":    reads(answering(200, line{"ETag", "v7"}), etag),
			"sunset_as_RFC3339":      reads(answering(200, line{"Sunset", "2026-02-03"}), func(t testing.TB, a wire.Answer) { a.Time(t, "Sunset") }),
			"vary_with_semicolon":    reads(answering(200, line{"Vary", "Accept; Origin"}), func(t testing.TB, a wire.Answer) { a.Vary(t) }),
			"cache_with_semicolon":   reads(answering(200, line{"Cache-Control", "private; max-age=60"}), func(t testing.TB, a wire.Answer) { a.CacheControl(t) }),
			"link_without_brackets":  reads(answering(200, line{"Link", `/v1?page=2; rel="next"`}), next),
			"two_next_pages":         reads(answering(200, line{"Link", `</a>; rel=next, </b>; rel=next`}), next),
		},
		Right: map[string]kittest.Program{
			"in_one_style": reads(answering(401,
				line{"Location", "/v1/projects/8"}, line{"Retry-After", "120"}, line{"Content-Type", "application/json"},
				line{"WWW-Authenticate", `Bearer realm="notes", Basic realm="notes"`}, line{"Allow", "PUT, GET"},
				line{"ETag", `"v7"`}, line{"Vary", "Accept, Origin"}, line{"Cache-Control", "private, max-age=60"},
				line{"Link", `</v1?page=2>; rel="next", </v1?page=9>; rel="last"`}, line{"Sunset", "Tue, 03 Feb 2026 04:05:06 GMT"},
			), everyHeader),
			"in_another_style": reads(answering(401,
				line{"location", "8"}, line{"Date", "Tue, 03 Feb 2026 04:05:06 GMT"}, line{"Retry-After", "Tuesday, 03-Feb-26 04:07:06 GMT"},
				line{"content-type", "Application/JSON;Charset=utf-8"}, line{"WWW-Authenticate", "basic realm=notes"},
				line{"WWW-Authenticate", "BEARER"}, line{"Allow", "GET"}, line{"Allow", "PUT,GET"}, line{"ETag", `"v7"`},
				line{"Vary", "origin"}, line{"Vary", "ACCEPT"}, line{"Cache-Control", `max-age="60"`}, line{"Cache-Control", "Private"},
				line{"Link", `<?page=2>; REL="x next"`}, line{"Link", `<?page=1>; rel=next; anchor="/other"`}, line{"Sunset", "Tue Feb  3 04:05:06 2026"},
			), everyHeader),
		},
	})
}

// everyHeader expects what both styles above say.
func everyHeader(t testing.TB, a wire.Answer) {
	location := a.Location(t)
	assert.Equal(t, "/v1/projects/8", location.Path)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/v1/projects/8$`, location.String())
	assert.Equal(t, 2*time.Minute, a.RetryAfter(t))
	mediaType, _ := a.ContentType(t)
	assert.Equal(t, "application/json", mediaType)
	challenges := a.Challenges(t)
	assert.Len(t, challenges, 2)
	assert.Equal(t, "notes", challenges["basic"].Params["realm"])
	assert.Contains(t, challenges, "bearer")
	assert.Equal(t, []string{"GET", "PUT"}, a.Allow(t))
	assert.Equal(t, wire.ETag{Opaque: "v7"}, a.ETag(t))
	assert.Equal(t, []string{"accept", "origin"}, a.Vary(t))
	assert.Equal(t, map[string]string{"private": "", "max-age": "60"}, a.CacheControl(t))
	assert.Equal(t, "page=2", a.Link(t, "NEXT").RawQuery)
	assert.Nil(t, a.Link(t, "prev"))
	assert.Equal(t, time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), a.Time(t, "sunset").UTC())
}

func TestHeadersThatMayBeMissing(t *testing.T) {
	a := wire.Answer{Header: http.Header{"Allow": {""}, "Etag": {`W/"x"`}, "Retry-After": {"Thu, 01 Jan 1970 00:00:00 GMT"}}}
	assert.Empty(t, a.Vary(t))
	assert.Empty(t, a.CacheControl(t))
	assert.Nil(t, a.Link(t, "next"))
	assert.Empty(t, a.Allow(t), "no methods at all is an answer, too")
	assert.Equal(t, `W/"x"`, a.ETag(t).String())
	assert.Zero(t, a.RetryAfter(t), "a date that has passed, and no Date to compare with")
	assert.Equal(t, `"y"`, wire.ETag{Opaque: "y"}.String())
	a.Header = http.Header{"Link": {`</a>; rel=next, </a>; rel="next"`}}
	assert.Equal(t, "/a", a.Link(t, "next").Path)
}

func TestLocationCanBeFollowed(t *testing.T) {
	server := wire.Serve(t, rightMux())
	assert.Equal(t, "id,qty\n", server.Get(t, server.Get(t, "/moved").Location(t).String()).Body)
}
