// Package boringparts is an API of projects, for clients that know HTTP.
package boringparts

import (
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Project is what the API reads and writes.
type Project struct {
	ID   string `json:"id"` // 1 to 40 characters a–z, 0–9, -
	Name string `json:"name"`
	Note string `json:"note"`
}

// Routes answers requests for /v1/projects and /v1/projects/{id}, from the
// table projects of the database.
func Routes(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		w.WriteHeader(http.StatusNotImplemented)
	})
}
