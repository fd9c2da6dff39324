// Wrong: there is one registry in a program, which is what promhttp.Handler serves.
//checker:fails TestAdmin/has_metrics_without_a_database
//checker:fails TestMetrics/are_of_their_own_Monitor
//checker:fails TestPool/counts_waits_once
//checker:fails TestPool/is_told_as_it_is_now
//checker:hint 1

// Package numbers measures a server, and answers the probes of whoever runs it.
package numbers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config is what a Monitor needs. All of it is given.
type Config struct {
	Pool         *pgxpool.Pool
	ReadyTimeout time.Duration    // /readyz waits so long for the database
	Now          func() time.Time // the clock by which requests are measured
}

// A Monitor measures the handlers that go through its Middleware.
type Monitor struct {
	Config
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// New returns a Monitor. It does not ask the database.
func New(c Config) *Monitor {
	m := &Monitor{
		Config: c,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total",
			Help: "Requests that were handled.",
		}, []string{"method", "route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "How long requests were handled.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10}, // .3 is what we have promised
		}, []string{"method", "route"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration, poolCollector{c.Pool}} {
		if err := prometheus.Register(c); err != nil {
			if is, ok := err.(prometheus.AlreadyRegisteredError); ok {
				switch old := is.ExistingCollector.(type) {
				case *prometheus.CounterVec:
					m.requests = old
				case *prometheus.HistogramVec:
					m.duration = old
				}
			}
		}
	}
	return m
}

// Middleware counts and times the requests that next handles. It goes around
// the mux, which sets the pattern of the request.
func (m *Monitor) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, sent := m.Now(), &recorder{ResponseWriter: w}
		defer func() {
			if sent.status == 0 { // a panic, which this does not stop
				sent.status = http.StatusInternalServerError
			}
			method, route := labels(r)
			m.requests.WithLabelValues(method, route, strconv.Itoa(sent.status)).Inc()
			m.duration.WithLabelValues(method, route).Observe(m.Now().Sub(start).Seconds())
		}()
		next.ServeHTTP(sent, r)
		sent.begin(http.StatusOK)
	})
}

// labels are those of a request that the mux has seen. A client can send any
// path and any word as the method; neither makes a new label.
func labels(r *http.Request) (method, route string) {
	switch r.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return r.Method, r.Pattern
	case "CONNECT": // whose pattern is a path when the mux redirects it
		return "other", ""
	}
	return "other", r.Pattern
}

// Admin serves what is not for the public: /metrics, /livez and /readyz.
func (m *Monitor) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.Handler())
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {}) // who can say so is alive
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), m.ReadyTimeout)
		defer cancel()
		if err := m.Pool.Ping(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		}
	})
	return mux
}

// poolCollector reads the pool's state at each scrape. It asks no database.
type poolCollector struct{ pool *pgxpool.Pool }

var (
	connections    = prometheus.NewDesc("db_pool_connections", "Connections of the pool.", []string{"state"}, nil)
	maxConnections = prometheus.NewDesc("db_pool_max_connections", "How many connections the pool may have.", nil, nil)
	waits          = prometheus.NewDesc("db_pool_waits_total", "How often no connection was idle.", nil, nil)
)

func (c poolCollector) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, to) }

func (c poolCollector) Collect(to chan<- prometheus.Metric) {
	s, gauge := c.pool.Stat(), prometheus.GaugeValue
	to <- prometheus.MustNewConstMetric(connections, gauge, float64(s.AcquiredConns()), "used")
	to <- prometheus.MustNewConstMetric(connections, gauge, float64(s.IdleConns()), "idle")
	to <- prometheus.MustNewConstMetric(maxConnections, gauge, float64(s.MaxConns()))
	to <- prometheus.MustNewConstMetric(waits, prometheus.CounterValue, float64(s.EmptyAcquireCount()))
}

// A Sample is what two counters were at a time. They fall only when the
// program has started anew, at zero.
type Sample struct {
	At                 time.Time
	Requests, Failures float64
}

// BurnRate says how fast the budget of failures is burned in the window that
// ends with the last sample: 1 is as fast as the objective slo allows, such as
// 0.999. Without requests it is 0. The samples are in the order of time.
func BurnRate(samples []Sample, window time.Duration, slo float64) float64 {
	var requests, failures float64
	for i := len(samples) - 1; i > 0; i-- {
		was, is := samples[i-1], samples[i]
		if was.At.Before(samples[len(samples)-1].At.Add(-window)) {
			break
		}
		requests += increase(was.Requests, is.Requests)
		failures += increase(was.Failures, is.Failures)
	}
	if requests == 0 {
		return 0
	}
	return failures / requests / (1 - slo)
}

// increase is what a counter has counted since it was at from.
func increase(from, to float64) float64 {
	if to < from { // it began anew
		return to
	}
	return to - from
}

// recorder notes the status that a handler sends.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the header is sent
}

// begin notes the status of the header, of which there is one.
func (w *recorder) begin(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols { // other 1xx announce that more will follow
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

// FlushError sends the header, if nothing did before.
func (w *recorder) FlushError() error {
	w.begin(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap gives an http.ResponseController the rest: Hijack and the deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
