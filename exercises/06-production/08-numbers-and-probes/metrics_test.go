package numbers_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

const requests, seconds = "http_requests_total", "http_request_duration_seconds"

func nothing(http.ResponseWriter, *http.Request) {}

type routes = map[string]http.HandlerFunc

func TestMetrics(t *testing.T) {
	t.Run("say_what_they_are", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"/": nothing})
		m.ask("GET", "/")
		families, s := m.families()
		for name, kind := range map[string]dto.MetricType{
			requests: dto.MetricType_COUNTER, seconds: dto.MetricType_HISTOGRAM, "db_pool_waits_total": dto.MetricType_COUNTER,
			"db_pool_connections": dto.MetricType_GAUGE, "db_pool_max_connections": dto.MetricType_GAUGE,
		} {
			f := families[name]
			require.NotNilf(t, f, "%s is among the metrics. These are there:\n\n%s", name, s)
			assert.Equalf(t, kind.String(), f.GetType().String(), "the TYPE of %s", name)
			assert.NotEmptyf(t, f.GetHelp(), "%s has a HELP.", name)
		}
	})
	t.Run("are_of_their_own_Monitor", func(t *testing.T) {
		m, other := monitor(t, nil, time.Minute, routes{"/": nothing}), monitor(t, nil, time.Minute, routes{"/": nothing})
		before, others := m.scrape(), other.scrape()
		m.ask("GET", "/")
		assert.EqualValues(t, 1, m.scrape().since(before).sum(requests), "There are two Monitors. A request went through one, and that one counted")
		assert.EqualValues(t, 0, other.scrape().since(others).sum(requests), "There are two Monitors. A request went through one, and the other counted")
	})
	t.Run("add_up_the_handlers_of_a_Monitor", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"/": nothing})
		before := m.scrape()
		m.ask("GET", "/")
		m.public = guard.Call(t, func() http.Handler { return m.monitor.Middleware(http.NewServeMux()) })
		m.ask("GET", "/")
		got := m.scrape().since(before)
		assert.EqualValuesf(t, 2, got.sum(requests), "Two handlers went through the Middleware of one Monitor, each had one request. The series grew by\n\n%s\n\nand in all by", got)
	})
	t.Run("count_no_probes_and_scrapes", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, nil)
		before := m.scrape()
		for _, path := range []string{"/livez", "/readyz", "/metrics"} {
			m.admin.Get(t, path)
		}
		got := m.scrape().since(before)
		require.Zerof(t, got.sum(requests)+got.sum(seconds+"_count"), "Requests to the admin handler are not counted. After some of them the series had grown by\n\n%s", got)
	})
}

func TestRequests(t *testing.T) {
	t.Run("are_counted_by_method_route_and_code", func(t *testing.T) {
		is := func(status int) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
		}
		m := monitor(t, nil, time.Minute, routes{"POST /orders/{id}": is(201), "PUT /orders/{id}": is(409), "/": is(202)})
		random := seed.New(t)
		before := m.scrape()
		var want [4]int64
		for i, q := range [][2]string{{"POST", "/orders/7"}, {"PUT", "/orders/7"}, {"GET", "/pears"}, {"DELETE", "/pears"}} {
			want[i] = random.Between(1, 9)
			for range want[i] {
				m.ask(q[0], q[1])
			}
		}
		got := m.scrape().since(before)
		for i, labels := range [][]string{{"POST", "/orders/{id}", "201"}, {"PUT", "/orders/{id}", "409"}, {"GET", "/", "202"}, {"DELETE", "/", "202"}} {
			for _, labels := range [][]string{{requests, "method", labels[0], "route", labels[1], "code", labels[2]}, {seconds + "_count", "method", labels[0], "route", labels[1]}} {
				assert.EqualValuesf(t, want[i], got.sum(labels[0], labels[1:]...), "There were %d requests of this kind: %q. The series grew by\n\n%s\n\nand those of this kind by", want[i], labels, got)
			}
		}
	})
	t.Run("have_the_method_as_sent", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"/": nothing})
		before, methods := m.scrape(), []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
		for _, method := range methods {
			m.ask(method, "/")
		}
		got := m.scrape().since(before)
		for _, method := range methods {
			assert.EqualValuesf(t, 1, got.sum(requests, "method", method), "There was one request with the method %s. The series grew by\n\n%s\n\nand those of this method by", method, got)
		}
	})
	t.Run("have_the_route_letter_for_letter", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{`/say/"größe"\n/{id}`: nothing})
		before := m.scrape()
		m.ask("GET", `/say/%22gr%C3%B6%C3%9Fe%22%5Cn/7`)
		got := m.scrape().since(before)
		assert.EqualValuesf(t, 1, got.sum(requests, "route", `/say/"größe"\n/{id}`), "The mux has the pattern /say/\"größe\"\\n/{id}, and there was one request for it. The series grew by\n\n%s\n\nand those of this route by", got)
	})
	codes := map[string]struct {
		h    http.HandlerFunc
		code int
	}{
		"of_a_handler_that_does_nothing": {nothing, 200},
		"of_a_handler_that_only_writes":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a") }, 200},
		"of_a_handler_that_gives_two":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(500) }, 201},
		"of_a_handler_that_writes_first": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a")); w.WriteHeader(500) }, 200},
		"of_a_handler_that_hints_early":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(404) }, 404},
		"of_a_handler_that_flushes_first": {func(w http.ResponseWriter, _ *http.Request) {
			assert.NoError(t, http.NewResponseController(w).Flush(), "A ResponseController flushes.")
			w.WriteHeader(500)
		}, 200},
	}
	for name, c := range codes {
		t.Run("have_the_code_"+name, func(t *testing.T) {
			m := monitor(t, nil, time.Minute, routes{"/": c.h})
			before := m.scrape()
			a := wire.Serve(t, m.public).Get(t, "/")
			require.Equalf(t, c.code, a.Status, "The client gets what the handler sends. This is the status that it got.\n%s", a.Story())
			got := m.scrape().since(before)
			require.EqualValuesf(t, 1, got.sum(requests, "code", fmt.Sprint(c.code)), "The code is that of the answer.\n%s\nThe series grew by\n\n%s\n\nand those of this code by", a.Story(), got)
		})
	}
	t.Run("are_counted_after_a_panic", func(t *testing.T) {
		for _, value := range []any{http.ErrAbortHandler, "apples"} {
			m := monitor(t, nil, time.Minute, routes{"/": func(http.ResponseWriter, *http.Request) { panic(value) }})
			before := m.scrape()
			_, panicked := m.ask("GET", "/")
			require.Equalf(t, value, panicked, "A panic goes on, with its value. The handler panicked with %v.", value)
			got := m.scrape().since(before)
			assert.EqualValuesf(t, 1, got.sum(requests, "code", "500", "route", "/"), "A handler that panics before it sends a status has the code 500. One did, and the series grew by\n\n%s\n\nand those of the code 500 by", got)
			assert.EqualValuesf(t, 1, got.sum(seconds+"_count"), "A request whose handler panicked is one that took time. There was one, and the series grew by\n\n%s\n\nand the count of the durations by", got)
		}
	})
	t.Run("have_the_code_sent_before_a_panic", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"/": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202); panic("apples") }})
		before := m.scrape()
		m.ask("GET", "/")
		got := m.scrape().since(before)
		require.EqualValuesf(t, 1, got.sum(requests, "code", "202"), "The handler has sent 202 and panicked then. The series grew by\n\n%s\n\nand those of the code 202 by", got)
	})
	t.Run("do_not_mix_with_those_beside_them", func(t *testing.T) {
		var m *monitored
		entered, goOn, ended := make(chan string, 1), make(chan bool), make(chan bool)
		m = monitor(t, nil, time.Minute, routes{"GET /slow/{id}": func(w http.ResponseWriter, _ *http.Request) {
			entered <- ""
			<-goOn
			w.WriteHeader(503)
		}, "GET /fast": func(http.ResponseWriter, *http.Request) { m.passes(2 * time.Second) }})
		before := m.scrape()
		go func() { defer close(ended); m.ask("GET", "/slow/7") }()
		guard.Run(t, func() { <-entered })
		m.passes(4 * time.Second)
		m.ask("GET", "/fast")
		close(goOn)
		guard.Run(t, func() { <-ended })
		got := m.scrape().since(before)
		story := fmt.Sprintf("A request to /slow/{id} was in its handler for 4 s, when one to /fast came, took 2 s and got 200. Then the first got 503, after 6 s. The series grew by\n\n%s", got)
		assert.EqualValuesf(t, 1, got.sum(requests, "route", "/slow/{id}", "code", "503"), "%s\n\nand those of /slow/{id} with 503 by", story)
		assert.EqualValuesf(t, 1, got.sum(requests, "route", "/fast", "code", "200"), "%s\n\nand those of /fast with 200 by", story)
		assert.InDeltaf(t, 6, got.sum(seconds+"_sum", "route", "/slow/{id}"), 1e-6, "%s\n\nand the sum for /slow/{id} by", story)
		assert.InDeltaf(t, 2, got.sum(seconds+"_sum", "route", "/fast"), 1e-6, "%s\n\nand the sum for /fast by", story)
	})
	t.Run("at_once_are_all_counted", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"/": nothing})
		before := m.scrape()
		wire.Serve(t, m.public).All(t, slices.Repeat([]wire.Request{{Path: "/"}}, 40)...)
		got := m.scrape().since(before)
		require.EqualValuesf(t, 40, got.sum(requests), "There were 40 requests at once. The series grew by\n\n%s\n\nand in all by", got)
	})
	t.Run("can_be_hijacked", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"/": func(w http.ResponseWriter, _ *http.Request) {
			c := http.NewResponseController(w)
			assert.NoError(t, c.SetWriteDeadline(time.Time{}), "A ResponseController sets deadlines.")
			conn, _, err := c.Hijack()
			if assert.NoError(t, err, "A ResponseController hijacks the connection.") {
				_, _ = io.WriteString(conn, "HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n")
				_ = conn.Close()
			}
		}})
		a := wire.Serve(t, m.public).Get(t, "/")
		require.Equalf(t, 418, a.Status, "what was written into the hijacked connection\n%s", a.Story())
	})
}

func TestSeries(t *testing.T) {
	random := seed.New(t)
	for name, q := range map[string]func() (method, path string, header []string){
		"are_as_many_for_a_thousand_paths":           func() (string, string, []string) { return "GET", "/orders/" + random.Canary(), nil },
		"are_as_many_for_a_thousand_unknown_paths":   func() (string, string, []string) { return "GET", "/" + random.Canary(), nil },
		"are_as_many_for_a_thousand_unknown_methods": func() (string, string, []string) { return random.Canary(), "/orders/7", nil },
		"are_as_many_for_a_thousand_users": func() (string, string, []string) {
			c := random.Canary()
			return "GET", "http://" + c + ".example/orders/7?user=" + c, []string{"Authorization", "Bearer " + c, "Cookie", "session=" + c, "User-Agent", c, "X-User", c, "X-User-ID", c, "X-Forwarded-For", c, "X-Request-ID", c, "Referer", c}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := monitor(t, nil, time.Minute, routes{"/orders/{id}": nothing})
			ask := func() {
				method, path, header := q()
				m.ask(method, path, header...)
			}
			ask()
			before := m.scrape()
			for range 1000 {
				ask()
			}
			after := m.scrape()
			got := after.since(before)
			require.Lenf(t, after, len(before), "No client can make new series. There were %d; after 1,000 more requests there are %d. They grew by\n\n%s", len(before), len(after), got)
			require.EqualValuesf(t, 1000, got.sum(requests), "There were 1,000 requests. The series grew by\n\n%s\n\nand in all by", got)
		})
	}
	t.Run("have_no_route_of_others_when_there_is_none", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"GET /orders/{id}": nothing, "/pears": nothing})
		before := m.scrape()
		m.ask("GET", "/apples")
		m.ask("GET", "/apples/7")
		got := m.scrape().since(before)
		none := got.sum(requests) - got.sum(requests, "route", "/orders/{id}") - got.sum(requests, "route", "/pears")
		require.EqualValuesf(t, 2, none, "There were two requests that match no route. The series grew by\n\n%s\n\nand those of no route by", got)
	})
}

func TestDuration(t *testing.T) {
	took := func(t *testing.T, all ...time.Duration) scrape {
		t.Helper()
		var m *monitored
		var next time.Duration
		m = monitor(t, nil, time.Minute, routes{"/": func(w http.ResponseWriter, _ *http.Request) {
			m.passes(next)
			w.WriteHeader([]int{200, 404, 500}[next%3])
		}})
		before := m.scrape()
		for _, next = range all {
			m.ask("GET", "/")
		}
		return m.scrape().since(before)
	}
	t.Run("is_in_seconds_by_the_clock", func(t *testing.T) {
		got := took(t, 1500*time.Millisecond)
		require.EqualValuesf(t, 1, got.sum(seconds+"_count"), "By the clock of the Config a request took 1.5 s. The series grew by\n\n%s\n\nand the count of the durations by", got)
		require.InDeltaf(t, 1.5, got.sum(seconds+"_sum"), 1e-6, "By the clock of the Config a request took 1.5 s. The series grew by\n\n%s\n\nand the sum of the durations by", got)
	})
	t.Run("has_the_bounds_of_the_objective", func(t *testing.T) {
		got := took(t, 100*time.Millisecond, 300*time.Millisecond, time.Second, 301*time.Millisecond)
		_, counts := got.buckets()
		for i, bound := range []float64{.1, .3, 1} {
			assert.EqualValuesf(t, []int{1, 2, 4}[i], counts[bound], "Requests took 0.1, 0.3, 1 and 0.301 s. The buckets grew by %v, and that of at most %v s by", counts, bound)
		}
	})
	t.Run("of_a_hundred_adds_up", func(t *testing.T) {
		random := seed.New(t)
		var all []time.Duration
		var sum time.Duration
		for range 100 {
			all = append(all, time.Duration(random.Between(1, int64(2*time.Second))))
			sum += all[len(all)-1]
		}
		got := took(t, append(all, time.Hour)...)
		bounds, counts := got.buckets()
		require.Containsf(t, bounds, math.Inf(1), "A histogram has a bucket without an upper bound, +Inf. It has these: %v", bounds)
		for _, bound := range bounds {
			want := 0
			for _, d := range append(all, time.Hour) {
				if d.Seconds() <= bound {
					want++
				}
			}
			require.EqualValuesf(t, want, counts[bound], "A bucket counts all requests that took at most its bound. Of 101 requests, %d took at most %v s. The buckets grew by %v, and this one by", want, bound, counts)
		}
		require.EqualValuesf(t, 101, got.sum(seconds+"_count"), "The count of the durations is that of the requests, and that of +Inf. There were 101, and it grew by")
		require.InDeltaf(t, (sum + time.Hour).Seconds(), got.sum(seconds+"_sum"), 1e-3, "The sum is that of all durations. The series grew by\n\n%s\n\nand the sum by", got)
	})
}

func TestPool(t *testing.T) {
	pool := func(t *testing.T) (*monitored, func() (used, idle float64), func(n int) (release func()), func() int64) {
		p := dbtest.New(t).Pool(dbtest.MaxConns(7))
		m := monitor(t, p, time.Minute, nil)
		state := func() (float64, float64) {
			s := m.scrape()
			assert.EqualValuesf(t, 7, s.sum("db_pool_max_connections"), "The pool may have 7 connections. The metrics:\n\n%s\n\nThe maximum among them:", s)
			return s.sum("db_pool_connections", "state", "used"), s.sum("db_pool_connections", "state", "idle")
		}
		take := func(n int) func() {
			var all []func()
			for range n {
				c, err := p.Acquire(t.Context())
				require.NoError(t, err)
				all = append(all, c.Release)
			}
			return func() {
				for _, release := range all {
					release()
				}
			}
		}
		return m, state, take, func() int64 { return p.Stat().EmptyAcquireCount() }
	}
	t.Run("is_told_as_it_is_now", func(t *testing.T) {
		_, state, take, _ := pool(t)
		release := take(3)
		used, idle := state()
		assert.Equal(t, []float64{3, 0}, []float64{used, idle}, "Three connections were taken from the pool. As used and as idle it tells")
		release()
		used, idle = state()
		assert.Equal(t, []float64{0, 3}, []float64{used, idle}, "Three connections were taken from the pool, and given back. As used and as idle it tells")
	})
	t.Run("counts_waits_once", func(t *testing.T) {
		m, _, take, waits := pool(t)
		before, at := m.scrape(), waits()
		for range 3 {
			take(3)()
			m.scrape()
		}
		got := m.scrape().since(before)
		require.Positive(t, waits()-at)
		require.EqualValuesf(t, waits()-at, got.sum("db_pool_waits_total"), "Connections were taken while none was idle, and /metrics was read several times. The series grew by\n\n%s\n\nThe pool's own EmptyAcquireCount grew by the expected number, and db_pool_waits_total by", got)
	})
}
