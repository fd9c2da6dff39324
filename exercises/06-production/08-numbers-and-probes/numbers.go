// Package numbers measures a server, and answers the probes of whoever runs it.
package numbers

import (
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Config is what a Monitor needs. All of it is given.
type Config struct {
	Pool         *pgxpool.Pool
	ReadyTimeout time.Duration    // /readyz waits so long for the database
	Now          func() time.Time // the clock by which requests are measured
}

// A Monitor measures the handlers that go through its Middleware. There may be
// several in a program.
type Monitor struct {
	// TODO: yours to write.
}

// New returns a Monitor.
func New(c Config) *Monitor {
	// TODO: yours to write.
	return &Monitor{}
}

// Middleware counts and times the requests that next handles: a mux, which
// sets the pattern of the request.
func (m *Monitor) Middleware(next http.Handler) http.Handler {
	// TODO: yours to write.
	return next
}

// Admin serves /metrics, /livez and /readyz.
func (m *Monitor) Admin() http.Handler {
	// TODO: yours to write.
	return http.NotFoundHandler()
}

// A Sample is what two counters were at a time. They fall only when the
// program has started anew, at zero.
type Sample struct {
	At                 time.Time
	Requests, Failures float64
}

// BurnRate says how fast the budget of failures is burned in the window that
// ends with the last sample: 1 is as fast as the objective slo allows, such as
// 0.999. The samples are in the order of time.
func BurnRate(samples []Sample, window time.Duration, slo float64) float64 {
	// TODO: yours to write.
	return 0
}
