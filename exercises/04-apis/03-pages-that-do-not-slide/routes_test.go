package pages_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pages "workbook/exercises/04-apis/03-pages-that-do-not-slide"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

const path = "/v1/events"

// client asks a server as one tenant.
type client struct {
	*wire.Server
	t *testing.T
}

func serve(d *desk) client {
	return client{wire.Serve(d.t, guard.Call(d.t, func() http.Handler { return pages.Routes(d.store) })), d.t}
}

func (c client) ask(address string) wire.Answer { return c.Get(c.t, address, "X-Tenant: alpha") }

// page asks for a page that is there.
func (c client) page(address string) (events []event, next *url.URL) {
	c.t.Helper()
	answer := c.ask(address)
	require.Equalf(c.t, 200, answer.Status, "The status of a page.\n%s", answer.Story())
	body := wire.JSON[struct {
		Events []struct {
			ID   string    `json:"id"`
			Kind string    `json:"kind"`
			At   time.Time `json:"at"`
		} `json:"events"`
	}](c.t, answer)
	for _, e := range body.Events {
		is := event{Kind: e.Kind, At: e.At}
		_, err := fmt.Sscan(e.ID, &is.ID)
		require.NoErrorf(c.t, err, "the id of an event: %q", e.ID)
		events = append(events, is)
	}
	return events, answer.Link(c.t, "next")
}

func TestRoutes(t *testing.T) {
	sixty := open(t, 60)
	t.Run("without_limit_20", func(t *testing.T) {
		d := sixty.in(t)
		events, next := serve(d).page(path)
		same(t, "GET "+path+" without parameters has the tenant's 20 newest events", d.want(alpha)[:20], events)
		require.NotNil(t, next, "40 events follow on the first page: the answer has a Link with rel=next")
	})

	t.Run("nothing", func(t *testing.T) {
		events, next := serve(sixty.in(t)).page(path + "?kind=none")
		require.Empty(t, events, "no event has this kind")
		require.Nil(t, next, "no event has this kind: no page follows")
	})

	for name, query := range map[string]string{"of_all_kinds": "?limit=7", "of_one_kind": "?kind=in+%26+out&limit=3", "without_limit": "", "with_the_limit_first": "?limit=4&kind=login"} {
		t.Run("links_lead_to_the_end_"+name, func(t *testing.T) {
			d := sixty.in(t)
			c := serve(d)
			asked, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
			require.NoError(t, err)
			limit := 20
			_, _ = fmt.Sscan(asked.Get("limit"), &limit)
			want := d.want(filter{"alpha", asked.Get("kind")})
			for address := path + query; ; {
				events, next := c.page(address)
				same(t, fmt.Sprintf("The links of rel=next lead from %s%s through all pages, each with the same kind and limit. The page is that of %s", path, query, address), want[:min(limit, len(want))], events)
				want = want[len(events):]
				require.Equalf(t, len(want) > 0, next != nil, "GET %s: whether there is a Link with rel=next, when %d events follow", address, len(want))
				if next == nil {
					break
				}
				address = next.String()
			}
		})
	}

	t.Run("cursors_need_no_escaping", func(t *testing.T) {
		d := open(t, 100)
		c, want := serve(d), d.want(alpha)
		cursor := ""
		for i := range 99 {
			cursor = d.list(d.store, alpha, cursor, 1).Next
			events, _ := c.page(path + "?limit=1&cursor=" + cursor)
			same(t, fmt.Sprintf("A cursor is put into an address as it is: %q", cursor), want[i+1:i+2], events)
		}
	})

	t.Run("refused_cursors_are_400", func(t *testing.T) {
		d := sixty.in(t)
		c := serve(d)
		for _, cursor := range append(nowhere(), "\x00", "\xff\xfe", " ", "a\x00") {
			answer := c.ask(path + "?limit=5&cursor=" + url.QueryEscape(cursor))
			require.Equalf(t, 400, answer.Status, "No page gave this cursor: the status.\n%s", answer.Story())
		}
	})

	t.Run("limits", func(t *testing.T) {
		d := open(t, 250)
		c, want := serve(d), d.want(alpha)
		for _, limit := range seed.Shuffled(d.Rand, []string{"0", "-1", "101", "1000000000", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "abc", "1.5", "ten", "%00"}) {
			address := path + "?limit=" + limit
			if answer := c.ask(address); answer.Status == 400 {
				continue
			}
			events, next := c.page(address)
			n := len(events)
			require.Truef(t, n >= 1 && n <= 100, "GET %s, 250 events: the status is 400, or the page has 1 to 100 events; it has %d", address, n)
			same(t, "GET "+address+": the page has the newest events", want[:n], events)
			require.NotNilf(t, next, "GET %s: %d of 250 events were shown, and the answer has a Link with rel=next", address, n)
			events, _ = c.page(next.String())
			same(t, "GET "+address+", and the page that follows", want[n:min(len(want), n+max(1, len(events)))], events)
		}
		for _, limit := range []int{1, 100} {
			events, _ := c.page(fmt.Sprint(path, "?limit=", limit))
			same(t, fmt.Sprintf("GET %s?limit=%d", path, limit), want[:limit], events)
		}
	})
}
