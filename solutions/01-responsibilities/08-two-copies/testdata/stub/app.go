// Package twocopies is a service that makes short links.
package twocopies

import (
	"io"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Config is what a copy of the program is started with.
type Config struct {
	// NewCode returns a random code for a link. It may return one that another
	// link has already; then ask again.
	NewCode func() string

	// Now is the clock of the machine on which this copy runs. The clocks of two
	// machines differ.
	Now func() time.Time
}

// NewApp starts a copy of the program. Closing it ends its work in good order:
// what it has promised is in the database then. No request comes after that.
func NewApp(pool *pgxpool.Pool, cfg Config) (http.Handler, io.Closer) {
	// TODO: yours to write.
	return http.NotFoundHandler(), io.NopCloser(nil)
}
