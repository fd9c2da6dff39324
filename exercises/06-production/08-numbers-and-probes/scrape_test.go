package numbers_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	numbers "workbook/exercises/06-production/08-numbers-and-probes"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/wire"
)

// monitored is a mux behind the middleware of a Monitor, with a clock that only tests move.
type monitored struct {
	t       *testing.T
	monitor *numbers.Monitor
	public  http.Handler
	admin   *wire.Server
	clock   atomic.Int64
}

func monitor(t *testing.T, pool *pgxpool.Pool, timeout time.Duration, routes map[string]http.HandlerFunc) *monitored {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, h := range routes {
		mux.HandleFunc(pattern, h)
	}
	if pool == nil { // there is no database at all
		config, err := pgxpool.ParseConfig("postgres://app@127.0.0.1:1/none?sslmode=disable")
		require.NoError(t, err)
		config.ConnConfig.DialFunc = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no database") }
		pool, err = pgxpool.NewWithConfig(t.Context(), config)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
	}
	m := &monitored{t: t}
	now := func() time.Time {
		return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(m.clock.Load()))
	}
	m.monitor = guard.Call(t, func() *numbers.Monitor {
		return numbers.New(numbers.Config{Pool: pool, ReadyTimeout: timeout, Now: now})
	})
	m.public = guard.Call(t, func() http.Handler { return m.monitor.Middleware(mux) })
	m.admin = wire.Serve(t, guard.Call(t, func() http.Handler { return m.monitor.Admin() }))
	m.admin.Patience = 30 * time.Second
	return m
}

func (m *monitored) passes(d time.Duration) { m.clock.Add(int64(d)) }

// ask sends a request that no client of net/http would have to be able to send, and returns the status and what the handler panicked with.
func (m *monitored) ask(method, path string, header ...string) (status int, panicked any) {
	m.t.Helper()
	r, w := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
	r.Method = method
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	guard.Run(m.t, func() {
		defer func() { panicked = recover() }()
		m.public.ServeHTTP(w, r)
	})
	return w.Code, panicked
}

// scrape is what Prometheus would store: a value for each series, such as http_requests_total{code="200",…}.
// The labels are in order, names and labels of OpenTelemetry are those of the exercise, and a route has no method in front.
type scrape map[string]float64

var ours = map[string]string{"http_request_method": "method", "http_route": "route", "http_response_status_code": "code"}

func (m *monitored) scrape() scrape {
	m.t.Helper()
	_, s := m.families()
	return s
}

func (m *monitored) families() (map[string]*dto.MetricFamily, scrape) {
	m.t.Helper()
	a := m.admin.Get(m.t, "/metrics")
	require.Equalf(m.t, 200, a.Status, "the status of /metrics of the admin handler\n%s", a.Story())
	mediaType, params := a.ContentType(m.t)
	require.Equalf(m.t, "text/plain", mediaType, "The text format has the media type text/plain.\n%s", a.Story())
	require.Containsf(m.t, []string{"", "0.0.4"}, params["version"], "The text format has the version 0.0.4, or none.\n%s", a.Story())
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(a.Body))
	require.NoErrorf(m.t, err, "/metrics is in the text format of Prometheus, version 0.0.4. Its parser says no. The body:\n\n%s", a.Body)
	s, named := scrape{}, map[string]*dto.MetricFamily{}
	for name, f := range families {
		if rest, ok := strings.CutPrefix(name, "http_server_"); ok {
			name = "http_" + rest
		}
		named[name] = f
		for _, metric := range f.GetMetric() {
			set := func(suffix string, value float64, le ...string) {
				key := series(name+suffix, metric.GetLabel(), le...)
				_, twice := s[key]
				require.Falsef(m.t, twice, "A series is in /metrics once. This is there twice: %s\n\n%s", key, a.Body)
				s[key] = value
			}
			switch h := metric.GetHistogram(); {
			case h != nil:
				set("_count", float64(h.GetSampleCount()))
				set("_sum", h.GetSampleSum())
				for _, b := range h.GetBucket() {
					set("_bucket", float64(b.GetCumulativeCount()), fmt.Sprint(b.GetUpperBound()))
				}
			case metric.GetSummary() != nil:
				set("_count", float64(metric.GetSummary().GetSampleCount()))
			default:
				set("", metric.GetCounter().GetValue()+metric.GetGauge().GetValue()+metric.GetUntyped().GetValue())
			}
		}
	}
	return named, s
}

func series(name string, pairs []*dto.LabelPair, le ...string) string {
	labels := map[string]string{}
	for _, p := range pairs {
		key, value := p.GetName(), p.GetValue()
		if our, ok := ours[key]; ok {
			key = our
		}
		switch key {
		case "method":
			value = strings.ToUpper(value)
		case "route":
			if method, path, ok := strings.Cut(value, " "); ok && method == strings.ToUpper(method) {
				value = path
			}
		}
		labels[key] = value
	}
	for _, bound := range le {
		labels["le"] = bound
	}
	var list []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, fmt.Sprintf("%s=%q", key, labels[key]))
	}
	return name + "{" + strings.Join(list, ",") + "}"
}

// since is by how much each series has grown; those that have not are left out.
func (s scrape) since(before scrape) scrape {
	moved := scrape{}
	for key, value := range s {
		if d := value - before[key]; d != 0 {
			moved[key] = d
		}
	}
	return moved
}

// sum adds up the series of that name that have all these labels, each given as key, value.
func (s scrape) sum(name string, labels ...string) (sum float64) {
	for key, value := range s {
		if !strings.HasPrefix(key, name+"{") {
			continue
		}
		has := true
		for i := 0; i+1 < len(labels); i += 2 {
			pair := fmt.Sprintf("%s=%q", labels[i], labels[i+1])
			has = has && (strings.Contains(key, "{"+pair) || strings.Contains(key, ","+pair))
		}
		if has {
			sum += value
		}
	}
	return sum
}

// buckets are the values of the buckets by their bounds, of all series together.
func (s scrape) buckets() (bounds []float64, counts map[float64]float64) {
	counts = map[float64]float64{}
	for key, value := range s {
		if _, rest, ok := strings.Cut(key, `le="`); ok && strings.HasPrefix(key, "http_request_duration_seconds_bucket{") {
			bound := math.NaN()
			_, _ = fmt.Sscan(rest[:strings.Index(rest, `"`)], &bound)
			counts[bound] += value
		}
	}
	return slices.Sorted(maps.Keys(counts)), counts
}

func (s scrape) String() string {
	var lines []string
	for key, value := range s {
		if !strings.HasPrefix(key, "go_") && !strings.HasPrefix(key, "process_") {
			lines = append(lines, fmt.Sprintf("%s %v", key, value))
		}
	}
	slices.Sort(lines)
	if len(lines) > 40 {
		lines = append(lines[:40], fmt.Sprintf("and %d more", len(lines)-40))
	}
	return strings.Join(lines, "\n")
}
