// Right: names and labels are those of OpenTelemetry, and the pool is a set of functions that are called at each scrape.

package numbers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type Config struct {
	Pool         *pgxpool.Pool
	ReadyTimeout time.Duration
	Now          func() time.Time
}

type Monitor struct {
	cfg      Config
	registry *prometheus.Registry
	total    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func New(c Config) *Monitor {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	make := promauto.With(r)
	labels := []string{"http_request_method", "http_route", "http_response_status_code"}
	gauge := func(name string, labels prometheus.Labels, f func(*pgxpool.Stat) int32) {
		make.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: "See pgxpool.Stat.", ConstLabels: labels}, func() float64 { return float64(f(c.Pool.Stat())) })
	}
	gauge("db_pool_connections", prometheus.Labels{"state": "used"}, (*pgxpool.Stat).AcquiredConns)
	gauge("db_pool_connections", prometheus.Labels{"state": "idle"}, (*pgxpool.Stat).IdleConns)
	gauge("db_pool_connections", prometheus.Labels{"state": "constructing"}, (*pgxpool.Stat).ConstructingConns)
	gauge("db_pool_max_connections", nil, (*pgxpool.Stat).MaxConns)
	make.NewCounterFunc(prometheus.CounterOpts{Name: "db_pool_waits_total", Help: "See pgxpool.Stat."}, func() float64 { return float64(c.Pool.Stat().EmptyAcquireCount()) })
	return &Monitor{
		cfg: c, registry: r,
		total:   make.NewCounterVec(prometheus.CounterOpts{Name: "http_server_requests_total", Help: "HTTP requests."}, labels),
		seconds: make.NewHistogramVec(prometheus.HistogramOpts{Name: "http_server_request_duration_seconds", Help: "HTTP requests.", Buckets: []float64{.005, .01, .025, .05, .075, .1, .25, .3, .5, .75, 1, 2.5, 5, 7.5, 10}}, labels),
	}
}

var methods = map[string]string{"GET": "GET", "HEAD": "HEAD", "POST": "POST", "PUT": "PUT", "PATCH": "PATCH", "DELETE": "DELETE", "OPTIONS": "OPTIONS"}

func (m *Monitor) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := m.cfg.Now()
		sent := &recorder{ResponseWriter: w}
		count := func() {
			method, ok := methods[r.Method]
			if !ok {
				method = "_OTHER"
			}
			route := r.Pattern
			if r.Method == http.MethodConnect {
				route = ""
			}
			values := []string{method, route, itoa(sent.status)}
			m.total.WithLabelValues(values...).Inc()
			m.seconds.WithLabelValues(values...).Observe(m.cfg.Now().Sub(began).Seconds())
		}
		defer func() {
			if p := recover(); p != nil {
				sent.begin(500)
				count()
				panic(p)
			}
		}()
		next.ServeHTTP(sent, r)
		sent.begin(200)
		count()
	})
}

func itoa(status int) string {
	return string([]byte{byte('0' + status/100), byte('0' + status/10%10), byte('0' + status%10)})
}

func (m *Monitor) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.InstrumentMetricHandler(m.registry, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})))
	mux.HandleFunc("/livez", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("/readyz", m.readyz)
	return mux
}

// readyz asks in a transaction, which would find a server that is read only, too.
func (m *Monitor) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), m.cfg.ReadyTimeout, errors.New("too slow"))
	defer cancel()
	err := pgx.BeginFunc(ctx, m.cfg.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT 1")
		return err
	})
	if err != nil {
		http.Error(w, "not ready", 503)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

type Sample struct {
	At                 time.Time
	Requests, Failures float64
}

func BurnRate(samples []Sample, window time.Duration, slo float64) float64 {
	for len(samples) > 0 && samples[len(samples)-1].At.Sub(samples[0].At) > window {
		samples = samples[1:]
	}
	requests := increase(samples, func(s Sample) float64 { return s.Requests })
	if requests == 0 {
		return 0
	}
	return increase(samples, func(s Sample) float64 { return s.Failures }) / (requests * (1 - slo))
}

// increase is that of PromQL, without its extrapolation.
func increase(samples []Sample, of func(Sample) float64) float64 {
	if len(samples) < 2 {
		return 0
	}
	sum := of(samples[len(samples)-1]) - of(samples[0])
	for i := range samples[1:] {
		if was := of(samples[i]); of(samples[i+1]) < was {
			sum += was
		}
	}
	return sum
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
