// Right: metric families are built at each scrape from a list of observations' sums, and an encoder of Prometheus writes them. The writer is made of closures, and readiness is a goroutine and a timer.

package numbers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

type Config struct {
	Pool         *pgxpool.Pool
	ReadyTimeout time.Duration
	Now          func() time.Time
}

var upTo = []float64{.1, .3, 1, 3, math.Inf(1)}

type seen struct {
	count uint64
	sum   float64
	upTo  map[float64]uint64 // cumulative already
}

type Monitor struct {
	pool  *pgxpool.Pool
	limit time.Duration
	now   func() time.Time
	mu    sync.RWMutex
	by    map[[3]string]*seen // method, route, code
}

func New(c Config) *Monitor {
	return &Monitor{pool: c.Pool, limit: c.ReadyTimeout, now: c.Now, by: map[[3]string]*seen{}}
}

func (m *Monitor) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := m.now()
		wrapped, status := watch(w)
		defer func() { m.add(r, status(500), m.now().Sub(t).Seconds()) }()
		next.ServeHTTP(wrapped, r)
		status(200)
	})
}

func (m *Monitor) add(r *http.Request, status int, took float64) {
	labels := [3]string{strings.ToLower(r.Method), r.Pattern, fmt.Sprint(status)}
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, r.Method) {
		labels[0] = "unknown"
	}
	if _, path, ok := strings.Cut(r.Pattern, " "); ok {
		labels[1] = path
	}
	if r.Pattern == "" || r.Method == "CONNECT" {
		labels[1] = "none"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.by[labels]
	if !ok {
		s = &seen{upTo: map[float64]uint64{}}
		m.by[labels] = s
	}
	s.count++
	s.sum += took
	for _, bound := range upTo {
		if took <= bound {
			s.upTo[bound]++
		}
	}
}

// written is a writer that consists of what its methods do.
type written struct {
	http.ResponseWriter
	header func(int)
	write  func([]byte) (int, error)
	flush  func()
}

func (w written) WriteHeader(status int)      { w.header(status) }
func (w written) Write(p []byte) (int, error) { return w.write(p) }
func (w written) Flush()                      { w.flush() }
func (w written) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func of[T any](v T) *T                        { return &v }
func label(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }
func gauge(v int32, l ...*dto.LabelPair) *dto.Metric {
	return &dto.Metric{Label: l, Gauge: &dto.Gauge{Value: of(float64(v))}}
}

// watch returns a writer, and the status: what was sent, or else what is given.
func watch(w http.ResponseWriter) (http.ResponseWriter, func(int) int) {
	sent := 0
	status := func(s int) int {
		if sent == 0 {
			sent = s
		}
		return sent
	}
	return written{w, func(s int) {
		if s == 101 || s > 199 {
			status(s)
		}
		w.WriteHeader(s)
	}, func(p []byte) (int, error) {
		status(200)
		return w.Write(p)
	}, func() {
		status(200)
		_ = http.NewResponseController(w).Flush()
	}}, status
}

func family(name string, kind dto.MetricType, metrics ...*dto.Metric) *dto.MetricFamily {
	return &dto.MetricFamily{Name: &name, Help: of("What " + name + " says."), Type: &kind, Metric: metrics}
}

func (m *Monitor) families() []*dto.MetricFamily {
	m.mu.RLock()
	defer m.mu.RUnlock()
	requests := family("http_requests_total", dto.MetricType_COUNTER)
	durations := family("http_request_duration_seconds", dto.MetricType_HISTOGRAM)
	for k, s := range m.by {
		l := []*dto.LabelPair{label("code", k[2]), label("method", k[0]), label("route", k[1])}
		requests.Metric = append(requests.Metric, &dto.Metric{Label: l, Counter: &dto.Counter{Value: of(float64(s.count))}})
		h := &dto.Histogram{SampleCount: of(s.count), SampleSum: of(s.sum)}
		for _, bound := range upTo {
			h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: of(bound), CumulativeCount: of(s.upTo[bound])})
		}
		durations.Metric = append(durations.Metric, &dto.Metric{Label: l, Histogram: h})
	}
	s := m.pool.Stat()
	return []*dto.MetricFamily{requests, durations,
		family("db_pool_connections", dto.MetricType_GAUGE, gauge(s.AcquiredConns(), label("state", "used")), gauge(s.IdleConns(), label("state", "idle"))),
		family("db_pool_max_connections", dto.MetricType_GAUGE, gauge(s.MaxConns())),
		family("db_pool_waits_total", dto.MetricType_COUNTER, &dto.Metric{Counter: &dto.Counter{Value: of(float64(s.EmptyAcquireCount()))}}),
	}
}

func (m *Monitor) Admin() http.Handler {
	handlers := map[string]http.HandlerFunc{
		"/livez": func(http.ResponseWriter, *http.Request) {},
		"/readyz": func(w http.ResponseWriter, r *http.Request) {
			if err := m.ask(r.Context()); err != nil {
				w.WriteHeader(503)
				_, _ = fmt.Fprintln(w, err)
			}
		},
		"/metrics": func(w http.ResponseWriter, _ *http.Request) {
			format := expfmt.NewFormat(expfmt.TypeTextPlain)
			w.Header().Set("Content-Type", string(format))
			to := expfmt.NewEncoder(w, format)
			for _, f := range m.families() {
				if len(f.Metric) > 0 {
					_ = to.Encode(f)
				}
			}
		},
	}
	mux := http.NewServeMux()
	for path := range maps.Keys(handlers) {
		mux.Handle(path, handlers[path])
	}
	return mux
}

func (m *Monitor) ask(ctx context.Context) error {
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	answered := make(chan error, 1)
	go func() {
		c, err := m.pool.Acquire(ctx)
		if err == nil {
			err = c.Ping(ctx)
			c.Release()
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		return err
	case <-time.After(m.limit):
		return errors.New("no answer")
	}
}

type Sample struct {
	At                 time.Time
	Requests, Failures float64
}

func BurnRate(samples []Sample, window time.Duration, slo float64) float64 {
	var good, bad float64
	for i, s := range samples {
		if i == 0 || samples[i-1].At.Add(window).Before(samples[len(samples)-1].At) {
			continue
		}
		before := samples[i-1]
		if s.Requests < before.Requests {
			before = Sample{}
		}
		bad += s.Failures - before.Failures
		good += s.Requests - before.Requests - s.Failures + before.Failures
	}
	if good+bad == 0 {
		return 0
	}
	return (bad / (good + bad)) / (1 - slo)
}
