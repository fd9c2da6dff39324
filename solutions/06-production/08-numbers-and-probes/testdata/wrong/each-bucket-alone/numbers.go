// Wrong: a bucket counts what fits into it and into no smaller one.
//checker:fails TestDuration/has_the_bounds_of_the_objective
//checker:fails TestDuration/of_a_hundred_adds_up
//checker:hint 3

package numbers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

type Config struct {
	Pool         *pgxpool.Pool
	ReadyTimeout time.Duration
	Now          func() time.Time
}

// bounds are upper bounds in seconds. The last bucket, of each histogram, has none.
var bounds = [...]float64{0.005, 0.02, 0.1, 0.3, 1, 5}

// key is what makes a series.
type key struct{ method, route, code string }

// histogram counts each observation in the first bucket that it fits into.
type histogram struct {
	in    [len(bounds) + 1]uint64
	total float64
}

type Monitor struct {
	c Config

	mu        sync.Mutex
	requests  map[key]uint64
	durations map[key]*histogram // without a code
}

func New(c Config) *Monitor {
	return &Monitor{c: c, requests: map[key]uint64{}, durations: map[key]*histogram{}}
}

func (m *Monitor) observe(k key, d time.Duration) {
	i := sort.SearchFloat64s(bounds[:], d.Seconds())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[k]++
	k.code = ""
	h := m.durations[k]
	if h == nil {
		h = &histogram{}
		m.durations[k] = h
	}
	h.in[i]++
	h.total += d.Seconds()
}

func (m *Monitor) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, sent, method := m.c.Now(), &recorder{ResponseWriter: w}, r.Method
		if !strings.Contains(" GET HEAD POST PUT PATCH DELETE OPTIONS ", " "+method+" ") {
			method = "_OTHER"
		}
		done := false
		defer func() {
			if !done {
				sent.begin(http.StatusInternalServerError)
			}
			route := r.Pattern
			if route == "" || r.Method == http.MethodConnect {
				route = "unmatched"
			}
			m.observe(key{method, route, fmt.Sprint(sent.status)}, m.c.Now().Sub(start))
		}()
		next.ServeHTTP(sent, r)
		sent.begin(http.StatusOK)
		done = true
	})
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (k key) String() string {
	text := fmt.Sprintf(`method="%s",route="%s"`, escape.Replace(k.method), escape.Replace(k.route))
	if k.code != "" {
		text += fmt.Sprintf(`,code="%s"`, k.code)
	}
	return text
}

func (m *Monitor) write(b *bytes.Buffer) {
	head := func(name, kind, help string) { fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	m.mu.Lock()
	head("http_requests_total", "counter", "Requests that were handled.")
	for k, n := range m.requests {
		fmt.Fprintf(b, "http_requests_total{%s} %d\n", k, n)
	}
	head("http_request_duration_seconds", "histogram", "How long requests were handled.")
	for k, h := range m.durations {
		sum := uint64(0)
		for i, n := range h.in {
			sum += n
			le := "+Inf"
			if i < len(bounds) {
				le = fmt.Sprint(bounds[i])
			}
			fmt.Fprintf(b, "http_request_duration_seconds_bucket{%s,le=\"%s\"} %d\n", k, le, n)
		}
		fmt.Fprintf(b, "http_request_duration_seconds_sum{%s} %g\n", k, h.total)
		fmt.Fprintf(b, "http_request_duration_seconds_count{%s} %d\n", k, sum)
	}
	m.mu.Unlock()
	s := m.c.Pool.Stat()
	head("db_pool_connections", "gauge", "Connections of the pool.")
	fmt.Fprintf(b, "db_pool_connections{state=\"used\"} %d\ndb_pool_connections{state=\"idle\"} %d\n", s.AcquiredConns(), s.IdleConns())
	head("db_pool_max_connections", "gauge", "How many connections the pool may have.")
	fmt.Fprintf(b, "db_pool_max_connections %d\n", s.MaxConns())
	head("db_pool_waits_total", "counter", "How often no connection was idle.")
	fmt.Fprintf(b, "db_pool_waits_total %d\n", s.EmptyAcquireCount())
}

// Admin is a switch: there are three paths.
func (m *Monitor) Admin() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metrics":
			var b bytes.Buffer
			m.write(&b)
			w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
			_, _ = w.Write(b.Bytes())
		case "/livez":
			fmt.Fprintln(w, "alive")
		case "/readyz":
			if m.ready(r.Context()) {
				fmt.Fprintln(w, "ready")
				return
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			http.NotFound(w, r)
		}
	})
}

func (m *Monitor) ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, m.c.ReadyTimeout)
	defer cancel()
	var one int
	err := m.c.Pool.QueryRow(ctx, "SELECT 1").Scan(&one)
	return err == nil && one == 1
}

type Sample struct {
	At                 time.Time
	Requests, Failures float64
}

func BurnRate(samples []Sample, window time.Duration, slo float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	begin := samples[len(samples)-1].At.Add(-window)
	first := sort.Search(len(samples), func(i int) bool { return !samples[i].At.Before(begin) })
	var all, bad float64
	was := samples[first]
	for _, is := range samples[first+1:] {
		if is.Requests < was.Requests || is.Failures < was.Failures {
			was = Sample{} // started anew
		}
		all += is.Requests - was.Requests
		bad += is.Failures - was.Failures
		was = is
	}
	if all > 0 {
		return bad / all / (1 - slo)
	}
	return 0
}

// recorder notes the status that a handler sends.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the header is sent
}

func (w *recorder) begin(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

func (w *recorder) FlushError() error {
	w.begin(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
